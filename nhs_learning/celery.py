"""Celery: work started by the clock. Each app's tasks.py holds its tasks; the timetable is in the settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nhs_learning.settings")

app = Celery("nhs_learning")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
