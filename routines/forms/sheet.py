"""The sheet on which a draft of a routine is written: what governs it, and its steps with what each draws on."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import HttpRequest

from knowledge.forms.fields import Text
from knowledge.forms.rows import Rows, TextsForm, rows_of, seen_of
from nhs_learning.people.models import User
from nhs_learning.people.picking import PickingForm
from nhs_learning.record.forms import in_background
from routines import flow
from routines.forms.finding import Sources
from routines.models import RoutineRevision
from routines.models.routine_revision import COMPARED, VARIABLES

_HINT = "Guidance or an insight, by part of its title; one recommendation by its number, too: sepsis 1.2. "
_SEVERAL = "Several with commas between."


class RoutineTextsForm(PickingForm, TextsForm):
    """What governs the routine, each text with what it draws on."""

    goal = Text(required=False, help_text="What is it for?")
    norms = Text(required=False, help_text="What do we expect of each other?")
    policies = Text(required=False, help_text="What has the trust decided that bears on it?")
    procedure = Text(required=False, help_text="The way that is laid down.")
    structure = Text(required=False, help_text="Who works with whom, where and with what.")

    def __init__(self, data: Any = None, *, sources: Sources, drawn: dict[str, tuple[str, ...]], **more: Any):
        super().__init__(data, **more)
        for name in VARIABLES:
            chosen = sources.known_as(drawn.get(name, ()))
            label = f"What the {name} {'draw' if name in ('norms', 'policies') else 'draws'} on"
            self.pick(f"{name}_draws_on", sources, label=label, hint=_HINT + _SEVERAL, many=True, chosen=chosen)
        self.keep_typed()

    def draws_on(self) -> dict[str, list[str]]:
        return {name: [found.token for found in self.cleaned_data[f"{name}_draws_on"]] for name in VARIABLES}


class StepForm(PickingForm):
    """One step of a routine. ``key`` is the step's for all editions; none yet begins a new one. ``after`` names steps
    by the numbers that the page shows."""

    key = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)
    who = forms.CharField(max_length=120, error_messages={"required": "Say who does it"})
    what = Text(label="Does what", error_messages={"required": "Say what is done, or take the step out"})
    prompt = Text(label="Question asked at this step", required=False)
    tool = forms.CharField(label="With what", max_length=200, required=False)
    minutes = forms.IntegerField(
        label="Time expected, in minutes",
        min_value=0,
        max_value=10_000,
        required=False,
        error_messages={
            "invalid": "Give whole minutes, such as 5",
            "min_value": "Give whole minutes, such as 5",
            "max_value": "Give 10,000 minutes at most, which is a week",
        },
    )
    after = forms.CharField(
        label="Comes after steps",
        max_length=100,
        required=False,
        help_text="Their numbers, such as 1, 3. Empty: after the one before.",
    )

    def __init__(self, data: Any = None, *, sources: Sources, initial: dict[str, Any] | None = None, **more: Any):
        super().__init__(data, initial=initial, **more)
        chosen = sources.known_as((initial or {}).get("draws_on", ()))
        self.pick("draws_on", sources, label="Draws on", hint=_HINT + _SEVERAL, many=True, chosen=chosen)
        self.keep_typed()

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        return key if re.fullmatch(r"s[1-9][0-9]{0,8}", key) else ""

    def clean_after(self) -> list[int]:
        typed = self.cleaned_data["after"]
        if re.search(r"[^0-9,;.&\s]", re.sub(r"\b(and|steps?)\b", " ", typed, flags=re.IGNORECASE)):
            raise forms.ValidationError("Give the numbers of steps, with commas between, such as 1, 3")
        return [int(number) for number in dict.fromkeys(re.findall(r"[0-9]{1,9}", typed))]

    def said(self, places: dict[int, int]) -> dict[str, Any]:
        """As ``RoutineRevision.write`` takes it; ``places`` of rows by their numbers."""
        return {
            **{name: self.cleaned_data[name] for name in ("key", "who", "what", "prompt", "tool", "minutes")},
            "after": tuple(places[number] for number in self.cleaned_data["after"]),
            "draws_on": tuple(found.token for found in self.cleaned_data["draws_on"]),
        }


class _StepRows(Rows):
    """``move`` is what the page's buttons for the order say: "3-up" is the row of that place, from 0."""

    mark = "key"
    move = ""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        more = super().get_form_kwargs(index)
        return more if index is not None else {**more, "looking": False}  # the pattern of a new row has nothing typed

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.number = None if index is None else index + 1
        if form.looking:
            form.initial["DELETE"] = bool(form.typed.get(form.add_prefix("DELETE")))

    def in_order(self) -> list[Any]:
        """The rows that stay, as they follow each other."""
        rows: list[Any] = self.kept()
        moved = re.fullmatch(r"([0-9]{1,4})-(up|down)", self.move)
        place = next((i for i, row in enumerate(rows) if moved and row.number == int(moved[1]) + 1), None)
        if moved and place is not None:
            other = max(place - 1, 0) if moved[2] == "up" else min(place + 1, len(rows) - 1)
            rows[place], rows[other] = rows[other], rows[place]
        return rows

    def clean(self) -> None:
        """Each step comes after steps that stay, and none after itself by a way round."""
        rows = self.in_order()
        self._give_each_its_own_key(rows)
        if any("after" in row.errors for row in rows) or not all(self._follows(row, rows) for row in rows):
            return
        links = [
            flow.Link(str(row.number), tuple(map(str, row.cleaned_data["after"])), number=row.number) for row in rows
        ]
        try:
            flow.see(links)
        except flow.Tangled as tangled:
            for place, words in tangled.problems:
                rows[place].add_error("after", words)

    def _follows(self, row: Any, rows: list[Any]) -> bool:
        """Are the steps after which it comes there? Otherwise an error beside it."""
        stay = {one.number for one in rows}
        gone = {form.number for form in self.forms if form.cleaned_data.get("DELETE")}
        for number in row.cleaned_data.get("after", ()):
            if number in gone:
                row.add_error("after", f"Step {row.number} comes after step {number}, which you take out")
            elif number not in stay:
                row.add_error("after", f"Step {row.number} comes after step {number}, which isn’t there")
        return "after" not in row.errors

    @staticmethod
    def _give_each_its_own_key(rows: list[Any]) -> None:
        used: set[str] = set()
        for row in rows:
            key = row.cleaned_data.get("key", "")
            row.cleaned_data["key"] = "" if key in used else key
            used.add(key)


