"""The home page: search first, then what changed, what is due, and one's own services."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from knowledge.models import Guidance


def home(request: HttpRequest) -> HttpResponse:
    visible = Guidance.objects.visible_to(request.user).of(request.user.trust_id).select_related("trust", "service")
    reach = request.user.reach
    return render(
        request,
        "home.html",
        {
            "page_name": "home",
            "recent": visible.in_force().select_related("current").order_by("-current__published_at")[:6],
            "due": visible.due_for_review().select_related("owner")[:6],
            "services": request.user.trust.services.filter(pk__in=reach.own_services()) if request.user.trust else [],
        },
    )
