"""What waits for the reader, on the home page: to decide, to settle, to write on, to do, to run."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import CharField, DateField, F, Value
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from nhs_learning.people.models import User
from nhs_learning.record import clock
from reviews.models import Action, Change, Review

#: How many of a kind are named; the rest is a number.
NAMED = 2
#: An action is mentioned when it is due so soon, or late.
SOON = datetime.timedelta(days=14)


def waiting_for_you(request: HttpRequest, _: object = None) -> str:
    """For the home page; nothing for those for whom nothing waits. One query."""
    if not request.user.is_authenticated or request.user.trust_id is None:
        return ""
    duties = _duties(request.user)
    if not duties:
        return ""
    shown = {"duties": duties, "NAMED": NAMED}
    return render_to_string("changes/waiting.html", shown, request=request)


def _duties(user: User) -> dict[str, list[dict[str, Any]]]:
    """What waits, by what there is to do: each with reference, title, address and day (a change's since when; an
    action's due date; a review's opening), the oldest first."""
    duties: dict[str, list[dict[str, Any]]] = {}
    for duty, reference, title, day, due in _waiting(user):
        url = reverse({"do": "action", "run": "review"}.get(duty, "change"), args=[reference])
        one = {"reference": reference, "title": title, "day": day, "url": url, "due": due}
        duties.setdefault(duty, []).append({**one, "late": due is not None and due < clock.today()})
    return duties


def _waiting(user: User) -> Any:
    """The changes that wait for the person, their actions that are late or soon due, and the open reviews that they
    facilitate, in one query."""
    columns = ("duty", "reference", "called", "day", "until")
    title = Coalesce("guidance_revision__title", "routine_revision__title")
    changes = Change.objects.duties_of(user).order_by()
    changes = changes.annotate(called=title, day=TruncDate("since"), until=F("due"))
    actions = Action.objects.open().filter(owner=user, trust=user.trust_id, due__lte=clock.today() + SOON).order_by()
    actions = actions.annotate(duty=_word("do"), called=F("what"), day=F("due"), until=F("due"))
    reviews = Review.objects.open().filter(facilitator=user, trust=user.trust_id).order_by()
    reviews = reviews.annotate(
        duty=_word("run"), called=F("title"), day=TruncDate("opened_at"), until=Cast(Value(None), DateField())
    )
    every = changes.values_list(*columns).union(actions.values_list(*columns), reviews.values_list(*columns), all=True)
    return every.order_by("day", "reference")


def _word(text: str) -> Value:
    return Value(text, output_field=CharField())
