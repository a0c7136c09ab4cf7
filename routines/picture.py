"""The picture of how a routine is done: as prescribed beside as done, from counts that are kept."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from routines.models import Performance, RoutineRevision, Tally


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


def as_done(edition: RoutineRevision) -> AsDone:
    """How it was done since this edition came into force. One query, over counts."""
    done = AsDone()
    rows = Tally.objects.filter(revision=edition, number__gt=0)
    for step, month, shift, how, reason, number in rows.values_list(
        "step", "month", "shift", "how", "reason", "number"
    ):
        if step is not None:
            done.steps[step][how] += number
            continue
        done.hows[how] += number
        done.months[month][how] += number
        done.shifts[shift][how] += number
        if how != Performance.How.AS_DESCRIBED:
            done.reasons[reason] += number
    return done
