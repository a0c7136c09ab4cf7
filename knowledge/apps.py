"""What we know: guidance (codified), later insights and expertise (personal), topics, and the search index."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from knowledge import findable

        findable.register()
