"""Who changed what, in words: the deeds of the timeline, and what the database's own audit trail saw of them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone
from django.utils.text import capfirst

from nhs_learning.record.models import Event

#: How a deed reads, where turning its underscores into spaces would not do.
WORDS = {
    "began": "Began this guidance",
    "described": "Changed what it is filed under",
    "described_person": "Changed what is known of this person",
    "entered": "Added to the vocabulary",
    "renamed_topic": "Gave it another name",
    "edited": "Edited the draft",
    "started_draft": "Started a draft of the next edition",
    "brought_up_to_date": "Brought the draft up to date",
    "threw_away": "Threw it away before it was in force",
    "discarded_draft": "Threw a draft away",
    "adopted": "Adopted the first edition",
    "published": "Published a new edition",
    "confirmed": "Confirmed that it is still correct",
    "extended": "Extended the review date",
    "withdrew": "Withdrew this guidance",
    "signed_withdrawal": "Confirmed the withdrawal",
    "escalated": "Told the service lead that nobody has decided in time",
    "reinstated": "Put this guidance back in force",
    "renamed": "Changed its address",
    "opened": "Opened this service",
    "rearranged": "Changed this service",
    "welcomed": "Welcomed this person",
    "joined": "Gave a role",
    "gave_up": "Ended a role",
    "left": "Closed the account",
    "came_back": "Opened the account again",
    "moved": "Moved to another trust",
    "began_change": "Began a change",
    "proposed": "Sent it for a decision",
    "took_back": "Took it back, to change it",
    "withdrew_change": "Withdrew the suggestion",
    "claimed": "Took it to read",
    "left_to_others": "Left it to others to read",
    "decided": "Decided on it",
    "settled": "Settled which loop it is",
    "checked": "Said what came of it",
    "opened_review": "Opened this review",
    "described_review": "Changed what is known of this review",
    "included": "Had somebody take part",
    "removed": "Took somebody out",
    "answered": "Answered a question",
    "found": "Wrote down an area for improvement",
    "reworded_finding": "Reworded an area for improvement",
    "took_finding_out": "Took an area for improvement out",
    "closed_review": "Closed this review",
    "agreed": "Agreed on this action",
    "handed_over": "Handed it over",
    "ended_action": "Ended this action",
    "began_insight": "Began to write it down",
    "edited_insight": "Changed it",
    "shared_insight": "Shared it",
    "handed_on_insight": "Handed it on",
    "said_still_true": "Said that it is still true",
    "asked_whether_true": "Asked whether it is still true",
    "withdrew_insight": "Withdrew it",
    "thanked": "Said that it helped",
    "proposed_codification": "Proposed that it become guidance",
    "took_up_insight": "Took it up in a draft",
    "left_insight_as_it_is": "Left it an insight",
    "became_guidance": "It became part of guidance",
    "went_away": "Was away",
    "was_back": "Was back",
    "needs_checking": "Needed checking, since something that it draws on had changed or was gone",
    "said_it_holds": "Said that the routine is still right",
    "checked_by_change": "Checked it with a new edition",
    "need_no_check": "Needs no checking any more: what had gone is back",
    "was_reminded": "Reminded its owner that it needs checking",
    "told_lead_of_check": "Told the service lead that nobody has checked it in time",
    "said_not_an_nhs_number": "Said that a number is not an NHS number",
}
#: The same for what a deed says of itself.
SAID = {"single": "Single-loop", "double": "Double-loop", "meta": "Meta-learning"}
#: How many entries of a history are shown at most.
LATEST = 500
#: Columns that say nothing to a reader.
_UNSAID = {
    "id",
    "trust",
    "content_object",
    "user",
    "password",
    "last_login",
    "source_fingerprint",
    "html",
    "contents",
    "edits",
}


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One line of a history: when, who (in words), what, and each field's value before and after."""

    at: datetime.datetime
    by: str
    what: str
    changes: list[Change] = field(default_factory=list)


