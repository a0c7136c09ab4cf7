"""The nouns of codified and of personal knowledge."""

from knowledge.models.assessment import Assessment
from knowledge.models.attachment import Attachment
from knowledge.models.by_kind import Guideline, ServiceFramework
from knowledge.models.codification import Codification
from knowledge.models.community import Community, Member
from knowledge.models.confirmation import Confirmation
from knowledge.models.conversation import Conversation
from knowledge.models.edition import Conflict
from knowledge.models.guidance import Guidance
from knowledge.models.insight import Insight, Thanks
from knowledge.models.last_read import LastRead
from knowledge.models.output import Output
from knowledge.models.profile import Expertise, Profile, Vouch
from knowledge.models.revision import Revision
from knowledge.models.said import Asking, Lesson, Message
from knowledge.models.session import Attendance, CoffeeGroup, Session
from knowledge.models.statement import Milestone, Statement, Wording
from knowledge.models.topic import GuidanceTopic, Topic
from knowledge.models.upload import Upload, UploadBatch

__all__ = [
    "Asking",
    "Assessment",
    "Attachment",
    "Attendance",
    "Codification",
    "CoffeeGroup",
    "Community",
    "Confirmation",
    "Conflict",
    "Conversation",
    "Expertise",
    "Guidance",
    "GuidanceTopic",
    "Guideline",
    "Insight",
    "LastRead",
    "Lesson",
    "Member",
    "Message",
    "Milestone",
    "Output",
    "Profile",
    "Revision",
    "ServiceFramework",
    "Session",
    "Statement",
    "Thanks",
    "Topic",
    "Upload",
    "UploadBatch",
    "Vouch",
    "Wording",
]