StepRows = rows_of(StepForm, _StepRows)


def routine_sheet(edition: RoutineRevision, request: HttpRequest) -> RoutineSheet:
    """The sheet with what its reader has typed."""
    how = {"looking": "find" in request.POST, "quietly": in_background(request)}
    reader: Any = request.user  # pages of routines are for those who have signed in
    return RoutineSheet(edition, request.POST or None, reader=reader, **how)


class RoutineSheet:
    """The sheet of a draft of a routine, for one reader. ``looking``: show what was found by the words that were typed,
    and keep nothing. ``quietly``: it is saved as people type, so what is half searched for holds up nothing."""

    template = "changes/routine_sheet.html"

    def __init__(
        self, edition: RoutineRevision, data: Any = None, *, reader: User, looking: bool = False, quietly: bool = False
    ):
        self.edition, self.looking = edition, looking
        if data is not None and quietly:
            data = data.copy()
            for name in [name for name in data if name.endswith("draws_on_words")]:
                del data[name]
        steps, drawn = [step.said() for step in edition.steps.in_full()], edition.draws_on()
        kept = [token for tokens in (*drawn.values(), *(step["draws_on"] for step in steps)) for token in tokens]
        sources = _sources(reader, kept, data)
        more: dict[str, Any] = {"sources": sources, "looking": looking and data is not None}
        texts = {name: getattr(edition, name) for name in COMPARED}
        self.texts = RoutineTextsForm(data, initial={"seen": seen_of(edition), **texts}, drawn=drawn, **more)
        rows: Any = StepRows(data, prefix="step", said=_with_numbers(steps), form_kwargs=more)
        self.steps = rows
        self.steps.move = "" if data is None else data.get("move", "")

    @property
    def forms(self) -> list[Any]:
        return [self.texts, *self.steps.forms]

    @property
    def moved(self) -> str:
        """Where on the page the step is that was moved; empty where none was."""
        rows = self.steps.in_order()
        place, _, way = self.steps.move.partition("-")
        at = next((i for i, row in enumerate(rows) if str(row.number - 1) == place), None) if way else None
        return "" if at is None else f"#step-{at + 1}"

    def is_valid(self) -> bool:
        return all([self.texts.is_valid(), self.steps.is_valid()])

    def save(self, draft: RoutineRevision, *, by: User) -> None:
        """Make the draft say this. Raises Conflict when somebody else saved it since the page was opened."""
        rows = self.steps.in_order()
        places = {row.number: place for place, row in enumerate(rows)}
        steps = [row.said(places) for row in rows]
        texts = {name: self.texts.cleaned_data[name] for name in COMPARED}
        seen = self.texts.cleaned_data["seen"]
        draft.write(by=by, seen=seen, steps=steps, draws_on=self.texts.draws_on(), **texts)

    def after_saving(self, draft: RoutineRevision) -> dict[str, Any]:
        """What the page's hidden fields hold after a save in the background."""
        keys = draft.steps.values_list("key", flat=True)
        rows = zip(self.steps.in_order(), keys, strict=True)
        return {"seen": draft.edits, **{form.add_prefix("key"): key for form, key in rows}}


def _sources(reader: User, kept: list[str], data: Any) -> Sources:
    """The finder of a whole page, which has asked already for all that its fields will ask for."""
    sources = Sources(reader, kept=kept)
    names = [] if data is None else [name for name in data if name.endswith(("draws_on", "draws_on_words"))]
    sources.know([*kept, *(token for name in names if name.endswith("on") for token in data.getlist(name))])
    typed = [data.get(name, "").strip()[:300] for name in names if name.endswith("words")]
    sources.look_for(part.strip() for words in typed for part in re.split(r"[,;\n]", words) if part.strip())
    return sources


def _with_numbers(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each as the page shows it: what it comes after by numbers."""
    numbers = {step["key"]: number for number, step in enumerate(steps, start=1)}
    afters = [[str(numbers[key]) for key in step["after"] if key in numbers] for step in steps]
    return [{**step, "after": ", ".join(after)} for step, after in zip(steps, afters, strict=True)]
