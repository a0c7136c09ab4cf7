"""The nouns of people."""

from nhs_learning.people.models.membership import Membership
from nhs_learning.people.models.notice import Notice
from nhs_learning.people.models.service import Service
from nhs_learning.people.models.trust import Trust
from nhs_learning.people.models.user import User

__all__ = ["Membership", "Notice", "Service", "Trust", "User"]
