"""The sheet on which people write a draft of guidance: its texts, statements and milestones."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import HttpRequest

from knowledge.forms.fields import Text, date_field
from knowledge.forms.rows import Rows, TextsForm, rows_of, seen_of, texts_of
from knowledge.models import Revision, Wording
from knowledge.models.drafting import Draft, Expected, Said
from nhs_learning.people.models import User
from nhs_learning.record.forms import FreeTextForm
from routines.forms.sheet import RoutineSheet, routine_sheet
from routines.models import RoutineRevision


class GuidanceTextsForm(TextsForm):
    summary = Text(required=False, help_text="What a reader in a hurry needs first.")
    aim = Text(required=False)
    scope = Text(required=False, help_text="Whom and what it covers, and what it does not.")
    body = Text(label="Main text", required=False)


class StatementForm(FreeTextForm, forms.Form):
    """One recommendation or standard. ``key`` is that of the lasting statement; none yet begins a new one."""

    key = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)
    number = forms.CharField(max_length=20, error_messages={"required": "Give it a number, or take it out"})
    text = Text(label="What it says", error_messages={"required": "Write what it says, or take it out"})
    strength = forms.ChoiceField(required=False, choices=[("", "Not stated"), *Wording.Strength.choices])
    certainty = forms.ChoiceField(
        label="Certainty of evidence", required=False, choices=[("", "Not stated"), *Wording.Certainty.choices]
    )
    update_label = forms.CharField(label="Label, such as [new 2026]", required=False, max_length=60)


class MilestoneForm(FreeTextForm, forms.Form):
    """One milestone, with the number of its standard. ``place`` is where it stands in the draft; none: it is new."""

    place = forms.IntegerField(required=False, widget=forms.HiddenInput)
    standard = forms.CharField(
        label="Of standard", max_length=20, error_messages={"required": "Say of which standard, by its number"}
    )
    what = Text(label="What is to be reached", error_messages={"required": "Say what is to be reached, or take it out"})
    by_when = date_field(label="By when", required=False)
    measure = Text(label="How it is measured", required=False)


class _MilestoneRows(Rows):
    mark = "place"


class _StatementRows(Rows):
    mark = "key"

    def clean(self) -> None:
        """Numbers are what people cite, so each is used once."""
        used: set[str] = set()
        for form in self.kept():
            number = form.cleaned_data.get("number", "")
            if number and number in used:
                form.add_error("number", f"Number {number} is used twice. Give each its own.")
            used.add(number)

    def in_order(self) -> list[forms.Form]:
        """As they stood; a new one comes before the first with a higher number."""
        rows = [form for form in self.kept() if form.cleaned_data.get("key")]
        for new in (form for form in self.kept() if not form.cleaned_data.get("key")):
            number = _natural(new.cleaned_data.get("number", ""))
            place = next((i for i, row in enumerate(rows) if _natural(row.cleaned_data["number"]) > number), len(rows))
            rows.insert(place, new)
        return rows


def _natural(number: str) -> list[tuple[int, str]]:
    """1.10 comes after 1.9."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.findall(r"\d+|[^\d.]+", number)]


StatementRows = rows_of(StatementForm, _StatementRows)
MilestoneRows = rows_of(MilestoneForm, _MilestoneRows)


class GuidanceSheet:
    """The sheet of a draft of guidance. Without data it shows what ``edition`` says: the draft, or what is in force."""

    template = "changes/guidance_sheet.html"
    looking, moved = False, ""

    def __init__(self, edition: Revision, data: Any = None):
        self.edition = edition
        said = list(edition.wordings.select_related("statement"))
        numbers = {wording.statement_id: wording.number for wording in said}
        names = ("title", "summary", "aim", "scope", "body")
        texts = {name: getattr(edition, name) for name in names}
        self.texts = GuidanceTextsForm(data, initial={"seen": seen_of(edition), **texts}, use_required_attribute=False)
        self.statements: Any = StatementRows(data, prefix="statement", said=[_wording(wording) for wording in said])
        milestones = [_milestone(row, numbers) for row in edition.milestones.all()]
        self.milestones = MilestoneRows(data, prefix="milestone", said=milestones)

    @property
    def forms(self) -> list[Any]:
        return [self.texts, *self.statements.forms, *self.milestones.forms]

    def is_valid(self) -> bool:
        valid = [self.texts.is_valid(), self.statements.is_valid(), self.milestones.is_valid()]
        return all(valid) and self._standards_are_there()

    def _standards_are_there(self) -> bool:
        numbers = {form.cleaned_data["number"] for form in self.statements.kept()}
        for form in self.milestones.kept():
            if form.cleaned_data["standard"] not in numbers:
                missing = f"No standard has the number {form.cleaned_data['standard']}"
                form.add_error("standard", f"{missing}: give the number of one, or take this milestone out")
        return all(form.is_valid() for form in self.milestones.kept())

    def save(self, draft: Revision, *, by: User) -> None:
        """Make the draft say this. Raises Conflict when somebody else saved it since the page was opened."""
        statements = {statement.key: statement for statement in draft.guidance.statements.all()}
        said = {
            form.cleaned_data["number"]: Said(texts_of(form), statements.get(form.cleaned_data["key"]))
            for form in self.statements.in_order()
        }
        places = {milestone.position: milestone.pk for milestone in draft.milestones.all()}
        expected = [
            Expected(texts_of(form), of=said[form.cleaned_data["standard"]], pk=places.get(form.cleaned_data["place"]))
            for form in self.milestones.kept()
        ]
        texts = {name: self.texts.cleaned_data[name] for name in ("title", "summary", "aim", "scope", "body")}
        draft.write(
            by=by,
            seen=self.texts.cleaned_data["seen"],
            draft=Draft(texts=texts, statements=list(said.values()), milestones=expected),
        )

    def after_saving(self, draft: Revision) -> dict[str, Any]:
        """What the page's hidden fields hold after a save in the background."""
        keys = {w.number: w.statement.key for w in draft.wordings.select_related("statement")}
        fields: dict[str, Any] = {"seen": draft.edits}
        for form in self.statements.kept():
            fields[form.add_prefix("key")] = keys[form.cleaned_data["number"]]
        for place, form in enumerate(self.milestones.kept()):
            fields[form.add_prefix("place")] = place
        return fields


def sheet(edition: Revision | RoutineRevision, request: HttpRequest) -> GuidanceSheet | RoutineSheet:
    """The sheet for an edition of either kind, with what its reader has typed."""
    data = request.POST or None
    return GuidanceSheet(edition, data) if isinstance(edition, Revision) else routine_sheet(edition, request)


def _wording(wording: Wording) -> dict[str, Any]:
    names = ("number", "text", "strength", "certainty", "update_label")
    return {"key": wording.statement.key, **{name: getattr(wording, name) for name in names}}


def _milestone(row: Any, numbers: dict[int, str]) -> dict[str, Any]:
    said = {name: getattr(row, name) for name in ("what", "by_when", "measure")}
    return {"place": row.position, "standard": numbers.get(row.statement_id, ""), **said}
