"""The home page: search first, then one's own services, what changed, and what is due."""

from __future__ import annotations

from django.db.models import Case, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from knowledge.browsing import Browsing
from knowledge.models import Guidance
from nhs_learning.people.models import User

SHOWN = 6


def home(request: HttpRequest) -> HttpResponse:
    me = request.user
    browsing = Browsing(me, {})
    recent, due = _recent_and_due(me)
    mine = {service.slug for service in browsing.tree if service.pk in me.reach.own_services()}
    return render(
        request,
        "home.html",
        {
            "page_name": "home",
            "recent": recent,
            "due": due,
            "services": [choice for choice in browsing.services() if choice.value in mine],
            "kinds": browsing.kinds(),
            "letters": browsing.letters(),
        },
    )


def _recent_and_due(me: User) -> tuple[list[Guidance], list[Guidance]]:
    """What changed lately, the latest first, and what is due for review, one's own first, in one query."""
    ours = Guidance.objects.visible_to(me).of(me.trust_id).in_force()
    mine_first = Case(When(Q(owner=me) | Q(deputy=me), then=Value(0)), default=Value(1))
    changed = ours.order_by("-current__published_at").values("pk")[:SHOWN]
    waiting = ours.due_for_review().order_by(mine_first, "review_due").values("pk")[:SHOWN]
    both = Guidance.objects.filter(pk__in=changed.union(waiting)).select_related("trust", "service", "owner", "current")
    found = list(both.defer("current__body", "current__html", "current__contents"))
    recent = sorted(found, key=lambda one: one.current.published_at, reverse=True)[:SHOWN]
    due = [one for one in found if one.is_overdue or one.is_due_soon]
    return recent, sorted(due, key=lambda one: (me.pk not in (one.owner_id, one.deputy_id), one.review_due))[:SHOWN]
