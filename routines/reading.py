"""One edition of a routine as a page shows it: its steps with what follows them, how long it takes, what governs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from routines import flow
from routines.models import RoutineRevision, Step
from routines.models.routine_revision import VARIABLES
from routines.sources import Drawn, DrawnOn


@dataclass(frozen=True)
class StepShown:
    """A step with what it draws on, and, where it is not simply the next one, what comes ``then`` and what it comes
    ``after``. ``ends``: the routine may end here though other steps are listed below."""

    step: Step
    draws_on: list[Drawn]
    then: list[Step] = field(default_factory=list)
    after: list[Step] = field(default_factory=list)
    ends: bool = False

    @property
    def gone(self) -> bool:
        """Does it draw on something that no longer holds?"""
        return any(one.gone for one in self.draws_on)


@dataclass
class Shown:
    """An edition, with its steps in order and what they and its governing variables draw on."""

    edition: RoutineRevision
    steps: list[Step]
    drawn_on: DrawnOn

    @property
    def governing(self) -> list[tuple[Any, str]]:
        """Each governing variable as (its field, what it says): ``help_text`` is the question that it answers."""
        return [(self.edition._meta.get_field(name), getattr(self.edition, name)) for name in VARIABLES]

    @cached_property
    def practice(self) -> list[StepShown]:
        later = flow.followed_by(self._links)
        by_key = {step.key: step for step in self.steps}
        shown = []
        for place, step in enumerate(self.steps):
            is_last, following = place == len(self.steps) - 1, [by_key[key] for key in later[step.key]]
            plain = is_last or following == [self.steps[place + 1]]
            joins = [by_key[key] for key in step.after] if len(step.after) > 1 else []
            drawn = self.drawn_on.steps.get(step.pk, [])
            shown.append(StepShown(step, drawn, [] if plain else following, joins, not is_last and not following))
        return shown

    @cached_property
    def minutes(self) -> int:
        """How long it is expected to take from the first step to the last, as far as they say; what need not wait for
        each other is done at once."""
        return flow.longest(self._links, {step.key: step.minutes or 0 for step in self.steps})

    @property
    def _links(self) -> list[flow.Link]:
        return [flow.Link(step.key, tuple(step.after)) for step in self.steps]

    @property
    def is_timed(self) -> bool:
        """Does each step say how long it takes?"""
        return all(step.minutes is not None for step in self.steps)

    @cached_property
    def gone(self) -> list[tuple[str, str, Drawn]]:
        """What no longer holds, each with where it is drawn on: in words, and its place on the page."""
        found = [(f"Step {one.step.number}", f"step-{one.step.key}", x) for one in self.practice for x in one.draws_on]
        names = {field.name: str(field.verbose_name).capitalize() for field, _ in self.governing}
        found += [(names[name], name, drawn) for name, some in self.drawn_on.variables.items() for drawn in some]
        return [(where, anchor, drawn) for where, anchor, drawn in found if drawn.gone]
