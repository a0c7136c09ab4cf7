"""Addresses of reviews, changes, decisions and actions."""

from django.urls import path

from reviews.views import changes, loops, register

urlpatterns = [
    path("changes/<str:reference>/", changes.page, name="change"),
    path("register/", register.register, name="register"),
    path("register.csv", register.register_csv, name="register_csv"),
    path("loops/", loops.loops, name="loops"),
]
