"""How what we know is used: routines, with the knowledge that each step draws on."""

from django.apps import AppConfig


class RoutinesConfig(AppConfig):
    name = "routines"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nhs_learning.record import knock_on, slots
        from routines.models import Check
        from routines.views import on_guidance

        knock_on.listen("guidance_changed", Check.guidance_changed)
        knock_on.listen("guidance_withdrawn", Check.guidance_withdrawn)
        knock_on.listen("guidance_back", Check.guidance_back)
        knock_on.listen("insight_withdrawn", Check.insight_withdrawn)
        knock_on.listen("routine_changed", Check.routine_changed)
        slots.fill("guidance_noticed", on_guidance.patterns)
        slots.fill("guidance_use_address", on_guidance.use_address)
        slots.fill("guidance_use", on_guidance.did_you_use_this)
        slots.fill("guidance_aside", on_guidance.how_it_is_used, order=50)
