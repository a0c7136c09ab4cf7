"""How we learn: reviews, the changes that come of them, and the loops of learning that these are."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nhs_learning.record import slots
        from reviews.views import on_guidance, withdrawing

        slots.fill("guidance_aside", on_guidance.aside)
        slots.fill("draft_aside", on_guidance.draft_aside)
        slots.fill("home_top", withdrawing.waiting_for_me, order=20)
        slots.fill("guidance_withdrawn", withdrawing.on_the_page)
        slots.fill("guidance_aside", withdrawing.offered, order=200)
