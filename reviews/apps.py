"""How we learn: reviews, the changes that come of them, and the loops of learning that these are."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nhs_learning.record import slots
        from reviews.views import opening

        slots.fill("guidance_aside", opening.offer, order=60)
