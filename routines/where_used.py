"""Where what we know is used: the routines in force, with their steps, that draw on a piece of guidance, on one of its
statements or on an insight, and the routines of a service. Always of the reader's own trust."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When

from knowledge.models import Guidance, Insight, Wording
from nhs_learning.people.models import User
from nhs_learning.record.prepared import Prepared, given
from routines.models import Check, Routine, Source
from routines.models.routine_revision import VARIABLES


@dataclass(frozen=True)
class Place:
    """Where in a routine something is drawn on: a step by its key and number, or a governing variable. ``statement``
    is the key of the statement that it draws on there, with its number as the guidance has it now ("" where it is no
    longer part of it)."""

    step: str
    number: int
    variable: str
    statement: str
    statement_number: str

    @property
    def in_words(self) -> str:
        return f"step {self.number}" if self.step else self.variable

    @property
    def anchor(self) -> str:
        return f"step-{self.step}" if self.step else self.variable


@dataclass
class Used:
    """One routine in force and the places in it."""

    routine: Routine
    places: list[Place] = field(default_factory=list)

    @property
    def where(self) -> list[tuple[Place, list[Place]]]:
        """Each step, or governing variable, once, with the places in it that draw on a statement."""
        each = groupby(self.places, key=lambda place: place.anchor)
        return [(some[0], [one for one in some if one.statement]) for some in (list(places) for _, places in each)]


_ROW = ("slug", "kind", "title")
_PLACE = ("step__key", "step__position", "variable", "statement__key")


def of_guidance(guidance: Guidance, *, reader: User) -> list[Used]:
    """The routines that draw on it or on one of its statements. One query."""
    return _gathered(_on_guidance().rows(guidance=guidance.pk, trust=reader.trust_id))


def of_insight(insight: Insight, *, reader: User) -> list[Used]:
    """The routines that draw on it. One query."""
    return _gathered(_on_insight().rows(insight=insight.pk, trust=reader.trust_id))


def by_statement(used: Iterable[Used]) -> dict[str, int]:
    """In how many routines each statement is used, by its key."""
    found: dict[str, set[str]] = {}
    for one in used:
        for place in one.places:
            if place.statement:
                found.setdefault(place.statement, set()).add(one.routine.slug)
    return {key: len(slugs) for key, slugs in found.items()}


def of_service(inside: set[int], *, reader: User) -> Any:
    """The routines in force of these services: care first, each with ``needs_checking``."""
    waits = Check.objects.open().filter(routine=OuterRef("pk"))
    kinds = [When(kind=kind, then=Value(place)) for place, kind in enumerate(Routine.Kind.values)]
    found = Routine.objects.visible_to(reader).in_force().filter(service__in=inside).select_related("service", "owner")
    return found.annotate(needs_checking=Exists(waits), place=Case(*kinds)).order_by("place", "title", "pk")


@functools.cache
def _on_guidance() -> Prepared:
    now = Wording.objects.filter(statement=OuterRef("statement"), revision=OuterRef("statement__guidance__current"))
    about = Q(guidance=given("guidance")) | Q(statement__guidance=given("guidance"))
    return _asked(Source.objects.filter(about), Subquery(now.values("number")[:1]))


@functools.cache
def _on_insight() -> Prepared:
    return _asked(Source.objects.filter(insight=given("insight")), Value(""))


def _asked(sources: Any, number: Any) -> Prepared:
    found = sources.in_force().filter(revision__current_of__trust=given("trust"))
    named = found.annotate(now=number).order_by("revision__current_of__title", "revision", "step__position", "pk")
    return Prepared(named.values_list(*(f"revision__current_of__{name}" for name in _ROW), *_PLACE, "now"))


def _gathered(rows: Iterable[tuple[Any, ...]]) -> list[Used]:
    """Rows as routines with their places, what is drawn on in a step before what governs."""
    found: dict[str, Used] = {}
    for slug, kind, title, step, position, variable, statement, number in rows:
        used = found.setdefault(slug, Used(Routine(slug=slug, kind=kind, title=title)))
        used.places.append(Place(step or "", (position or 0) + 1, variable, statement or "", number or ""))
    for used in found.values():
        used.places.sort(key=lambda place: (not place.step, place.number if place.step else _order(place.variable)))
    return list(found.values())


def _order(variable: str) -> int:
    return VARIABLES.index(variable) if variable in VARIABLES else len(VARIABLES)
