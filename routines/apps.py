"""How what we know is used: routines, with the knowledge that each step draws on."""

from django.apps import AppConfig


class RoutinesConfig(AppConfig):
    name = "routines"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nhs_learning.record import knock_on, slots
        from routines import findable, knocking_on
        from routines.views import checking, leaving, on_guidance, shortcuts, where_used

        findable.register_all()
        slots.fill("guidance_aside", where_used.on_guidance, order=50)
        slots.fill_parts("guidance_statements", where_used.on_statements)
        slots.fill("insight_aside", where_used.on_insight)
        slots.fill("service_routines", where_used.on_service)
        slots.fill("leaving", leaving.routines_of, order=50)

        knock_on.listen("guidance_changed", knocking_on.guidance_changed)
        knock_on.listen("guidance_withdrawn", knocking_on.guidance_withdrawn)
        knock_on.listen("guidance_back", knocking_on.guidance_back)
        knock_on.listen("insight_withdrawn", knocking_on.insight_withdrawn)
        knock_on.listen("insight_open_to_others", knocking_on.insight_open_to_others)
        knock_on.listen("routine_changed", knocking_on.routine_changed)
        slots.fill("method_top", checking.on_a_method)
        slots.fill("guidance_noticed", on_guidance.patterns)
        slots.fill("guidance_use_address", on_guidance.use_address)
        slots.fill("guidance_use", on_guidance.did_you_use_this)
        slots.fill("guidance_aside", on_guidance.how_it_is_used, order=50)
        slots.fill("home_aside", shortcuts.what_i_record, order=20)
