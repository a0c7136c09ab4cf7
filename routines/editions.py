"""What one edition of a routine says that another does not: texts, and step by step. Each step is the same step for as
long as it keeps its key, whatever it says and wherever it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from knowledge import comparing
from routines.models import RoutineRevision, Step
from routines.models.routine_revision import COMPARED, doing, step_in_words, with_sources
from routines.sources import Drawn, DrawnOn

#: As many steps as are compared by their order.
_MOST = 100_000


@dataclass(frozen=True)
class Spoken:
    """An edition with its steps and what it draws on, as one reader may see it."""

    edition: RoutineRevision
    steps: Sequence[Step]
    drawn_on: DrawnOn

    @property
    def texts(self) -> dict[str, str]:
        """Its title and what governs it, by name."""
        drawn, edition = self.drawn_on.variables, self.edition
        return {name: with_sources(getattr(edition, name), _names(drawn.get(name, []))) for name in COMPARED}

    def said(self, step: Step) -> dict[str, Any]:
        """What a step says."""
        drawn = self.drawn_on.steps.get(step.pk, [])
        texts = {name: getattr(step, name) for name in ("who", "what", "prompt", "tool", "minutes")}
        return {**texts, "after": tuple(step.after), "draws_on": tuple(one.source.token for one in drawn)}

    def in_words(self, step: Step) -> str:
        drawn = self.drawn_on.steps.get(step.pk, [])
        does = doing({one.key: one.what for one in self.steps})
        return step_in_words(self.said(step), does, {one.source.token: one.name for one in drawn})


@dataclass(frozen=True)
class StepChange:
    """A step in two editions. ``kinds``: added, dropped, or some of changed and moved."""

    before: Step | None
    after: Step | None
    kinds: tuple[str, ...]
    passages: tuple[comparing.Passage, ...]


@dataclass(frozen=True)
class WhatChanged:
    """``texts`` has only those that changed, by name."""

    texts: dict[str, tuple[comparing.Passage, ...]]
    steps: list[StepChange]
    steps_unchanged: int

    def __bool__(self) -> bool:
        return bool(self.texts or self.steps)


def what_changed(earlier: Spoken, later: Spoken) -> WhatChanged:
    """From one edition to another."""
    before, after = earlier.texts, later.texts
    texts = {name: comparing.passages(before[name], after[name]) for name in COMPARED if before[name] != after[name]}
    steps = _steps(earlier, later)
    changed = [one for one in steps if one.kinds]
    return WhatChanged(texts, changed, len(steps) - len(changed))


def _steps(earlier: Spoken, later: Spoken) -> list[StepChange]:
    """Every step of either, in the order of the later one; those that it dropped come last."""
    had = {step.key: step for step in earlier.steps}
    moved = _moved([step.key for step in earlier.steps if step.key in {one.key for one in later.steps}],
                   [step.key for step in later.steps if step.key in had])  # fmt: skip
    found = []
    for step in later.steps:
        was = had.pop(step.key, None)
        if was is None:
            found.append(StepChange(None, step, ("added",), comparing.passages("", later.in_words(step))))
            continue
        kinds = (["changed"] if earlier.said(was) != later.said(step) else []) + (["moved"] * (step.key in moved))
        found.append(StepChange(was, step, tuple(kinds), _passages(earlier, was, later, step) if kinds else ()))
    return [*found, *(_dropped(earlier, step) for step in had.values())]


def _passages(earlier: Spoken, was: Step, later: Spoken, step: Step) -> tuple[comparing.Passage, ...]:
    return comparing.passages(earlier.in_words(was), later.in_words(step))


def _dropped(earlier: Spoken, step: Step) -> StepChange:
    return StepChange(step, None, ("dropped",), comparing.passages(earlier.in_words(step), ""))


def _moved(before: list[str], after: list[str]) -> set[str]:
    """The keys of steps that stand elsewhere among the others."""
    runs = comparing.operations(before, after, _MOST)
    return {key for kind, _, _, start, end in runs if kind != comparing.SAME for key in after[start:end]}


def _names(drawn: list[Drawn]) -> list[str]:
    return [one.name for one in drawn]
