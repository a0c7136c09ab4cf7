"""What waits for the reader, on the home page: to decide, to settle, to write on, to do, to run."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import CharField, F, Value
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.template.loader import render_to_string

from nhs_learning.people.models import User
from nhs_learning.record import clock
from reviews.models import Action, Change, Review
from reviews.views.addresses import address

#: How many of a kind are named; the rest is a number.
NAMED = 3
#: An action is mentioned when it is due so soon, or late.
SOON = datetime.timedelta(days=14)


def waiting_for_you(request: HttpRequest, _: object = None) -> str:
    """For the home page; nothing for those for whom nothing waits. Two queries."""
    if not request.user.is_authenticated or request.user.trust_id is None:
        return ""
    duties = _duties(request.user)
    if not duties:
        return ""
    shown = {
        "duties": duties,
        "NAMED": NAMED,
        "decisions": address("decisions") or address("register", state="change-proposed"),
    }
    return render_to_string("changes/waiting.html", shown, request=request)


def _duties(user: User) -> dict[str, list[dict[str, Any]]]:
    """What waits, by what there is to do: each with reference, title, address and day (a change's since when; an
    action's due date; a review's opening), the most pressing first."""
    duties: dict[str, list[dict[str, Any]]] = {}
    columns = ("duty", "reference", "guidance_revision__title", "routine_revision__title", "since", "due")
    for duty, reference, guidance, routine, since, due in Change.objects.duties_of(user).values_list(*columns):
        one = {"title": guidance or routine, "day": since, "due": due, "url": address("change", reference)}
        duties.setdefault(duty, []).append({"reference": reference, **one})
    for duty, reference, title, day in _to_do_and_to_run(user):
        one = {"title": title, "day": day, "url": address("action" if duty == "do" else "review", reference)}
        duties.setdefault(duty, []).append({"reference": reference, "late": day < clock.today(), **one})
    return duties


def _to_do_and_to_run(user: User) -> Any:
    """The person's actions that are late or soon due, and the open reviews that they facilitate."""
    columns = ("duty", "reference", "called", "day")
    due = Action.objects.open().filter(owner=user, trust=user.trust_id, due__lte=clock.today() + SOON).order_by()
    run = Review.objects.open().filter(facilitator=user, trust=user.trust_id).order_by()
    to_do = due.annotate(duty=_word("do"), called=F("what"), day=F("due")).values_list(*columns)
    to_run = run.annotate(duty=_word("run"), called=F("title"), day=TruncDate("opened_at")).values_list(*columns)
    return to_do.union(to_run, all=True).order_by("day", "reference")


def _word(text: str) -> Value:
    return Value(text, output_field=CharField())
