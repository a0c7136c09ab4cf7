"""The rows on the page of a draft: its statements in order, and the milestones of each."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import QueryDict

from knowledge.models import Milestone, Statement, Wording
from knowledge.models.drafting import Draft, Expected, Said
from nhs_learning.people.admin.base import FreeTextModelForm, RowsOfForm

#: Between the order numbers that a page shows, so that a row can be put between two others.
STEP = 10


class _Row(FreeTextModelForm):
    order = forms.IntegerField(
        required=False,
        min_value=0,
        widget=forms.NumberInput(attrs={"class": "app-short"}),
        label="Order",
        help_text="15 goes between 10 and 20; empty, at the end.",
    )

    def validate_constraints(self) -> None:
        """Numbers are compared within the page: against the database, two could never change places."""


class StatementRow(_Row):
    """One statement as this draft words it. ``lasting`` is the lasting statement, for the case that the row is gone."""

    lasting = forms.ModelChoiceField(queryset=Statement.objects.none(), required=False, widget=forms.HiddenInput)

    class Meta:
        model = Wording
        fields = ["number", "text", "strength", "certainty", "update_label"]
        widgets = {"number": forms.TextInput(attrs={"class": "app-short"})}

    def clean_number(self) -> str:
        return self.cleaned_data["number"].strip()


class MilestoneRow(_Row):
    """One milestone, with the number of its standard. Left as it was, it stays with its standard even when that gets
    another number; hence the hidden copy of what the page showed at first."""

    standard = forms.CharField(
        max_length=20,
        show_hidden_initial=True,
        widget=forms.TextInput(attrs={"class": "app-short"}),
        help_text="The number of the statement above.",
    )

    class Meta:
        model = Milestone
        fields = ["what", "by_when", "measure"]


class DraftRows(RowsOfForm):
    """Rows in order. One that somebody else took out meanwhile is kept as a new one: nothing typed is lost."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any):
        if data is not None:
            there = set(kwargs["queryset"].filter(revision=kwargs["instance"]).values_list("pk", flat=True))
            data = settled(data, kwargs["prefix"], {str(pk) for pk in there})
        super().__init__(data, *args, **kwargs)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if form.instance.pk and index is not None:
            form.fields["order"].initial = (index + 1) * STEP

    def validate_unique(self) -> None:
        """The page's own comparison says which row and why."""

    def in_order(self) -> list[Any]:
        """The forms of the rows that stay, in the order that was asked for; without one, a row comes last."""
        forms = [form for form in self.kept() if hasattr(form, "cleaned_data")]
        return sorted(
            forms, key=lambda form: (form.cleaned_data.get("order") is None, form.cleaned_data.get("order") or 0)
        )

    def unseen(self) -> list[Any]:
        """Rows that somebody else added since the page was opened, which it does not hold."""
        held = {form.instance.pk for form in self.forms}
        return [row for row in self.get_queryset() if row.pk not in held]


class StatementRows(DraftRows):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["lasting"].queryset = Statement.objects.filter(guidance=self.instance.guidance_id)
        if form.instance.pk:
            form.fields["lasting"].initial = form.instance.statement_id

    def clean(self) -> None:
        super().clean()
        used: dict[str, str] = {
            row.number: f"a statement that somebody has just added ({row})" for row in self.unseen()
        }
        lasting: set[int] = {row.statement_id for row in self.unseen()}
        for form in self.in_order():
            number = form.cleaned_data.get("number")
            if number in used:
                form.add_error("number", f"Number {number} is used by {used[number]} too. Give each its own.")
            elif number:
                used[number] = "another statement"
            if (statement := self.lasting(form)) and statement.pk in lasting:
                form.add_error("text", "This statement is in the draft already. Take one of the two out.")
            elif statement:
                lasting.add(statement.pk)

    @staticmethod
    def lasting(form: Any) -> Statement | None:
        """The lasting statement that the row words, if there is one yet."""
        return form.instance.statement if form.instance.pk else form.cleaned_data.get("lasting")

    def said(self) -> dict[Any, Said]:
        """What the draft is to say, in order, by row: a form, or the wording that somebody else added meanwhile."""
        rows: dict[Any, Said] = {}
        for form in self.in_order():
            texts = {name: form.cleaned_data.get(name, "") for name in StatementRow.Meta.fields}
            rows[form] = Said(texts, self.lasting(form))
        for row in self.unseen():
            rows[row] = Said({name: getattr(row, name) for name in StatementRow.Meta.fields}, row.statement)
        return rows


