"""Addresses of what we know."""

from django.urls import path

from knowledge.views import guidance

urlpatterns = [
    path("guidance/<slug:trust>/<slug:slug>/", guidance.page, name="guidance"),
    path("attachments/<int:pk>/<path:name>", guidance.attachment, name="attachment"),
]
