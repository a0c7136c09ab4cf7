"""The sheet on which a draft of any kind is written: its texts, and rows that can be added and taken out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms

from knowledge.models.edition import Edition
from nhs_learning.record.forms import FreeTextForm

MOST_ROWS = 1000


class TextsForm(FreeTextForm, forms.Form):
    """A draft's own texts. ``seen`` is the count of edits that the page began with."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(max_length=250, error_messages={"required": "Give it a title"})


class Rows(forms.BaseFormSet):
    """Rows of which some may be taken out; ``kept`` are those that stay.

    ``said`` is what the draft has. A row that comes back is known by its ``mark`` field, not by its place: since the
    page was opened, saves in the background may have made rows of it that it did not begin with.
    """

    mark = ""

    def __init__(self, data: Any = None, *, said: list[dict[str, Any]], **more: Any):
        self._said = {str(row.get(self.mark, index)): row for index, row in enumerate(said)}
        super().__init__(data, initial=None if data is not None else said, **more)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        more = super().get_form_kwargs(index)
        if not self.is_bound or index is None:
            return more
        known = self.data.get(f"{self.prefix}-{index}-{self.mark}") if self.mark else str(index)
        return {**more, "initial": self._said.get(known or "", {})}

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Take this one out"
        form.empty_permitted = not form.initial  # a row that the draft has is said, even where nothing changed in it

    def kept(self) -> list[forms.Form]:
        filled = [form for form in self.forms if getattr(form, "cleaned_data", None)]
        return [form for form in filled if not form.cleaned_data.get("DELETE")]


def rows_of(form: type[forms.Form], rows: type[Rows] = Rows) -> type[Rows]:
    made = forms.formset_factory(
        form, formset=rows, extra=1, can_delete=True, max_num=MOST_ROWS, absolute_max=MOST_ROWS
    )
    return made  # type: ignore[return-value]  # the factory's stub forgets the class it was given


def problems(forms_of_it: Iterable[Any]) -> Iterator[dict[str, str]]:
    """Each error as the page's summary lists it: its words, and the field that it leads to."""
    for form in forms_of_it:
        for name, errors in form.errors.items():
            href = f"#{form[name].id_for_label or form[name].auto_id}" if name in form.fields else ""
            yield from ({"text": error, "href": href} for error in errors)


def seen_of(edition: Edition) -> int:
    """A draft that is not begun yet will have had no edits."""
    return edition.edits if edition.is_draft else 0


def texts_of(form: forms.Form) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in form.fields if name not in ("DELETE", "place", "standard", "key")}
