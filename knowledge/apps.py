"""What we know: guidance (codified), later insights and expertise (personal), topics, and the search index."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from knowledge import findable
        from knowledge.views import assessing, insights
        from nhs_learning.record import slots

        findable.register()
        slots.fill("home_top", assessing.waiting_for_me)
        slots.fill("guidance_learned", insights.beside)
