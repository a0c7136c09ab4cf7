"""The home page: search first, then what changed, what is due, and one's own services."""

from __future__ import annotations

from django.db.models import Case, Count, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from knowledge.models import Guidance
from nhs_learning.people.models import Service

SHOWN = 6


def home(request: HttpRequest) -> HttpResponse:
    me = request.user
    ours = Guidance.objects.visible_to(me).of(me.trust_id).select_related("trust", "service")
    mine_first = Case(When(owner=me, then=Value(0)), When(deputy=me, then=Value(0)), default=Value(1))
    in_force = Count("guidance", filter=Q(guidance__state=Guidance.State.IN_FORCE))
    return render(
        request,
        "home.html",
        {
            "page_name": "home",
            "recent": ours.in_force().select_related("current").order_by("-current__published_at")[:SHOWN],
            "due": ours.due_for_review().select_related("owner").order_by(mine_first, "review_due")[:SHOWN],
            "services": Service.objects.filter(pk__in=me.reach.own_services()).annotate(in_force=in_force),
            "kinds": Guidance.Kind.choices,
        },
    )
