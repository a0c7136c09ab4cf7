"""What a spreadsheet says as steps of a routine, and what in it could not be understood. Nothing is kept here."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from nhs_learning.people.permissions import Person
from nhs_learning.record.forms import CONFIRMATION
from routines import flow
from routines.forms.bringing import RowForm
from routines.models import RoutineRevision, Step
from routines.portable.columns import HEADINGS, known_as
from routines.portable.naming import names_in
from routines.portable.reading import Table

#: The fields of a row's form, by column.
_FIELDS = {"Who": "who", "Does what": "what", "With": "tool", "Question": "prompt", "Minutes": "minutes"}
_NEEDED = ("Who", "Does what")
#: Between the numbers of steps that one comes after.
_BETWEEN = re.compile(r"\s*(?:[,;&+]|\band\b|\s)\s*")


@dataclass(frozen=True)
class Problem:
    """What can't be taken, in the file's row ``row`` (0: in the file as a whole)."""

    row: int
    words: str
    held: bool = False  # it looks like an NHS number, and somebody may say that it is none


@dataclass
class Row:
    """A step as it was read. ``label``: how the file numbers it; ``after``: the numbers of the steps it follows."""

    number: int
    label: str
    form: RowForm
    after: list[str] = field(default_factory=list)
    draws_on: list[str] = field(default_factory=list)
    names: str = ""


@dataclass
class Understood:
    """The steps, what stands in the way of keeping them, and what is only worth knowing."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def forms(self) -> list[RowForm]:
        return [row.form for row in self.rows]

    @property
    def may_be_kept(self) -> bool:
        return bool(self.rows) and not self.problems

    @property
    def only_held(self) -> bool:
        """Does nothing stand in the way but what looks like an NHS number?"""
        return bool(self.problems) and all(problem.held for problem in self.problems)

    def steps(self, draft: RoutineRevision | None = None) -> list[dict[str, Any]]:
        """As ``RoutineRevision.write`` takes them, where there are no problems. A step that does what one of the
        ``draft`` does is that step."""
        keys = self._keys(draft)
        return [
            {
                **row.form.cleaned_data,
                "key": keys[row.label],
                "after": tuple(keys[label] for label in row.after),
                "draws_on": tuple(row.draws_on),
            }
            for row in self.rows
        ]

    def _keys(self, draft: RoutineRevision | None) -> dict[str, str]:
        had = {step.what: step.key for step in draft.steps.all()} if draft else {}
        used = (
            set(Step.objects.filter(revision__routine=draft.routine_id).values_list("key", flat=True)) if draft else ()
        )
        free = (key for key in map("s{}".format, itertools.count(1)) if key not in used)
        return {row.label: had.pop(row.form.cleaned_data["what"], None) or next(free) for row in self.rows}


def understand(table: Table, *, reader: Person, confirmed: Iterable[str] = ()) -> Understood:
    """Read the rows as steps. ``confirmed``: the marks of numbers that somebody has said to be no NHS numbers."""
    understood = Understood(notes=list(table.notes))
    understood.problems += [Problem(row, words) for row, words in table.problems]
    (_, headings), *rows = table.rows or [(0, [])]
    columns = _columns(headings, understood)
    if not columns:
        return understood
    for number, cells in rows:
        if beyond := [cell for cell in cells[len(headings) :] if cell]:
            understood.problems.append(Problem(number, f"“{beyond[0][:60]}” stands beyond the last column."))
        _take(understood, number, cells, columns, list(confirmed))
    _look_up_sources(understood, reader)
    _see_order(understood)
    understood.problems.sort(key=lambda problem: problem.row)
    return understood


def _columns(headings: list[str], understood: Understood) -> dict[str, int]:
    """Where each column stands; empty where they can't be told."""
    known: dict[str, int] = {}
    unknown, twice = [], []
    for place, heading in enumerate(headings):
        if not (name := known_as(heading)):
            unknown += [heading] if heading.strip() else []
        elif name in known:
            twice.append(heading)
        else:
            known[name] = place
    _say(understood, "No column is called {}. Those that are known: " + _listed(HEADINGS) + ".", unknown)
    _say(understood, "There are two columns for {}. Leave one of them out.", twice)
    _say(understood, "A column is missing: {}.", [name for name in _NEEDED if name not in known])
    return {} if understood.problems and any(name not in known for name in _NEEDED) else known


def _say(understood: Understood, words: str, names: list[str]) -> None:
    if names:
        understood.problems.append(Problem(0, words.format(_listed(names))))


def _listed(names: Iterable[str]) -> str:
    *first, last = (f"“{name}”" for name in names)
    return f"{', '.join(first)} and {last}" if first else last


def _take(understood: Understood, number: int, cells: list[str], columns: dict[str, int], confirmed: list[str]) -> None:
    said = {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}
    if not any(said.values()):
        return
    data = {field: said.get(name, "") for name, field in _FIELDS.items()}
    form = RowForm({**data, CONFIRMATION: confirmed})
    label = said.get("Step", "").rstrip(".") or str(len(understood.rows) + 1)
    row = Row(number, label, form, names=said.get("Draws on", ""))
    row.after = [one.rstrip(".") for one in _BETWEEN.split(said.get("After", "").strip()) if one]
    if label in {other.label for other in understood.rows}:
        understood.problems.append(
            Problem(number, f"Two steps have the number {label}. Give each a number of its own.")
        )
    understood.problems += _amiss(number, form)
    understood.rows.append(row)


def _amiss(number: int, form: RowForm) -> Iterator[Problem]:
    for name, errors in form.errors.as_data().items():
        for error in errors:
            words = f"{form.fields[name].label}: {' '.join(error.messages)}"
            yield Problem(number, words, held=error.code == "nhs_number")


def _look_up_sources(understood: Understood, reader: Person) -> None:
    names = names_in((row.names for row in understood.rows), reader=reader)
    for row in understood.rows:
        row.draws_on, amiss = names.read(row.names)
        understood.notes += [f"Row {row.number}: {words}" for words in amiss]


def _see_order(understood: Understood) -> None:
    """Say which steps can't follow each other as they say."""
    labels = {row.label for row in understood.rows}
    for row in understood.rows:
        for label in row.after:
            if label not in labels:
                words = f"It comes after step {label}, and there is no step of that number."
                understood.problems.append(Problem(row.number, words))
    if any(label not in labels for row in understood.rows for label in row.after) or len(labels) < len(understood.rows):
        return
    try:
        flow.see([flow.Link(row.label, tuple(row.after)) for row in understood.rows])
    except flow.Tangled as tangled:
        understood.problems += [Problem(understood.rows[place].number, words) for place, words in tangled.problems]
