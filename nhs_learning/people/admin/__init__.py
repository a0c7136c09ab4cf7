"""The admin of people: the services, the people and their roles of one's own trust."""

from nhs_learning.people.admin.people import UserAdmin
from nhs_learning.people.admin.services import ServiceAdmin, TrustsAdmin

__all__ = ["ServiceAdmin", "TrustsAdmin", "UserAdmin"]
