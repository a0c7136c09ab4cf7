"""Addresses of what we know."""

from django.urls import path

from knowledge.views import (
    assessing,
    browse,
    confirming,
    guidance,
    history,
    import_preview,
    importing,
    insights,
    standing,
)

urlpatterns = [
    path("browse/", browse.browse, name="browse"),
    path("due-for-review/", browse.due_for_review, name="due_for_review"),
    path("guidance/<slug:trust>/<slug:slug>/", guidance.page, name="guidance"),
    path("guidance/<slug:trust>/<slug:slug>/confirm/", confirming.confirm, name="guidance_confirm"),
    path("guidance/<slug:trust>/<slug:slug>/extend/", confirming.extend, name="guidance_extend"),
    path("guidance/<slug:trust>/<slug:slug>/standing/", standing.whole, name="guidance_standing"),
    path(
        "guidance/<slug:trust>/<slug:slug>/standing/<slug:service>/",
        standing.one_service,
        name="guidance_service_standing",
    ),
    path(
        "guidance/<slug:trust>/<slug:slug>/standing/<slug:service>/<slug:statement>/",
        standing.assessments,
        name="guidance_assessments",
    ),
    path("guidance/<slug:trust>/<slug:slug>/assess/<slug:service>/", assessing.assess, name="guidance_assess"),
    path("my-frameworks/", assessing.my_frameworks, name="my_frameworks"),
    path("guidance/<slug:trust>/<slug:slug>/history/", history.history, name="guidance_history"),
    path("guidance/<slug:trust>/<slug:slug>/edition/<int:number>/", history.one_edition, name="guidance_edition"),
    path("guidance/<slug:trust>/<slug:slug>/compare/", history.compare, name="guidance_compare"),
    path("guidance/<slug:trust>/<slug:slug>/on/", history.on, name="guidance_on"),
    path("guidance/<slug:trust>/<slug:slug>/draft/<int:pk>/", history.draft, name="guidance_draft"),
    path("attachments/<int:pk>/<path:name>", guidance.attachment, name="attachment"),
    path("insights/", insights.insights, name="insights"),
    path("insights/new/", insights.new, name="insight_new"),
    path("insights/<int:pk>/", insights.page, name="insight"),
    path("insights/<int:pk>/write/", insights.write, name="insight_write"),
    path("insights/<int:pk>/thank/", insights.thank, name="insight_thank"),
    path("insights/<int:pk>/withdraw/", insights.withdraw, name="insight_withdraw"),
    path("import/", importing.begin, name="guidance_import"),
    path("import/<int:pk>/", importing.batch, name="guidance_import_batch"),
    path("import/<int:pk>/<int:upload>/", import_preview.upload, name="guidance_import_upload"),
    path("import/<int:pk>/<int:upload>/<str:name>", import_preview.picture, name="guidance_import_picture"),
]
