"""Addresses of reviews, changes, decisions and actions."""

from django.urls import path

from reviews.views import actions, changes, following, methods, opening, reviews

urlpatterns = [
    path("changes/<str:reference>/", changes.page, name="change"),
    path("reviews/", reviews.mine, name="reviews"),
    path("reviews/new/", opening.new, name="review_new"),
    path("reviews/<str:reference>/", reviews.review, name="review"),
    path("reviews/<str:reference>/details/", opening.details, name="review_details"),
    path("reviews/<str:reference>/people/", opening.people, name="review_people"),
    path("reviews/<str:reference>/change/", following.suggest_change, name="review_change"),
    path("reviews/<str:reference>/action/", following.agree_action, name="review_action"),
    path("actions/<str:reference>/", actions.action, name="action"),
    path("methods/<slug:slug>/", methods.method, name="method"),
]
