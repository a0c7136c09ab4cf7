"""How we learn: reviews, the changes that come of them, and the loops of learning that these are."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nhs_learning.record import slots
        from reviews.views import on_guidance, waiting

        slots.fill("guidance_aside", on_guidance.guidance_aside)
        slots.fill("edition_change", on_guidance.edition_change)
        slots.fill("home_top", waiting.waiting_for_you, order=50)
