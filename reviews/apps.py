"""How we learn: reviews, the changes that come of them, and the loops of learning that these are."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from knowledge import suggesting
        from nhs_learning.record import slots
        from reviews import decided_topics
        from reviews.views import leaving, on_guidance, on_patterns, waiting, withdrawing

        suggesting.register(decided_topics.of_decisions)
        slots.fill("guidance_aside", on_guidance.guidance_aside)
        slots.fill("guidance_aside", withdrawing.offered, order=200)
        slots.fill("guidance_withdrawn", withdrawing.on_the_page)
        slots.fill("draft_aside", on_guidance.draft_aside)
        slots.fill("method_aside", on_guidance.method_aside)
        slots.fill("check_change", on_guidance.check_change)
        slots.fill("routine_aside", on_guidance.routine_aside)
        slots.fill("edition_change", on_guidance.edition_change)
        slots.fill("pattern_ways", on_patterns.ways)
        slots.fill("pattern_outcome", on_patterns.outcome)
        slots.fill("leaving", leaving.open_with)
        slots.fill("home_top", waiting.waiting_for_you, order=10)
        slots.fill("home_top", withdrawing.waiting_for_me, order=20)
