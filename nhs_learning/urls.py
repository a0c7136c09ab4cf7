"""Addresses: the front hall's own, and each app's."""

from django.contrib import admin
from django.urls import include, path

from nhs_learning.views import health, home, pages, search

urlpatterns = [
    path("", home.home, name="home"),
    path("health/", health.health, name="health"),
    path("search/", search.results, name="search"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("", include("nhs_learning.people.urls")),
    path("", include("knowledge.urls")),
    path("", include("routines.urls")),
    path("", include("reviews.urls")),
    path("admin/", admin.site.urls),
]

handler403 = pages.not_allowed
handler404 = pages.not_found
handler500 = pages.broken
