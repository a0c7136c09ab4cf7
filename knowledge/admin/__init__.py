"""The admin of what we know: guidance by kind, the drafts on whose pages it is written, topics, insights.

Profiles, expertise and vouches are left out on purpose: they are what people say of themselves and of each other, and
nobody, an administrator neither, says it for them.
"""

from knowledge.admin.drafts import RevisionAdmin
from knowledge.admin.guidance import FrameworkAdmin, GuidanceAdmin, GuidelineAdmin
from knowledge.admin.insights import CodificationAdmin, InsightAdmin
from knowledge.admin.topics import TopicAdmin

__all__ = [
    "CodificationAdmin",
    "FrameworkAdmin",
    "GuidanceAdmin",
    "GuidelineAdmin",
    "InsightAdmin",
    "RevisionAdmin",
    "TopicAdmin",
]