def of(subject: models.Model, *, reader: Any, alongside: Iterable[models.QuerySet] = ()) -> list[Entry]:
    """The history of a thing, newest first, as this reader may have it: people of other trusts stay unnamed.

    ``alongside`` are querysets of audit events of what belongs to it, such as a person's memberships.
    """
    deeds = list(Event.objects.about(subject).select_related("by"))
    audit = [list(_audit(subject))] if hasattr(subject, "events") else []
    audit += [list(rows.select_related("pgh_context").order_by("pgh_id")) for rows in alongside]
    names = _Names(reader, [_who(row) for rows in audit for row in rows])
    entries = [Entry(deed.at, names.of(deed.by_id, deed.by), deed_in_words(deed), _details(deed)) for deed in deeds]
    for number, rows in enumerate(audit):
        entries += _together(_told(rows, names, whose="" if number == 0 and hasattr(subject, "events") else "row"))
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:LATEST]


def _together(entries: Iterable[Entry]) -> list[Entry]:
    """What was done to several parts in one go reads as one entry."""
    told: list[Entry] = []
    for entry in entries:
        if told and (told[-1].at, told[-1].by, told[-1].what) == (entry.at, entry.by, entry.what):
            told[-1].changes.extend(entry.changes)
        else:
            told.append(entry)
    return told


def _audit(subject: models.Model) -> models.QuerySet:
    return subject.events.select_related("pgh_context").order_by("pgh_id")  # type: ignore[attr-defined]  # pghistory gave it


def _who(row: Any) -> int | None:
    return row.pgh_context.metadata.get("user") if row.pgh_context else None


class _Names:
    """The names of people, for one reader."""

    def __init__(self, reader: Any, ids: Iterable[int | None]):
        self._reader = reader
        self._people = get_user_model()._default_manager.in_bulk({pk for pk in ids if pk})

    def of(self, pk: int | None, person: Any = None) -> str:
        person = person or self._people.get(pk)
        if person is None:
            return "NHS Learning"
        return str(person) if person.trust_id == self._reader.trust_id else "Somebody of another trust"


def deed_in_words(deed: Event) -> str:
    return WORDS.get(deed.verb, capfirst(deed.verb.replace("_", " ")))


def _details(deed: Event) -> list[Change]:
    said = {key: value for key, value in deed.what.items() if value not in (None, "", []) and key != "draft"}
    return [Change(capfirst(key.replace("_", " ")), "", _in_words(value)) for key, value in said.items()]


def _told(rows: list[Any], names: _Names, *, whose: str) -> Iterator[Entry]:
    """Audit rows as entries: each beside the one before it of the same thing."""
    before: dict[int, Any] = {}
    for row in rows:
        former, before[row.pgh_obj_id] = before.get(row.pgh_obj_id), row
        name = row._meta.get_field("pgh_obj").related_model._meta.verbose_name
        if row.pgh_label.startswith("delete"):
            changes, what = list(_differences(row, None)), f"{capfirst(name)} ended"
        elif former is None:
            changes, what = list(_differences(None, row)) if whose else [], f"{capfirst(name)} entered"
        else:
            changes, what = list(_differences(former, row)), f"{capfirst(name)} changed"
            if not changes:
                continue
        yield Entry(row.pgh_created_at, names.of(_who(row)), what, changes)


def _differences(former: Any, row: Any) -> Iterator[Change]:
    for column in (row or former)._meta.concrete_fields:
        if column.name.startswith("pgh_") or column.name in _UNSAID:
            continue
        before, after = (getattr(one, column.attname) if one else None for one in (former, row))
        if (before or None) != (after or None):
            label = capfirst(str(column.verbose_name))
            yield Change(label, _shown(former, column), _shown(row, column))


def _shown(row: Any, column: Any) -> str:
    """A column's value as a reader would say it."""
    if row is None or getattr(row, column.attname) in (None, ""):
        return ""
    if column.is_relation:
        related = column.related_model._default_manager.filter(pk=getattr(row, column.attname)).first()
        return str(related or "something that is gone")
    return _in_words(dict(column.flatchoices or ()).get(getattr(row, column.attname), getattr(row, column.attname)))


def _in_words(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value)
        return f"{value.day} {value:%B %Y, %H:%M}"
    if isinstance(value, datetime.date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_in_words, value))
    value = SAID.get(str(value), value)
    return value.replace("_", " ") if re.fullmatch(r"[a-z]+(_[a-z]+)+", str(value)) else str(value)
