"""The register: reviews, changes and actions of a trust in one list, by the one series of their references."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Count, F, Func, Q, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from knowledge.browsing import Choice
from knowledge.loops import LOOPS
from nhs_learning.people.models import Service, User
from nhs_learning.record import clock
from reviews.models import Action, Change, Review

#: What stands in it. A desk review is one that opens and closes with its change.
KINDS = {"review": "Review", "desk": "Desk review", "change": "Change", "action": "Action"}
#: Where each kind may stand, as an address says it ("change-in_force") and in words.
STATES: dict[str, dict[str, str]] = {
    "Reviews": {f"review-{state}": str(label) for state, label in Review.State.choices},
    "Changes": {f"change-{state}": str(label) for state, label in Change.State.choices},
    "Actions": {f"action-{state}": str(label) for state, label in Action.State.choices},
}
STATE_WORDS = {state: words for group in STATES.values() for state, words in group.items()}
#: Whatever still waits for something.
OPEN = "open"
OPEN_STATES = ["review-open", "action-open", *(f"change-{state}" for state in Change.OPEN_STATES)]
#: What an address may ask for.
ASKED = ("q", "kind", "state", "loop", "trigger", "service", "subject", "theme", "from", "to")
PER_PAGE = 50


@dataclass(frozen=True)
class Row:
    """One line of the register, as its reader may see it. ``loop_hidden``: the reader has yet to read it themselves."""

    place: int  # in the series: the year, then the number
    kind: str
    reference: str
    called: str
    stands: str
    shown_loop: str
    loop_hidden: bool
    where: str
    begun: datetime.datetime
    by_whom: str
    due_on: datetime.date | None
    set_off_by: str
    theme_name: str
    about: str

    @property
    def state(self) -> str:
        return STATE_WORDS[self.stands]

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < clock.today()


COLUMNS = [field.name for field in fields(Row)]
#: What choices are counted by.
_COUNTED = ("kind", "stands", "shown_loop", "set_off_by")
#: By what a list is narrowed, and the column that says it.
_COLUMN = {"kind": "kind", "state": "stands", "loop": "shown_loop", "trigger": "set_off_by"}


class Register:
    """What one reader asked to see of the register, and what there is of it. The number of queries is the same however
    long it is. Nothing that the reader may not see decides what is found or counted."""

    def __init__(self, reader: User, asked: Mapping[str, str]):
        """``asked`` is an address's query; nonsense is let be, a date that is none is said to be so."""
        self.reader = reader
        words = {name: asked.get(name, "").replace("\0", "").strip() for name in ASKED}
        known = {
            "kind": list(KINDS),
            "state": [OPEN, *STATE_WORDS],
            "loop": list(LOOPS),
            "trigger": Review.Trigger.values,
        }
        self.days = {name: _a_day(words[name]) for name in ("from", "to") if words[name]}
        self.asked = {name: word for name, word in words.items() if word and word in known.get(name, [word])}
        self.not_days = [name for name, day in self.days.items() if day is None]

    def address(self, **changed: str | None) -> str:
        """The query of an address that asks for the same but for this; None takes something away."""
        asked = {name: word for name, word in {**self.asked, **changed}.items() if word is not None}
        return f"?{urlencode(asked)}" if asked else ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.asked)

    # What is found

    def rows(self) -> Any:
        """The lines that were asked for, the newest first: a queryset of the columns of a Row."""
        first, *others = [self._narrowed(source).values_list(*COLUMNS) for source in self._sources]
        return first.union(*others, all=True).order_by("-place")

    def __iter__(self) -> Iterator[Row]:
        """All that was asked for, a few hundred at a time: a long list takes no more memory than a short one."""
        return (Row(*row) for row in self.rows().iterator(chunk_size=500))

    def page(self, number: int) -> list[Row]:
        return [Row(*row) for row in self.rows()[(number - 1) * PER_PAGE : number * PER_PAGE]]

    @cached_property
    def count(self) -> int:
        return sum(number for key, number in self._tally.items() if self._matches(key))

    # What there is to choose

    def choices(self, name: str) -> list[Choice]:
        """What the list may be narrowed to (kind, state, loop or trigger), each with how long it would be then,
        whatever else is chosen."""
        labels: dict[str, Any] = {
            "kind": KINDS,
            "state": STATE_WORDS,
            "loop": {loop.name: loop.label for loop in LOOPS.values()},
            "trigger": dict(Review.Trigger.choices),
        }[name]
        place = _COUNTED.index(_COLUMN[name])
        counts: Counter[str] = Counter()
        for key, number in self._tally.items():
            if self._matches(key, but=name):
                counts[key[place]] += number
        chosen = self.asked.get(name)
        return [Choice(value, str(words), counts[value], value == chosen) for value, words in labels.items()]

    def still_open(self) -> int:
        """How long the list would be with nothing but what still waits for something."""
        return sum(n for key, n in self._tally.items() if key[1] in OPEN_STATES and self._matches(key, but="state"))

    @cached_property
    def tree(self) -> list[Service]:
        """The services of the reader's trust, each under its parent."""
        return Service.objects.filter(trust=self.reader.trust_id).as_tree()

    @cached_property
    def service(self) -> Service | None:
        return next((service for service in self.tree if service.slug == self.asked.get("service")), None)

    @cached_property
    def _themes_and_subjects(self) -> list[tuple[str, str, str, str]]:
        names = ("theme_slug", "theme_name", "about_slug", "about")
        first, *others = [source.order_by().values_list(*names).distinct() for source in self._sources]
        return list(first.union(*others))

    def themes(self) -> list[tuple[str, str]]:
        """The topics that something in the register is about, as (slug, name)."""
        return sorted({(row[0], row[1]) for row in self._themes_and_subjects if row[0]}, key=lambda pair: pair[1])

    def subjects(self) -> list[tuple[str, str]]:
        """The guidance and the routines that something in the register is about, as (slug, title)."""
        return sorted({(row[2], row[3]) for row in self._themes_and_subjects if row[2]}, key=lambda pair: pair[1])

    # How it is asked

    @cached_property
    def _sources(self) -> list[Any]:
        return [_reviews(self.reader), _changes(self.reader), _actions(self.reader)]

    def _narrowed(self, source: Any) -> Any:
        """What is asked for of one source, in all respects."""
        found = self._within(source)
        for name, column in _COLUMN.items():
            if name in self.asked:
                wanted = OPEN_STATES if self.asked[name] == OPEN else [self.asked[name]]
                found = found.filter(**{f"{column}__in": wanted})
        return found

    def _within(self, source: Any) -> Any:
        """What is asked for in those respects that are not counted: words, service, subject, theme and dates."""
        found = source.order_by()
        for word in self.asked.get("q", "").split():
            found = found.filter(_says(source.model, word))
        if "service" in self.asked:
            inside = self._beneath(self.service) if self.service else set()
            found = found.filter(where_pk__in=inside)
        for name, column in (("subject", "about_slug"), ("theme", "theme_slug")):
            if name in self.asked:
                found = found.filter(**{column: self.asked[name]})
        for name, lookup in (("from", "gte"), ("to", "lte")):
            if self.days.get(name):
                found = found.filter(**{f"begun__date__{lookup}": self.days[name]})
        return found

    def _beneath(self, service: Service) -> set[int]:
        """The service and all that are beneath it. The tree has parents first."""
        inside = {service.pk}
        for other in self.tree:
            if other.parent_id in inside:
                inside.add(other.pk)
        return inside

    @cached_property
    def _tally(self) -> dict[tuple[str, str, str, str], int]:
        """How many there are of each combination of what is counted: as many rows as there are words for it."""
        first, *others = [
            self._within(source).values(*_COUNTED).annotate(number=Count("pk")).values_list(*_COUNTED, "number")
            for source in self._sources
        ]
        tally: Counter[tuple[str, str, str, str]] = Counter()
        for *key, number in first.union(*others, all=True):
            tally[tuple(key)] += number
        return tally

    def _matches(self, key: tuple[str, str, str, str], *, but: str = "") -> bool:
        for name, value in zip(_COLUMN, key, strict=True):
            asked = self.asked.get(name)
            if asked and name != but and value not in (OPEN_STATES if asked == OPEN else [asked]):
                return False
        return True


