"""Addresses of what we know."""

from django.urls import path

from knowledge.views import browse, guidance, history

urlpatterns = [
    path("browse/", browse.browse, name="browse"),
    path("due-for-review/", browse.due_for_review, name="due_for_review"),
    path("guidance/<slug:trust>/<slug:slug>/", guidance.page, name="guidance"),
    path("guidance/<slug:trust>/<slug:slug>/history/", history.history, name="guidance_history"),
    path("guidance/<slug:trust>/<slug:slug>/edition/<int:number>/", history.one_edition, name="guidance_edition"),
    path("guidance/<slug:trust>/<slug:slug>/compare/", history.compare, name="guidance_compare"),
    path("guidance/<slug:trust>/<slug:slug>/on/", history.on, name="guidance_on"),
    path("guidance/<slug:trust>/<slug:slug>/draft/<int:pk>/", history.draft, name="guidance_draft"),
    path("attachments/<int:pk>/<path:name>", guidance.attachment, name="attachment"),
]
