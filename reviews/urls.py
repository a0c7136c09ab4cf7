"""Addresses of reviews, changes, decisions and actions."""

from django.urls import path

from reviews.views import changes, looking_back, withdrawing

urlpatterns = [
    path("changes/<str:reference>/", changes.page, name="change"),
    path("changes/<str:reference>/look-back/", looking_back.look_back, name="change_look_back"),
    path("guidance/<slug:trust>/<slug:slug>/withdraw/", withdrawing.withdraw, name="guidance_withdraw"),
    path("withdrawals/", withdrawing.waiting, name="withdrawals"),
    path("withdrawals/<str:reference>/", withdrawing.page, name="withdrawal"),
]
