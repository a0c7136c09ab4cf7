"""Finding guidance without searching: by service, topic, kind, A to Z; and what is due for review."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from knowledge.browsing import Browsing
from knowledge.models import Guidance

PER_PAGE = 50


def browse(request: HttpRequest) -> HttpResponse:
    """Everything that the reader may see, by service, topic, kind and first letter, together or one by one."""
    browsing = Browsing(request.user, request.GET.dict())
    if "service" in browsing.asked and browsing.service is None:
        raise Http404("There is no such service.")
    found = browsing.found().select_related("trust", "service").order_by("title", "pk")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_name": "browse",
        "browsing": browsing,
        "page": page,
        "chips": chips(browsing),
        "address_of_page": lambda number: browsing.address(page=str(number)),
    }
    return render(request, "browse.html", context)


def chips(browsing: Browsing) -> list[tuple[str, str]]:
    """What the list is narrowed and widened by, as (name, words)."""
    asked = browsing.asked
    words = {
        "service": browsing.service.name if browsing.service else "",
        "topic": browsing.topic.name if browsing.topic else asked.get("topic", ""),
        "kind": dict(Guidance.Kind.choices).get(asked.get("kind", ""), ""),
        "letter": f"Begins with {asked.get('letter', '')}",
        "from": "Other trusts too",
        "withdrawn": "Withdrawn too",
    }
    return [(name, words[name]) for name in words if name in asked]


def due_for_review(request: HttpRequest) -> HttpResponse:
    """What is overdue or due within six months in the trust, who owns it, and how long it has waited."""
    browsing = Browsing(request.user, request.GET.dict())
    if "service" in browsing.asked and browsing.service is None:
        raise Http404("There is no such service.")
    due = Guidance.objects.visible_to(request.user).of(request.user.trust_id).due_for_review()
    due = due.select_related("trust", "service__lead", "owner", "deputy")
    if mine := bool(request.GET.get("mine")):
        due = due.filter(Q(owner=request.user) | Q(deputy=request.user))
    if browsing.service:
        due = due.filter(service__in=browsing.beneath(browsing.service))
    page = Paginator(due.order_by("review_due", "title"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_name": "due",
        "browsing": browsing,
        "mine": mine,
        "page": page,
        "address_of_page": lambda number: browsing.address(mine="1" if mine else None, page=str(number)),
    }
    return render(request, "due_for_review.html", context)
