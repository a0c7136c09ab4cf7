"""What waits for the reader, on the home page: to decide, to settle, to write on, to do, to run; insights of theirs to
say that they are still true, and to take up; sessions to come, and to write down; routines of theirs to check, and
patterns in how we work."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import CharField, DateField, F, Value
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from knowledge.models import Codification, Insight, Session
from nhs_learning.people.models import User
from nhs_learning.record import clock
from reviews.models import Action, Change, Review
from routines.models import Check, Pattern

#: How many of a kind are named; the rest is a number.
NAMED = 2
#: An action is mentioned when it is due so soon, or late; a session when it is so soon.
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
        url = reverse(_PAGES.get(duty, "change"), args=[reference])
        reference = "" if _PAGES.get(duty) in _KEYED else reference
        one = {"reference": reference, "title": title, "day": day, "url": url, "due": due}
        duties.setdefault(duty, []).append({**one, "late": due is not None and due < clock.today()})
    return duties


_PAGES = {
    "do": "action",
    "run": "review",
    "true": "insight",
    "take_up": "insight",
    "meet": "session",
    "write_down": "session_write",
    "check": "check",
    "check_gone": "check",
    "notice": "pattern",
}
#: Pages whose address has a key, which is no reference to be read.
_KEYED = ("insight", "session", "session_write", "check", "pattern")


def _waiting(user: User) -> Any:
    """The changes that wait for the person, their actions that are late or soon due, the open reviews that they
    facilitate, the insights that wait for their word, their sessions, their routines to check, and patterns in what
    they look after, in one query."""
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
    more = (actions, reviews, *_insights(user), *_sessions(user), *_checks(user), _patterns(user))
    others = [rows.values_list(*columns) for rows in more]
    return changes.values_list(*columns).union(*others, all=True).order_by("day", "reference")


def _insights(user: User) -> list[Any]:
    """Theirs of which they are asked whether they are still true, and what is proposed as guidance for them to answer.
    Their reference is the key of their page."""
    asked = Insight.objects.asked_of(user).order_by()
    asked = asked.annotate(duty=_word("true"), reference=_key("pk"), called=F("title"), day=F("asked_on"))
    proposed = Codification.objects.to_take_up(user).order_by().annotate(duty=_word("take_up"))
    proposed = proposed.annotate(reference=_key("insight"), called=F("insight__title"), day=TruncDate("proposed_at"))
    return [rows.annotate(until=Cast(Value(None), DateField())) for rows in (asked, proposed)]


def _sessions(user: User) -> list[Any]:
    """Theirs that are soon, and those that they facilitated and that wait for their notes. Their reference is the key
    of their page."""
    mine = Session.objects.of(user)
    soon = mine.to_come().filter(on__lte=clock.today() + SOON).annotate(duty=_word("meet"))
    past = mine.run_by(user).waiting_for_notes().annotate(duty=_word("write_down"))
    shown = {"reference": _key("pk"), "called": F("title"), "day": F("on"), "until": Cast(Value(None), DateField())}
    return [rows.order_by().annotate(**shown) for rows in (soon, past)]


def _checks(user: User) -> list[Any]:
    """Of routines of theirs: what draws on something that is gone, and what draws on something that has changed. Their
    reference is the key of the check's page."""
    waiting = Check.objects.waiting_for(user).order_by()
    gone, changed = waiting.filter(kind__in=Check.GONE), waiting.exclude(kind__in=Check.GONE)
    shown = {"reference": _key("pk"), "called": F("routine__title"), "day": F("noticed_on")}
    shown["until"] = Cast(Value(None), DateField())
    return [gone.annotate(duty=_word("check_gone"), **shown), changed.annotate(duty=_word("check"), **shown)]


def _patterns(user: User) -> Any:
    """What was noticed in how guidance and routines that they look after are used, to be answered."""
    waits = Pattern.objects.visible_to(user).noticed().answered_by(user).order_by()
    title = Coalesce("guidance__title", "routine__title")
    shown = {"reference": _key("pk"), "called": title, "day": F("noticed_on"), "until": Cast(Value(None), DateField())}
    return waits.annotate(duty=_word("notice"), **shown)


def _key(column: str) -> Cast:
    return Cast(column, CharField())


def _word(text: str) -> Value:
    return Value(text, output_field=CharField())
