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
    """What is overdue or due within six months in the trust, who owns it, and how long it has waited; or, when asked
    (``?undated=1``), what has no review date, of which nobody would be reminded."""
    browsing = Browsing(request.user, request.GET.dict())
    if "service" in browsing.asked and browsing.service is None:
        raise Http404("There is no such service.")
    mine, undated = bool(request.GET.get("mine")), bool(request.GET.get("undated"))
    ours = Guidance.objects.visible_to(request.user).of(request.user.trust_id)
    ours = ours.select_related("trust", "service", "owner", "deputy")
    if mine:
        ours = ours.filter(Q(owner=request.user) | Q(deputy=request.user))
    if browsing.service:
        ours = ours.filter(service__in=browsing.beneath(browsing.service))
    never = ours.in_force().filter(review_due=None)
    listed = never.order_by("title") if undated else ours.due_for_review().order_by("review_due", "title")
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    chosen = {"mine": "1" if mine else None, "undated": "1" if undated else None}
    context = {
        "page_name": "due",
        "browsing": browsing,
        "mine": mine,
        "undated": undated,
        "never": page.paginator.count if undated else never.count(),
        "page": page,
        "address": lambda **changed: browsing.address(**{**chosen, **changed}),
        "address_of_page": lambda number: browsing.address(**chosen, page=str(number)),
    }
    return render(request, "due_for_review.html", context)
