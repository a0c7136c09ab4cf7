"""What reviews and changes show on pages of guidance and of routines, through their slots. To readers of other trusts,
and to those who have not signed in, they show nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, Value, When
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from knowledge.models import Guidance, Revision
from reviews.models import Change, Review
from reviews.permissions import may_open_review, may_suggest
from reviews.similar import in_the_making
from routines.permissions import may_describe_routine


@dataclass(frozen=True)
class Changes:
    """What the pages of one piece of guidance show of its changes: those that made its editions, by revision, and how
    many are in the making."""

    behind: dict[int, dict[str, Any]]
    in_the_making: int


def guidance_aside(request: HttpRequest, guidance: Guidance) -> str:
    """Beside the text: suggest a change, how many are in the making, open a review. For those who may; nothing for
    others, at no cost."""
    if not _is_ours(request, guidance) or not may_suggest(request.user, guidance):
        return ""
    shown = {
        "guidance": guidance,
        "in_the_making": _changes(request, guidance.pk).in_the_making,
        "may_open_review": may_open_review(request.user, guidance.service),
    }
    return render_to_string("changes/on_guidance.html", shown, request=request)


def edition_change(request: HttpRequest, revision: Revision) -> str:
    """Where an edition's loop and reason stand: the change that it came by, and the review that the change came of.
    One query for all editions of a page."""
    if not revision.number or revision.number == 1 or not request.user.is_authenticated:
        return ""
    change = _changes(request, revision.guidance_id).behind.get(revision.pk)
    if change is None:
        return ""
    shown = {"change": change, "review_address": change["seen"] and reverse("review", args=[change["seen"]])}
    return render_to_string("changes/of_an_edition.html", shown, request=request)


def _is_ours(request: HttpRequest, guidance: Guidance) -> bool:
    return request.user.is_authenticated and request.user.trust_id == guidance.trust_id


def _changes(request: HttpRequest, guidance: int) -> Changes:
    """Asked once for each page, which is why the request carries it. Whoever reads the guidance may see the changes
    that came into force; of the others only their number is told, to those who may suggest another."""
    known: dict[int, Changes] = request.__dict__.setdefault("_changes_to_guidance", {})
    if guidance not in known:
        seen = When(review__in=Review.objects.visible_to(request.user).values("pk"), then=F("review__reference"))
        rows = (
            Change.objects.filter(guidance_revision__guidance=guidance, trust=request.user.trust_id)
            .filter(state__in=(Change.State.IN_FORCE, *Change.OPEN_STATES))
            .annotate(seen=Case(seen, default=Value("")))
            .values("reference", "state", "what", "guidance_revision", "review__desk", "seen")
        )
        behind = {row["guidance_revision"]: row for row in rows if row["state"] == Change.State.IN_FORCE}
        known[guidance] = Changes(behind, in_the_making=len(rows) - len(behind))
    return known[guidance]


def draft_aside(request: HttpRequest, draft: Any) -> str:
    """Beside a draft: the change that it is of, or the way to send it for a decision."""
    if draft.based_on_id is None:
        return ""
    change = Change.objects.filter(guidance_revision=draft).first()
    if change is None and not may_suggest(request.user, draft.guidance):
        return ""
    return render_to_string("changes/on_a_draft.html", {"draft": draft, "change": change}, request=request)


def method_aside(request: HttpRequest, routine: Any) -> str:
    """Beside a review method: the way to suggest a change to it, and to say who looks after it."""
    if not may_suggest(request.user, routine):
        return ""
    shown = {"routine": routine, "may_describe": may_describe_routine(request.user, routine)}
    return render_to_string("changes/on_a_method.html", shown, request=request)


def check_change(request: HttpRequest, routine: Any) -> str:
    """Where a routine needs checking: the way to suggest a change to it."""
    if not may_suggest(request.user, routine):
        return ""
    return render_to_string("changes/on_a_check.html", {"routine": routine}, request=request)


def routine_aside(request: HttpRequest, routine: Any) -> str:
    """Beside a routine: the changes to it that are in the making, and the way to suggest another."""
    if not may_suggest(request.user, routine):
        return ""
    shown = {"routine": routine, "similar": in_the_making(routine, reader=request.user)}
    return render_to_string("changes/on_a_routine.html", shown, request=request)
