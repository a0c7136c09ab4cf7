"""Addresses of routines, performances, uses, patterns and checks."""

from django.urls import path, re_path

from routines.views import checking, editions, leaving, listing, patterns, performing, routine

urlpatterns = [
    path("routines/", listing.routines, name="routines"),
    path("people/<int:pk>/leaving/routines/", leaving.routine_hand_on, name="routine_hand_on"),
    path("routines/checks/", checking.checks, name="checks"),
    path("routines/<slug:slug>/", routine.routine, name="routine"),
    path("routines/<slug:slug>/editions/<int:number>/", editions.edition, name="routine_edition"),
    re_path(
        r"^routines/(?P<slug>[-\w]+)/done/(?P<how>as_described|adapted|departed)/$",
        performing.record,
        name="performance_record",
    ),
    path("routines/<slug:slug>/done/<int:pk>/take-back/", performing.take_back, name="performance_take_back"),
    path("routines/checks/<int:pk>/", checking.check, name="check"),
    path("patterns/<int:pk>/", patterns.pattern, name="pattern"),
]
