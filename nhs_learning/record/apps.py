"""The ground: what happened, what can be found, what time it is, and where a page leaves room for upper floors."""

from django.apps import AppConfig


class RecordConfig(AppConfig):
    name = "nhs_learning.record"
    label = "record"
    default_auto_field = "django.db.models.BigAutoField"
