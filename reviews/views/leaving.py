"""On the page of somebody who leaves: reviews, actions and changes that are theirs, as far as the reader sees them."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, Q, Value, When
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from nhs_learning.people.models import User
from reviews.models import Action, Change, Review

#: What there is, by its kind, in words.
WORDS = {"review": "facilitates this review", "action": "owns this action", "change": "is writing this, or has sent it"}


def open_with(request: HttpRequest, person: User) -> str:
    """What is open and theirs. What the reader may not see is counted, not named."""
    found = [dict(zip(("kind", "reference", "title", "seen"), row, strict=True)) for row in _open(person, request.user)]
    if not found:
        return ""
    named = [{**one, "url": reverse(one["kind"], args=[one["reference"]])} for one in found if one["seen"]]
    shown = {"named": named, "more": len(found) - len(named), "all": len(found), "words": WORDS, "person": person}
    return render_to_string("reviews/leaving.html", shown, request=request)


def _open(person: User, reader: User) -> Any:
    """Open reviews that they facilitate, their open actions, and open changes that they began or sent; one query."""
    reviews = Review.objects.open().filter(facilitator=person, trust=person.trust_id)
    actions = Action.objects.open().filter(owner=person, trust=person.trust_id)
    changes = Change.objects.open().filter(Q(opened_by=person) | Q(proposed_by=person), trust=person.trust_id)
    title = Coalesce("guidance_revision__title", "routine_revision__title")
    parts = [
        _rows("review", reviews, Cast("title", CharField()), Review.objects.visible_to(reader)),
        _rows("action", actions, Cast("what", CharField()), Action.objects.visible_to(reader)),
        _rows("change", changes, Cast(title, CharField()), Change.objects.visible_to(reader)),
    ]
    return parts[0].union(*parts[1:], all=True).order_by("kind", "reference")


def _rows(kind: str, things: Any, title: Any, visible: Any) -> Any:
    seen = Case(When(pk__in=visible.order_by().values("pk"), then=Value(True)), default=Value(False))
    named = things.order_by().annotate(kind=Value(kind, output_field=CharField()), called=title, seen=seen)
    return named.values_list("kind", "reference", "called", "seen")
