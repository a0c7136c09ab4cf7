"""Addresses of routines, performances, uses, patterns and checks."""

from django.urls import path, re_path

from routines.views import checking, describing, drafting, listing, patterns, performing, routine

urlpatterns = [
    path("routines/", listing.routines, name="routines"),
    path("routines/new/", drafting.new, name="routine_new"),
    path("routines/<slug:slug>/draft/", drafting.draft, name="routine_draft"),
    path("routines/<slug:slug>/draft/read/", drafting.read, name="routine_draft_read"),
    path("routines/<slug:slug>/draft/throw-away/", drafting.throw_away, name="routine_throw_away"),
    path("routines/<slug:slug>/describe/", describing.describe, name="routine_describe"),
    path("routines/<slug:slug>/withdraw/", describing.withdraw, name="routine_withdraw"),
    path("routines/<slug:slug>/", routine.routine, name="routine"),
    re_path(
        r"^routines/(?P<slug>[-\w]+)/done/(?P<how>as_described|adapted|departed)/$",
        performing.record,
        name="performance_record",
    ),
    path("routines/<slug:slug>/done/<int:pk>/take-back/", performing.take_back, name="performance_take_back"),
    path("routines/checks/<int:pk>/", checking.check, name="check"),
    path("patterns/<int:pk>/", patterns.pattern, name="pattern"),
]