class MilestoneRows(DraftRows):
    """``statements`` are the statement rows of the same page, set by it."""

    statements: StatementRows

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if form.instance.pk:
            form.fields["standard"].initial = self._numbers_now().get(form.instance.statement_id, "")

    def _numbers_now(self) -> dict[int, str]:
        """The number of each statement as the draft has it before this page is saved."""
        if not hasattr(self, "_numbers"):
            self._numbers = dict(self.instance.wordings.values_list("statement_id", "number"))
        return self._numbers

    def clean(self) -> None:
        super().clean()
        self.statements.is_valid()  # its numbers are needed, whichever of the two is asked first
        self._belong: dict[Any, Any] = {}
        by_number, by_statement = self._standards()
        for form in self.in_order():
            if "standard" not in form.cleaned_data:
                continue
            typed = form.cleaned_data["standard"].strip()
            moved = "standard" in form.changed_data or not form.instance.pk
            row = by_number.get(typed) if moved else by_statement.get(form.instance.statement_id)
            if row is not None:
                self._belong[form] = row
            else:
                form.add_error("standard", self._refusal(typed, moved, list(by_number)))

    def _standards(self) -> tuple[dict[str, Any], dict[int, Any]]:
        """The rows of this page's statements by number, and by the lasting statement."""
        forms = self.statements.in_order()
        by_number = {form.cleaned_data.get("number", ""): form for form in forms}
        by_statement = {statement.pk: form for form in forms if (statement := self.statements.lasting(form))}
        for row in self.statements.unseen():
            by_number.setdefault(row.number, row)
            by_statement[row.statement_id] = row
        return by_number, by_statement

    @staticmethod
    def _refusal(typed: str, moved: bool, numbers: list[str]) -> str:
        there = [number for number in numbers if number]
        choice = f"Choose one of {', '.join(there)}." if there else "Write the statement first."
        if moved:
            return f"No statement of this draft has the number {typed}. {choice}"
        return f"Its statement, {typed}, is being taken out. {choice} Or take this milestone out as well."

    def expected(self, said: dict[Any, Said]) -> list[Expected]:
        """The milestones in order, each with what is said for its standard."""
        names = MilestoneRow.Meta.fields
        rows = [
            Expected({name: form.cleaned_data.get(name) for name in names}, said[self._belong[form]], form.instance.pk)
            for form in self.in_order()
        ]
        of = {one.statement.pk: one for one in said.values() if one.statement}
        for row in self.unseen():
            if row.statement_id in of:
                rows.append(Expected({name: getattr(row, name) for name in names}, of[row.statement_id], row.pk))
        return rows


def whole(texts: dict[str, Any], statements: StatementRows, milestones: MilestoneRows) -> Draft:
    """All that the page says (``texts`` are the draft's own), for the draft to say."""
    said = statements.said()
    return Draft(texts=texts, statements=list(said.values()), milestones=milestones.expected(said))


def settled(data: QueryDict, prefix: str, there: set[str]) -> QueryDict:
    """Formset data in which rows that are no longer there (their ids are not among ``there``) are new rows.

    Django's formsets want the rows that exist first; one that somebody else took out meanwhile would be refused.
    """
    try:
        total, initial = int(data[f"{prefix}-TOTAL_FORMS"]), int(data[f"{prefix}-INITIAL_FORMS"])
    except (KeyError, ValueError):
        return data
    known = [n for n in range(min(initial, total)) if data.get(f"{prefix}-{n}-id") in there]
    if total > 1000 or len(known) == initial:
        return data
    place = {old: new for new, old in enumerate([*known, *(n for n in range(total) if n not in known)])}
    moved = QueryDict(mutable=True)
    for key, values in data.lists():
        row = re.match(rf"(initial-)?{re.escape(prefix)}-(\d{{1,4}})-(.+)", key)
        if row is None or int(row[2]) not in place:
            moved.setlist(key, values)
            continue
        values = [""] if row[3] == "id" and int(row[2]) not in known else values
        moved.setlist(f"{row[1] or ''}{prefix}-{place[int(row[2])]}-{row[3]}", values)
    moved[f"{prefix}-INITIAL_FORMS"] = str(len(known))
    return moved
