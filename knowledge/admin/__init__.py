"""The admin of what we know: guidance by kind, the drafts on whose pages it is written, topics, and insights."""

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
