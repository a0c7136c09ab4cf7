"""Addresses of reviews, changes, decisions and actions."""

from django.urls import path

from reviews.views import changes

urlpatterns = [
    path("changes/<str:reference>/", changes.page, name="change"),
]