# Each source says the same of its things, in columns of the same names and types.


def _reviews(reader: User) -> Any:
    return Review.objects.visible_to(reader).annotate(
        place=_place(),
        kind=Case(When(desk=True, then=Value("desk")), default=Value("review"), output_field=models.CharField()),
        called=F("title"),
        stands=Concat(Value("review-"), "state"),
        shown_loop=_word(""),
        loop_hidden=Value(False),
        where=_first("service__name"),
        where_pk=F("service"),
        begun=F("opened_at"),
        by_whom=_first("facilitator__name", "opened_by__name"),
        due_on=_NO_DAY,
        set_off_by=F("trigger"),
        theme_name=_first("theme__name"),
        theme_slug=_first("theme__slug"),
        about=_first("guidance__title", "routine__title"),
        about_slug=_first("guidance__slug", "routine__slug"),
    )


def _changes(reader: User) -> Any:
    shown = Change.objects.visible_to(reader).with_loop_shown_to(reader)
    return shown.annotate(
        seen=_seen_by(reader),
        place=_place(),
        kind=_word("change"),
        called=_first("guidance_revision__title", "routine_revision__title"),
        stands=Concat(Value("change-"), "state"),
        where=_first("service__name"),
        where_pk=F("service"),
        begun=F("opened_at"),
        by_whom=_first("proposed_by__name", "opened_by__name"),
        due_on=Case(When(state=Change.State.PROPOSED, then=F("due")), default=_NO_DAY),
        set_off_by=_if_seen("trigger"),
        theme_name=_if_seen("theme__name"),
        theme_slug=_if_seen("theme__slug"),
        about=_first("guidance_revision__guidance__title", "routine_revision__routine__title"),
        about_slug=_first("guidance_revision__guidance__slug", "routine_revision__routine__slug"),
    )


