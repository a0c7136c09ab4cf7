"""What we know: guidance (codified); insights, people and what they ask each other (personal); topics; and search."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from knowledge import findable
        from knowledge.views import assessing, codifying, conversations, insights, leaving
        from nhs_learning.record import slots

        findable.register_all()
        slots.fill("home_top", assessing.waiting_for_me)
        slots.fill("home_top", leaving.whom_we_lose, order=90)
        slots.fill("home_top", conversations.waiting_for_me, order=15)
        slots.fill("guidance_learned", insights.beside)
        slots.fill("edition_origin", codifying.grew_out_of)
