"""The front hall: settings, urls, home, the search page, health and the demo; beneath it the ground and the people."""

from nhs_learning.celery import app as celery_app

__all__ = ["celery_app"]
