"""Pages about oneself: signing in, and my account."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nhs_learning.people import forms
from nhs_learning.people.models import User
from nhs_learning.people.roles import ROLES


class SignIn(LoginView):
    """allauth's sign-in, which in the demo also lists the people one may sign in as."""

    form_class = forms.SignIn

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if settings.DEMO:
            context["demo_people"] = User.objects.demo_people()
        return context


def my_account(request: HttpRequest) -> HttpResponse:
    memberships = request.user.memberships.select_related("service").order_by("service__name")
    stands_in_for = User.objects.get_queryset().stood_in_for_by(request.user).select_related("stand_in")
    shown = {"memberships": memberships, "ROLES": ROLES, "stands_in_for": stands_in_for}
    return render(request, "people/my_account.html", shown)
