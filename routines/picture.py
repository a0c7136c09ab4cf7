"""The picture of how a routine is done: as prescribed beside as done, from counts that are kept."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, Sum
from django.db.models.functions import JSONObject

from routines.models import Performance, Reason, Routine, RoutineRevision, Shift, Step, Tally
from routines.models.routine_revision import VARIABLES

#: A smaller number is not shown by shift: on a ward everybody knows who was on that night.
SMALLEST = 5
#: How many months the chart has room for.
MONTHS = 24
#: How many editions stand beside each other.
PERIODS = 8

_AS_DESCRIBED = Performance.How.AS_DESCRIBED


@dataclass
class AsDone:
    """What was recorded of one edition, which is a period of its own.

    ``hows``: number by how the whole was done. ``steps``: for each step's id, number by how (adapted, left_out).
    ``reasons``: number by reason. ``months``: for each month, number by how. ``shifts``: for each shift, number by how.
    """

    hows: Counter[str] = field(default_factory=Counter)
    steps: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: Counter[str] = field(default_factory=Counter)
    months: defaultdict[datetime.date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    shifts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def number(self) -> int:
        return sum(self.hows.values())

    def of_step(self, step: Step) -> list[int]:
        """How often it was done as described, adapted and left out. A step that nobody named was done as described."""
        varied = self.steps.get(step.pk, Counter())
        adapted, left_out = varied["adapted"], varied["left_out"]
        return [self.number - adapted - left_out, adapted, left_out]

    def of_whole(self) -> list[int]:
        """How often the whole was done as described, adapted and departed from."""
        return _in_order(self.hows)

    def most_reasons(self) -> list[tuple[str, int]]:
        """The reasons in words with their numbers, the most frequent first."""
        return [(Reason(reason).label, number) for reason, number in self.reasons.most_common() if number]

    def by_month(self) -> list[tuple[datetime.date, list[int]]]:
        """The latest MONTHS up to the last in which something was recorded, those without anything among them."""
        if not self.months:
            return []
        months = list(_months(min(self.months), max(self.months)))[-MONTHS:]
        return [(month, _in_order(self.months.get(month, Counter()))) for month in months]

    def by_shift(self) -> list[tuple[str, list[int] | None]]:
        """Each shift in words, with how often it was as described and otherwise there; None where that is not shown.

        A shift is shown whole or not at all, where both of its numbers are SMALLEST or more. The numbers of all shifts
        together are known: so that they don't tell what is hidden, two at least are hidden, and more until what they
        add up to is SMALLEST or more as well.
        """
        rows = {shift: _in_two(self.shifts.get(shift, Counter())) for shift in Shift}
        shown = sorted(
            (shift for shift, row in rows.items() if min(row) >= SMALLEST), key=lambda shift: -sum(rows[shift])
        )
        while shown and len(shown) < len(rows) and _tells([row for shift, row in rows.items() if shift not in shown]):
            shown.pop()
        return [(shift.label, row if shift in shown else None) for shift, row in rows.items()]


@dataclass(frozen=True)
class Period:
    """One edition with how the routine was done while it was in force; ``until`` is None for the one that still is."""

    edition: RoutineRevision
    until: datetime.datetime | None
    hows: list[int]


def picture_of(routine: Routine) -> tuple[AsDone, list[Period]]:
    """How it was done since the edition in force came in; and all editions, the newest first, each with how it was done
    then: did the change help? One query, over counts."""
    counted = Tally.objects.filter(revision=OuterRef("pk"), revision__current_of=routine, number__gt=0)
    rows = counted.values(row=JSONObject(**{name: name for name in (*Tally.KEYS[1:], "number")}))
    sums = {
        f"n_{how}": Sum("tallies__number", filter=Q(tallies__step=None, tallies__how=how)) for how in Performance.How
    }
    published = RoutineRevision.objects.filter(routine=routine, published_at__isnull=False).defer(*VARIABLES)
    beside_each_other = published.annotate(**sums).annotate(counted=ArraySubquery(rows)).order_by("-number")
    editions = list(beside_each_other)
    ends = [routine.withdrawn_at, *(edition.published_at for edition in editions)]
    beside = [
        Period(edition, until, [getattr(edition, f"n_{how}") or 0 for how in Performance.How])
        for edition, until in zip(editions, ends, strict=False)
    ]
    now = next(edition for edition in editions if edition.pk == routine.current_id)
    return _added_up(now.counted), beside


def _added_up(rows: Iterable[dict[str, Any]]) -> AsDone:
    done = AsDone()
    for row in rows:
        how, number, month = row["how"], row["number"], datetime.date.fromisoformat(row["month"])
        if row["step"] is not None:
            done.steps[row["step"]][how] += number
            continue
        done.hows[how] += number
        done.months[month][how] += number
        done.shifts[row["shift"]][how] += number
        if how != _AS_DESCRIBED:
            done.reasons[row["reason"]] += number
    return done


def counts(routine: Routine) -> Iterator[list[str]]:
    """All counts in words, for a spreadsheet: edition, month, what (the whole, or a step), how, why, number. Not by
    shift, where most would be too small to be shown."""
    rows = Tally.objects.filter(revision__routine=routine, number__gt=0).order_by()
    keys = ("revision__number", "month", "step__position", "step__what", "how", "reason")
    summed = rows.values_list(*keys).annotate(total=Sum("number")).order_by(*keys)
    hows = {**dict(Performance.How.choices), "left_out": "Left out"}
    for edition, month, position, what, how, reason, total in summed.iterator(chunk_size=2000):
        part = "The whole" if position is None else f"Step {position + 1}: {what}"
        why = Reason(reason).label if reason else ""
        yield [str(edition), f"{month:%Y-%m}", part, str(hows[how]), str(why), str(total)]


def _in_order(hows: Counter[str]) -> list[int]:
    return [hows[how] for how in Performance.How]


def _in_two(hows: Counter[str]) -> list[int]:
    return [hows[_AS_DESCRIBED], hows.total() - hows[_AS_DESCRIBED]]


def _tells(hidden: list[list[int]]) -> bool:
    """Could what these rows add up to tell what one of them says?"""
    return len(hidden) == 1 or min(map(sum, zip(*hidden, strict=True))) < SMALLEST


def _months(first: datetime.date, last: datetime.date) -> Iterator[datetime.date]:
    while first <= last:
        yield first
        first = (first + datetime.timedelta(days=31)).replace(day=1)
