"""Addresses of reviews, changes, decisions and actions."""

from django.urls import path

from reviews.views import changes, withdrawing

urlpatterns = [
    path("changes/<str:reference>/", changes.page, name="change"),
    path("guidance/<slug:trust>/<slug:slug>/withdraw/", withdrawing.withdraw, name="guidance_withdraw"),
    path("withdrawals/", withdrawing.waiting, name="withdrawals"),
    path("withdrawals/<str:reference>/", withdrawing.page, name="withdrawal"),
]
