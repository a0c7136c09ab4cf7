"""The home page: search first, then one's own services, what changed, and what is due."""

from __future__ import annotations

from django.db.models import Case, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from knowledge.browsing import Browsing
from knowledge.models import Guidance

SHOWN = 6


def home(request: HttpRequest) -> HttpResponse:
    me = request.user
    browsing = Browsing(me, {})
    ours = Guidance.objects.visible_to(me).of(me.trust_id).select_related("trust", "service")
    mine_first = Case(When(Q(owner=me) | Q(deputy=me), then=Value(0)), default=Value(1))
    changed = ours.in_force().select_related("current").defer("current__body", "current__html", "current__contents")
    mine = {service.slug for service in browsing.tree if service.pk in me.reach.own_services()}
    return render(
        request,
        "home.html",
        {
            "page_name": "home",
            "recent": changed.order_by("-current__published_at")[:SHOWN],
            "due": ours.due_for_review().select_related("owner").order_by(mine_first, "review_due")[:SHOWN],
            "services": [choice for choice in browsing.services() if choice.value in mine],
            "kinds": browsing.kinds(),
            "letters": browsing.letters(),
        },
    )
