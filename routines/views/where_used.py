"""What routines show on the pages of what they draw on, and on those of services, through their slots."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from markupsafe import Markup

from knowledge.models import Guidance, Insight
from nhs_learning.people.models import Service
from nhs_learning.people.models.service import beneath
from routines import where_used
from routines.where_used import Used

#: How many routines of a service its page shows; the rest are a click away.
SHOWN = 8


def on_guidance(request: HttpRequest, guidance: Guidance) -> str:
    """Beside the text: the routines of the reader's trust that draw on it."""
    used = _of_guidance(request, guidance)
    return _panel(request, used, noun="standard" if guidance.kind == "service_framework" else "recommendation")


def on_statements(request: HttpRequest, guidance: Guidance) -> dict[str, Markup]:
    """Beside each statement that is used, by its key: in how many routines."""
    numbers = where_used.by_statement(_of_guidance(request, guidance))
    one, many = '<a href="#used-in-routines">In 1 routine</a>', '<a href="#used-in-routines">In {} routines</a>'
    return {key: Markup(one if number == 1 else many).format(number) for key, number in numbers.items()}


def on_insight(request: HttpRequest, insight: Insight) -> str:
    """Beside an insight: the routines of the reader's trust that draw on it."""
    return _panel(request, where_used.of_insight(insight, reader=request.user), noun="")


def on_service(request: HttpRequest, service: Service) -> str:
    """On the page of a service: its routines, and those of what is beneath it."""
    inside = beneath(request.user.tree(), service)
    found = list(where_used.of_service(inside, reader=request.user)[: SHOWN + 1])
    shown = {"service": service, "routines": found[:SHOWN], "more": len(found) > SHOWN}
    return render_to_string("routines/of_service.html", shown, request=request)


def _panel(request: HttpRequest, used: list[Used], *, noun: str) -> str:
    if not used:
        return ""
    return render_to_string("routines/used_in.html", {"used": used, "noun": noun}, request=request)


def _of_guidance(request: HttpRequest, guidance: Guidance) -> list[Used]:
    """Asked once for each page, which is why the request carries it. Who has no trust has no routines."""
    if not request.user.is_authenticated or request.user.trust_id is None:
        return []
    known: dict[int, Any] = request.__dict__.setdefault("_used_in_routines", {})
    if guidance.pk not in known:
        known[guidance.pk] = where_used.of_guidance(guidance, reader=request.user)
    return known[guidance.pk]
