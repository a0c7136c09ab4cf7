"""Addresses of routines, performances, uses, patterns and checks."""

from django.urls import path, re_path

from routines.views import bringing, checking, exporting, listing, patterns, performing, routine

urlpatterns = [
    path("routines/", listing.routines, name="routines"),
    path("routines/import/", bringing.bring, name="routine_import"),
    path("routines/import/steps.csv", bringing.example, name="routine_import_example"),
    path("routines/<slug:slug>/draft/import/", bringing.bring_into_draft, name="routine_draft_import"),
    path("routines/<slug:slug>/", routine.routine, name="routine"),
    re_path(
        r"^routines/(?P<slug>[-\w]+)/done/(?P<how>as_described|adapted|departed)/$",
        performing.record,
        name="performance_record",
    ),
    path("routines/<slug:slug>/done/<int:pk>/take-back/", performing.take_back, name="performance_take_back"),
    path("routines/checks/<int:pk>/", checking.check, name="check"),
    path("routines/<slug:slug>/export.csv", exporting.csv, name="routine_csv"),
    path("routines/<slug:slug>/export.xlsx", exporting.xlsx, name="routine_xlsx"),
    path("routines/<slug:slug>/export.bpmn", exporting.bpmn, name="routine_bpmn"),
    path("patterns/<int:pk>/", patterns.pattern, name="pattern"),
]
