"""Forms that take free text: what looks like an NHS number holds the save until a person says that it is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest

from nhs_learning.record import nhs_numbers
from nhs_learning.record.models import Event

#: The name under which a page sends back the marks of numbers that are something else. It has no prefix: one tick
#: holds for the page's form and all its formsets.
CONFIRMATION = "not_an_nhs_number"

MESSAGE = (
    "This looks as if it holds an NHS number, at character %(start)d. Nothing that could identify a patient may be "
    "kept here: please take it out. If it is not an NHS number, tick the box that says so, and save again."
)


@dataclass(frozen=True)
class Held:
    """A number that holds the save: its mark, and the name of the field in which it stands."""

    mark: str
    label: str


class FreeTextForm(forms.BaseForm):
    """Put before ``forms.Form`` or ``forms.ModelForm``. Every text field is looked at.

    After validation ``held`` says what stopped it: for each the page shows a checkbox named ``CONFIRMATION`` with the
    mark as its value. ``said_otherwise`` names the fields whose numbers a person has said not to be NHS numbers.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.held: list[Held] = []
        self.said_otherwise: list[str] = []

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if isinstance(field, forms.CharField) and isinstance(value, str):
                self._look_at(name, value)
        return cleaned

    def _look_at(self, name: str, text: str) -> None:
        known = nhs_numbers.marks(str(self.get_initial_for_field(self.fields[name], name) or ""))
        label = str(self[name].label)
        for mark, (start, _) in nhs_numbers.marks(text).items():
            if mark in known:
                continue  # it was there before, and somebody said then what it is
            if mark in self._confirmed():
                self.said_otherwise.append(label)
                continue
            self.held.append(Held(mark, label))
            self.add_error(name, forms.ValidationError(MESSAGE, code="nhs_number", params={"start": start + 1}))

    def _confirmed(self) -> list[str]:
        return self.data.getlist(CONFIRMATION) if hasattr(self.data, "getlist") else self.data.get(CONFIRMATION, [])


def all_held(forms: Iterable[forms.BaseForm]) -> list[Held]:
    """What holds the save in any of these forms, each number once."""
    held = [one for form in forms for one in getattr(form, "held", [])]
    return list({one.mark: one for one in held}.values())


def record_confirmations(forms: Iterable[forms.BaseForm], *, by: Any, subject: Any, trust: Any) -> None:
    """Write down that a person said of numbers in these forms that they are something else: which fields, no digits."""
    fields = [label for form in forms for label in getattr(form, "said_otherwise", [])]
    if fields:
        Event.record(by=by, verb="said_not_an_nhs_number", subject=subject, trust=trust, fields=sorted(fields))


def in_background(request: HttpRequest) -> bool:
    """Is this a save as people type, which answers in JSON? See static/src/autosave.js."""
    return request.headers.get("X-Autosave") == "1"


def written_by_another(request: HttpRequest) -> str:
    """Why a page that saves as people type is not saved, where ``writer`` says that it was shown to somebody else: on a
    shared computer somebody may sign in while a colleague's page is still open in another window. Otherwise ""."""
    if request.POST.get("writer", str(request.user.pk)) == str(request.user.pk):
        return ""
    return f"A colleague had this page open, and you are signed in as {request.user}, so it was not saved as yours."
