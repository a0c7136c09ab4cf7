"""The front hall as Django's app, for its commands and for the admin's templates."""

from django.apps import AppConfig


class NhsLearningConfig(AppConfig):
    name = "nhs_learning"
    label = "hall"
    verbose_name = "NHS Learning"
