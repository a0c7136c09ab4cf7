"""The page of a review method: what it is for, what governs it, its prompts, how it was used and what that led to."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Max, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from knowledge.loops import LOOPS
from reviews import permissions
from reviews.models import Change, Review
from reviews.models.review import DESK
from routines import drawing
from routines.models import Routine
from routines.reading import Shown
from routines.sources import drawn_on


def method(request: HttpRequest, slug: str) -> HttpResponse:
    """One learning routine of the reader's trust. Of reviews that the reader may not see, not even the number is told:
    of some methods there are so few that it would say that there was one, and when."""
    learning = (
        Routine.objects.visible_to(request.user)
        .learning()
        .select_related("current", "owner", "deputy", "service", "trust")
    )
    routine = get_object_or_404(learning, slug=slug)
    held = Review.objects.visible_to(request.user).filter(method__routine=routine)
    used = held.aggregate(number=Count("pk"), last=Max("opened_at"), closed=Count("closed_at"))
    edition = routine.current
    shown = Shown(edition, list(edition.steps.all()), drawn_on(edition, reader=request.user))
    context = {
        "page_name": "reviews",
        "routine": routine,
        "edition": edition,
        "shown": shown,
        "editions": routine.revisions.published().select_related("published_by"),
        "used": used,
        "led_to": _led_to(held),
        "may_open": bool(permissions.may_open_some_review(request.user)) and slug != DESK,
    }
    context["map"] = drawing.drawn(edition.title, shown.steps, shown.drawn_on)
    return render(request, "reviews/method.html", context)


def _led_to(held: Any) -> list[tuple[str, int]]:
    """How many changes came into force out of these reviews, by the loop that holds; all three are named."""
    changes = Change.objects.filter(review__in=held.values("pk"), state=Change.State.IN_FORCE)
    holds = Coalesce(NullIf(F("settled_loop"), Value("")), F("loop"))
    counted = dict(changes.annotate(holds=holds).order_by().values_list("holds").annotate(number=Count("pk")))
    return [(name, counted.get(name, 0)) for name in LOOPS]
