"""Addresses of what we know."""

from django.urls import path

from knowledge.views import browse, guidance, import_preview, importing

urlpatterns = [
    path("browse/", browse.browse, name="browse"),
    path("due-for-review/", browse.due_for_review, name="due_for_review"),
    path("guidance/<slug:trust>/<slug:slug>/", guidance.page, name="guidance"),
    path("attachments/<int:pk>/<path:name>", guidance.attachment, name="attachment"),
    path("import/", importing.begin, name="guidance_import"),
    path("import/<int:pk>/", importing.batch, name="guidance_import_batch"),
    path("import/<int:pk>/<int:upload>/", import_preview.upload, name="guidance_import_upload"),
    path("import/<int:pk>/<int:upload>/<str:name>", import_preview.picture, name="guidance_import_picture"),
]
