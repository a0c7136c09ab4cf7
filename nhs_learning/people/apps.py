"""Who is here: trusts, services, people, their roles, and verdicts on what they may do."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PeopleConfig(AppConfig):
    name = "nhs_learning.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nhs_learning.people.views import notices
        from nhs_learning.record import slots

        slots.fill("home_top", notices.unread, order=10)


class CuratorsAdminConfig(AdminConfig):
    default_site = "nhs_learning.people.admin_site.CuratorsAdminSite"
