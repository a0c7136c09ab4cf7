"""Addresses of routines, performances, uses, patterns and checks."""

from django.urls import path, re_path

from routines.views import checking, listing, otherwise, patterns, performing, routine

urlpatterns = [
    path("routines/", listing.routines, name="routines"),
    path("routines/<slug:slug>/", routine.routine, name="routine"),
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
    path("patterns/<int:pk>/", patterns.pattern, name="pattern"),
]
