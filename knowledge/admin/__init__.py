"""The admin of what we know: guidance by kind, the drafts on whose pages it is written, and topics."""

from knowledge.admin.drafts import RevisionAdmin
from knowledge.admin.guidance import FrameworkAdmin, GuidanceAdmin, GuidelineAdmin
from knowledge.admin.topics import TopicAdmin

__all__ = ["FrameworkAdmin", "GuidanceAdmin", "GuidelineAdmin", "RevisionAdmin", "TopicAdmin"]
