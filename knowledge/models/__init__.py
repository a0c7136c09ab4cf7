"""The nouns of codified and of personal knowledge."""

from knowledge.models.assessment import Assessment
from knowledge.models.attachment import Attachment
from knowledge.models.by_kind import Guideline, ServiceFramework
from knowledge.models.confirmation import Confirmation
from knowledge.models.edition import Conflict
from knowledge.models.guidance import Guidance
from knowledge.models.insight import Insight, Thanks
from knowledge.models.last_read import LastRead
from knowledge.models.revision import Revision
from knowledge.models.statement import Milestone, Statement, Wording
from knowledge.models.topic import GuidanceTopic, Topic
from knowledge.models.upload import Upload, UploadBatch

__all__ = [
    "Assessment",
    "Attachment",
    "Confirmation",
    "Conflict",
    "Guidance",
    "GuidanceTopic",
    "Guideline",
    "Insight",
    "LastRead",
    "Milestone",
    "Revision",
    "ServiceFramework",
    "Statement",
    "Thanks",
    "Topic",
    "Upload",
    "UploadBatch",
    "Wording",
]