def _actions(reader: User) -> Any:
    """Of the review of an action, which its owner may not see, nothing is said to those who may not."""
    return Action.objects.visible_to(reader).annotate(
        seen=_seen_by(reader),
        place=_place(),
        kind=_word("action"),
        called=F("what"),
        stands=Concat(Value("action-"), "state"),
        shown_loop=_word(""),
        loop_hidden=Value(False),
        where=_if_seen("service__name"),
        where_pk=Case(When(seen=True, then=F("review__service"))),
        begun=F("agreed_at"),
        by_whom=F("owner__name"),
        due_on=Case(When(state=Action.State.OPEN, then=F("due")), default=_NO_DAY),
        set_off_by=_if_seen("trigger"),
        theme_name=_if_seen("theme__name"),
        theme_slug=_if_seen("theme__slug"),
        about=_if_seen("guidance__title", "routine__title"),
        about_slug=_if_seen("guidance__slug", "routine__slug"),
    )


_NO_DAY = Cast(Value(None), models.DateField())


def _word(text: str) -> Value:
    return Value(text, output_field=models.CharField())


def _first(*columns: str) -> Coalesce:
    """The first of these that says something, or ""."""
    return Coalesce(*columns, Value(""), output_field=models.CharField())


def _place() -> Any:
    """Where a reference (ZNB-2026-0042) stands in its series, as one number."""
    year, number = (
        Cast(Func(F("reference"), Value("-"), Value(part), function="split_part"), models.BigIntegerField())
        for part in (2, 3)
    )
    return year * 10_000_000 + number


def _seen_by(reader: User) -> Case:
    """May the reader see the review that a change or an action is of? Need to know."""
    seen = Q(review__in=Review.objects.visible_to(reader).values("pk"))
    return Case(When(seen, then=Value(True)), default=Value(False))


def _if_seen(*columns: str) -> Case:
    """The first of these columns of the review that says something, if the reader may see it; otherwise ""."""
    return Case(When(seen=True, then=_first(*(f"review__{column}" for column in columns))), default=_word(""))


def _says(noun: type[models.Model], word: str) -> Q:
    """Is the word in its title, in what it is about, or in its reference?"""
    searched: dict[type[models.Model], tuple[str, ...]] = {
        Review: ("title", "reference", "outside_reference"),
        Change: ("guidance_revision__title", "routine_revision__title", "what", "why", "reference"),
        Action: ("what", "reference"),
    }
    said = Q()
    for column in searched[noun]:
        said |= Q(**{f"{column}__icontains": word})
    return said


def _a_day(text: str) -> datetime.date | None:
    """A date as a browser sends it, or as people write it (1/5/2024); None for anything else."""
    try:
        return forms.DateField().clean(text)
    except ValidationError:
        return None
