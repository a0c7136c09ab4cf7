"""Addresses of routines, performances, uses, patterns and checks."""

from django.urls import path, re_path

from routines.views import (
    bringing,
    checking,
    editions,
    exporting,
    leaving,
    listing,
    otherwise,
    patterns,
    performing,
    routine,
    uses,
    using,
)

urlpatterns = [
    path("routines/", listing.routines, name="routines"),
    path("people/<int:pk>/leaving/routines/", leaving.routine_hand_on, name="routine_hand_on"),
    path("routines/checks/", checking.checks, name="checks"),
    path("routines/import/", bringing.bring, name="routine_import"),
    path("routines/import/steps.csv", bringing.example, name="routine_import_example"),
    path("routines/<slug:slug>/draft/import/", bringing.bring_into_draft, name="routine_draft_import"),
    path("routines/<slug:slug>/", routine.routine, name="routine"),
    path("routines/<slug:slug>/editions/<int:number>/", editions.edition, name="routine_edition"),
    re_path(
        r"^routines/(?P<slug>[-\w]+)/done/(?P<how>as_described|adapted|departed)/$",
        performing.record,
        name="performance_record",
    ),
    path("routines/<slug:slug>/done/<int:pk>/take-back/", performing.take_back, name="performance_take_back"),
    path(
        "routines/<slug:slug>/done/<int:pk>/worth-spreading/",
        performing.worth_spreading,
        name="performance_worth_spreading",
    ),
    path("routines/<slug:slug>/otherwise/", otherwise.otherwise, name="otherwise"),
    path("routines/<slug:slug>/as-done.csv", otherwise.counts, name="otherwise_csv"),
    path("routines/checks/<int:pk>/", checking.check, name="check"),
    path("guidance/<slug:trust>/<slug:slug>/use/", using.use, name="guidance_use"),
    path("guidance/<slug:trust>/<slug:slug>/use/<int:pk>/take-back/", using.take_back, name="guidance_use_take_back"),
    path("guidance/<slug:trust>/<slug:slug>/uses/", uses.uses, name="guidance_uses"),
    path("guidance/<slug:trust>/<slug:slug>/uses.csv", uses.uses_csv, name="guidance_uses_csv"),
    path("patterns/", patterns.patterns, name="patterns"),
    path("routines/<slug:slug>/export.csv", exporting.csv, name="routine_csv"),
    path("routines/<slug:slug>/export.xlsx", exporting.xlsx, name="routine_xlsx"),
    path("routines/<slug:slug>/export.bpmn", exporting.bpmn, name="routine_bpmn"),
    path("patterns/<int:pk>/", patterns.pattern, name="pattern"),
]
