"""How what we know is used: routines, with the knowledge that each step draws on."""

from django.apps import AppConfig


class RoutinesConfig(AppConfig):
    name = "routines"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nhs_learning.record import knock_on, slots
        from routines.models import Check
        from routines.views import shortcuts

        knock_on.listen("guidance_changed", Check.guidance_changed)
        knock_on.listen("guidance_withdrawn", Check.guidance_withdrawn)
        knock_on.listen("guidance_back", Check.guidance_back)
        knock_on.listen("insight_withdrawn", Check.insight_withdrawn)
        knock_on.listen("routine_changed", Check.routine_changed)
        slots.fill("home_aside", shortcuts.what_i_record, order=20)
