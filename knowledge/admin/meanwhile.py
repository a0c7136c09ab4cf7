"""What somebody else saved while a person was writing, beside what the person typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import QueryDict

from knowledge.models import Revision
from knowledge.models.revision import TEXTS
from nhs_learning.record.models import Event


@dataclass(frozen=True)
class Difference:
    """One part of a draft: as it is saved now, and as the person's page has it. Empty: it is not there."""

    label: str
    saved: str
    typed: str


class Meanwhile:
    """Who saved a draft, when, and where it differs from what a page holds."""

    def __init__(self, draft_id: int, form: Any, statements: Any, milestones: Any):
        self._saved = Revision.objects.get(pk=draft_id)
        self._form, self._statements, self._milestones = form, statements, milestones

    @cached_property
    def last(self) -> Event | None:
        """The save that came in between."""
        return Event.objects.about(self._saved).filter(verb="edited").select_related("by").first()

    @cached_property
    def differences(self) -> list[Difference]:
        numbers = dict(self._saved.wordings.values_list("statement_id", "number"))
        found = [
            *self._texts(),
            *_rows(self._statements, lambda row: f"Statement {row.number}"),
            *_rows(self._milestones, lambda row: f"Milestone of {numbers.get(row.statement_id, '')}"),
        ]
        return [difference for difference in found if _same(difference.saved) != _same(difference.typed)]

    def _texts(self) -> Iterator[Difference]:
        for name in TEXTS:
            saved = _said(getattr(self._saved, name), self._form.fields[name])
            yield Difference(str(self._form[name].label), saved, _typed(self._form, name))


#: What a row says, of those that it has.
_PARTS = ("number", "text", "strength", "certainty", "update_label", "what", "by_when", "measure")


def _rows(formset: Any, label: Any) -> Iterator[Difference]:
    """Rows of the page beside the rows that are saved; those that only one of the two has, too."""
    model = formset.model
    saved = {row.pk: row for row in model._default_manager.filter(revision=formset.instance.pk)}
    there = formset.empty_form.fields
    fields = {name: there[name] for name in _PARTS if name in there}
    for form in formset.forms:
        row = saved.pop(form.instance.pk, None)
        typed = [] if formset.is_gone(form) else [_typed(form, name) for name in fields]
        name = label(row) if row else f"{str(model._meta.verbose_name).capitalize()} that is not saved"
        yield Difference(name, _row(row, fields), _joined(typed))
    for row in saved.values():
        yield Difference(label(row), _row(row, fields), "Added meanwhile. It stays, whatever you save.")


def _row(row: Any, fields: dict[str, Any]) -> str:
    return _joined(_said(getattr(row, name), field) for name, field in fields.items()) if row else ""


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)


def _typed(form: Any, name: str) -> str:
    """What a field holds: as it was understood, or as it stands there when it was not."""
    value = getattr(form, "cleaned_data", {}).get(name, form[name].data)
    return _said(value, form.fields[name])


def _said(value: Any, field: Any) -> str:
    return "" if value in (None, "") else str(dict(getattr(field, "choices", ())).get(value, value))


def _same(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def typed(data: QueryDict) -> list[tuple[str, str]]:
    """What a person typed on a page that can't be saved any more: (field, text), for them to copy."""
    texts = ("title", "aim", "scope", "summary", "body", "text", "what", "measure", "number")
    kept = [(name, value) for name, value in data.items() if name.rpartition("-")[2] in texts and value.strip()]
    return [(name.replace("-", " ").capitalize(), value) for name, value in kept if "__prefix__" not in name]
