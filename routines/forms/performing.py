"""What is said of one time that a routine was done."""

from __future__ import annotations

from typing import Any

from django import forms

from knowledge.forms.fields import Text
from nhs_learning.record.forms import FreeTextForm
from routines.models import Performance, Reason, RoutineRevision, Shift, Step, Variation


class PerformanceForm(FreeTextForm, forms.Form):
    """Which steps differed and how, and why. As described, there is nothing to say."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label="Why?", choices=Reason.choices, widget=forms.RadioSelect, error_messages={"required": "Say why"}
    )
    words = Text(label="In a word, if you like", required=False)
    shift = forms.ChoiceField(label="Which shift?", choices=Shift.choices, required=False)

    def __init__(self, edition: RoutineRevision, how: str, data: Any = None):
        self.steps: list[Step] = list(edition.steps.all())
        super().__init__(data, initial={"seen": edition.pk}, use_required_attribute=False)
        if how == Performance.How.AS_DESCRIBED:
            for name in ("reason", "words"):
                del self.fields[name]
        else:
            for step in self.steps:
                choices = [("", "As described"), *Variation.How.choices]
                self.fields[f"step-{step.key}"] = forms.ChoiceField(label=step.what, choices=choices, required=False)

    def said(self) -> dict[str, Any]:
        """As ``Performance.record`` takes it."""
        names: tuple[str, ...] = ("seen", "reason", "words", "shift")
        said: dict[str, Any] = {name: self.cleaned_data[name] for name in names if name in self.fields}
        steps = {step.key: self.cleaned_data.get(f"step-{step.key}", "") for step in self.steps}
        return {**said, "steps": {key: how for key, how in steps.items() if how}}
