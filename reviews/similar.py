"""What is in the making already: the open changes to a piece of guidance or a routine, told before another is begun."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Q, Value, When

from knowledge.models import Guidance
from nhs_learning.people.models import User
from reviews.models import Change, Review
from reviews.permissions import may_suggest
from routines.models import Routine


@dataclass(frozen=True)
class Similar:
    """One open change. ``what`` is empty until it is sent; ``who`` and ``what`` where its review is for participants
    only, and the reader is not one of them. ``url`` is empty where the reader may not open it."""

    reference: str
    state: str
    since: datetime.datetime
    who: str
    what: str
    url: str
    yours: bool


def in_the_making(subject: Guidance | Routine, *, reader: User) -> list[Similar]:
    """The open changes to this, the oldest first: to whoever may suggest another, all of them, so that nobody writes
    the same twice; to others those that they may see. One query. Never what a draft says, nor how its loop is read."""
    visible = Q(pk__in=Change.objects.visible_to(reader).values("pk"))
    found = Change.objects.open().about(subject).filter(trust=reader.trust_id).as_read_by(reader)
    found = found.annotate(may_open=Case(When(visible, then=Value(True)), default=Value(False)))
    if not may_suggest(reader, subject):
        found = found.filter(visible)
    found = found.select_related("review", "opened_by", "proposed_by").order_by("opened_at")
    return [_told(change) for change in found]


def _told(change: Any) -> Similar:
    told = change.may_open or change.review.confidentiality != Review.Confidentiality.PARTICIPANTS
    sent = change.state != Change.State.DRAFTING
    return Similar(
        reference=change.reference,
        state=change.get_state_display(),
        since=(change.proposed_at if sent else None) or change.opened_at,
        who=(change.proposed_by or change.opened_by).name if told else "",
        what=change.what if told and sent else "",
        url=change.get_absolute_url() if change.may_open else "",
        yours=change.i_wrote,
    )
