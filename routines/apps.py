"""How what we know is used: routines, with the knowledge that each step draws on."""

from django.apps import AppConfig


class RoutinesConfig(AppConfig):
    name = "routines"
    default_auto_field = "django.db.models.BigAutoField"
