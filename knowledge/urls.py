"""Addresses of what we know."""

from django.urls import path

from knowledge.views import browse, guidance

urlpatterns = [
    path("browse/", browse.browse, name="browse"),
    path("due-for-review/", browse.due_for_review, name="due_for_review"),
    path("guidance/<slug:trust>/<slug:slug>/", guidance.page, name="guidance"),
    path("attachments/<int:pk>/<path:name>", guidance.attachment, name="attachment"),
]
