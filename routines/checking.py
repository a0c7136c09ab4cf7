"""What has to be checked, as one reader sees it: on a routine's page, and on the page of one check."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q

from knowledge.comparing import Differences
from knowledge.models import Guidance, Insight, Revision
from nhs_learning.people.models import User
from routines.models import Check, Routine, Step
from routines.sources import Drawn, DrawnOn

#: How many that were cleared a routine's page names.
LATELY = 3


@dataclass(frozen=True)
class Place:
    """Where a routine draws on something: a step, or one of the things that govern it."""

    name: str
    anchor: str
    gone: bool


@dataclass(frozen=True)
class OnRoutine:
    """The checks of a routine that wait, the loudest first, and the last that were cleared."""

    routine: Routine
    waiting: Sequence[Check]
    lately: Sequence[Check]

    @property
    def is_gone(self) -> bool:
        return any(one.is_gone for one in self.waiting)

    @property
    def whom(self) -> User | None:
        return whom_to_ask(self.routine)

    @staticmethod
    def places(check: Check, drawn: DrawnOn, steps: Sequence[Step]) -> list[Place]:
        """The places that name what is gone; of what has changed, all that draw on it."""
        found = places(check, drawn, steps)
        return [one for one in found if one.gone] or found if check.is_gone else found


def on_routine(routine: Routine, *, reader: User) -> OnRoutine:
    """What a routine's page shows. One query."""
    of_routine = Check.objects.filter(routine=routine)
    lately = of_routine.exclude(cleared_at=None).order_by("-cleared_at", "-pk")[:LATELY]
    shown = of_routine.filter(Q(cleared_at=None) | Q(pk__in=lately.values("pk"))).as_read_by(reader)
    checks = list(shown.order_by(F("cleared_at").desc(), F("kind").desc(), "noticed_on", "pk"))
    waiting = [one for one in checks if one.cleared_at is None] if routine.state == Routine.State.IN_FORCE else []
    return OnRoutine(routine, waiting, [one for one in checks if one.cleared_at is not None])


def whom_to_ask(routine: Routine) -> User | None:
    """Its owner; where they have left, its deputy; nobody where both have."""
    return next((one for one in (routine.owner, routine.deputy) if one and one.is_active), None)


def places(check: Check, drawn: DrawnOn, steps: Sequence[Step]) -> list[Place]:
    """Where the routine draws on what a check is about, in its order."""
    return list(_places(check, drawn, steps))


def _places(check: Check, drawn: DrawnOn, steps: Sequence[Step]) -> Iterator[Place]:
    for name, sources in drawn.variables.items():
        if theirs := _of(check, sources):
            yield Place(f"What governs it: {name}", "governs", any(one.gone for one in theirs))
    for step in steps:
        if theirs := _of(check, drawn.steps.get(step.pk, ())):
            gone = any(one.gone for one in theirs)
            yield Place(f"Step {step.number}: {step.what}", f"step-{step.key}", gone)


def _of(check: Check, sources: Sequence[Drawn]) -> list[Drawn]:
    return [one for one in sources if _is_about(check, one)]


def _is_about(check: Check, drawn: Drawn) -> bool:
    source = drawn.source
    if check.insight_id:
        return source.insight_id == check.insight_id
    return check.guidance_id == (source.statement.guidance_id if source.statement else source.guidance_id)


@dataclass(frozen=True)
class WhatChanged:
    """The difference that guidance makes to a routine. ``used``: the statements that the routine draws on, by their
    ids; ``editions``: those that came since, the latest first."""

    differences: Differences
    used: set[int]
    editions: Sequence[Revision]

    @property
    def touches(self) -> bool:
        """Did one of the statements change that the routine draws on?"""
        return any(_statement(change) in self.used for change in self.differences.statements)


def what_changed(check: Check, drawn: DrawnOn) -> WhatChanged | None:
    """Between the edition that the routine was in step with and the latest, with the statements that it draws on first;
    None where no edition changed, or where the reader may not know. Three queries."""
    if check.since is None or check.revision is None or not check.guidance_seen:  # type: ignore[attr-defined]
        return None
    everything = [one for some in (*drawn.steps.values(), *drawn.variables.values()) for one in some]
    used = {one.source.statement_id for one in _of(check, everything) if one.source.statement_id}
    found = check.revision.differences_from(check.since)
    statements = sorted(found.statements, key=lambda change: _statement(change) not in used)
    since = check.guidance.revisions.published().filter(  # type: ignore[union-attr]
        number__gt=check.since.number, number__lte=check.revision.number
    )
    editions = list(since.defer("body", "html", "contents").order_by("-number"))
    return WhatChanged(dataclasses.replace(found, statements=tuple(statements)), used, editions)


def _statement(change: Any) -> int:
    return (change.after or change.before).statement_id


def follow_instead(check: Check, *, reader: User) -> Guidance | None:
    """The guidance that replaces withdrawn guidance, where the reader may know it."""
    guidance = check.guidance
    if guidance is None or guidance.replaced_by_id is None:
        return None
    return Guidance.objects.visible_to(reader).filter(pk=guidance.replaced_by_id).select_related("trust").first()


def withdrawn_by(check: Check, *, reader: User) -> User | None:
    """Whom to ask about a withdrawn insight: who withdrew it, for those to whom it was open until then. Its name stays
    with its holders."""
    insight = check.insight
    if insight is None or insight.state != Insight.State.WITHDRAWN:
        return None
    was_open = reader.reach.tokens.intersection(insight.audience_tokens())
    return insight.withdrawn_by if was_open else None
