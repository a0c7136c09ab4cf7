"""The admin of what we know: guidance by kind, the drafts on whose pages it is written, and topics.

Profiles, expertise and vouches are left out on purpose: they are what people say of themselves and of each other, and
nobody, an administrator neither, says it for them.
"""

from knowledge.admin.drafts import RevisionAdmin
from knowledge.admin.guidance import FrameworkAdmin, GuidanceAdmin, GuidelineAdmin
from knowledge.admin.topics import TopicAdmin

__all__ = ["FrameworkAdmin", "GuidanceAdmin", "GuidelineAdmin", "RevisionAdmin", "TopicAdmin"]
