"""The sheet on which a draft of a routine is written: what governs it, and its steps."""

from __future__ import annotations

from typing import Any

from django import forms

from knowledge.forms.fields import Text
from knowledge.forms.rows import Rows, TextsForm, rows_of, seen_of, texts_of
from nhs_learning.people.models import User
from nhs_learning.record.forms import FreeTextForm
from routines.models import RoutineRevision


class RoutineTextsForm(TextsForm):
    goal = Text(required=False, help_text="What is it for?")
    norms = Text(required=False, help_text="What do we expect of each other?")
    policies = Text(required=False, help_text="What has the trust decided that bears on it?")
    procedure = Text(required=False, help_text="The way that is laid down.")
    structure = Text(required=False, help_text="Who works with whom, where and with what.")


class StepForm(FreeTextForm, forms.Form):
    """One step of a routine. ``key`` is the step's for all editions; none yet begins a new one."""

    key = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)
    who = forms.CharField(max_length=120, required=False)
    what = Text(label="Does what", error_messages={"required": "Say what is done, or take the step out"})
    prompt = Text(label="Question asked at this step", required=False)
    tool = forms.CharField(label="With what", max_length=200, required=False)
    minutes = forms.IntegerField(label="Time expected, in minutes", min_value=0, max_value=10_000, required=False)


class _StepRows(Rows):
    mark = "key"


StepRows = rows_of(StepForm, _StepRows)


class RoutineSheet:
    """The sheet of a draft of a routine."""

    template = "changes/routine_sheet.html"

    def __init__(self, edition: RoutineRevision, data: Any = None):
        self.edition = edition
        names = [name for name in RoutineTextsForm.base_fields if name != "seen"]
        texts = {name: getattr(edition, name) for name in names}
        self.texts = RoutineTextsForm(data, initial={"seen": seen_of(edition), **texts}, use_required_attribute=False)
        self.steps = StepRows(data, prefix="step", said=[step.said() for step in edition.steps.in_full()])

    @property
    def forms(self) -> list[Any]:
        return [self.texts, *self.steps.forms]

    def is_valid(self) -> bool:
        return all([self.texts.is_valid(), self.steps.is_valid()])

    def save(self, draft: RoutineRevision, *, by: User) -> None:
        """Make the draft say this. Raises Conflict when somebody else saved it since the page was opened."""
        texts = {name: text for name, text in self.texts.cleaned_data.items() if name != "seen"}
        had = {step.key: step.said() for step in draft.steps.in_full()}
        steps = []
        for form in self.steps.kept():
            known = had.get(form.cleaned_data["key"], {})
            steps.append({**known, **texts_of(form), "key": form.cleaned_data["key"]})
        draft.write(by=by, seen=self.texts.cleaned_data["seen"], steps=steps, **texts)

    def after_saving(self, draft: RoutineRevision) -> dict[str, Any]:
        """What the page's hidden fields hold after a save in the background."""
        keys = draft.steps.values_list("key", flat=True)
        rows = zip(self.steps.kept(), keys, strict=True)
        return {"seen": draft.edits, **{form.add_prefix("key"): key for form, key in rows}}
