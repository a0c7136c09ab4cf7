"""What is written in a review: answers to its prompts, areas for improvement, what was learned of learning."""

from __future__ import annotations

from typing import Any

from django import forms

from knowledge.forms.fields import Text
from nhs_learning.record.forms import FreeTextForm
from reviews.models import Finding, Review
from routines.models import Step

LONGEST = 20_000
#: What each part of the work system is (SEIPS), in words that need no course.
FACTORS = {
    "people": "What people know, can and need: staff, patients, families; tiredness, teamwork.",
    "tasks": "The work itself: how hard, how rushed, how often interrupted, how clear.",
    "tools": "Equipment, IT systems, forms, drugs and their packaging: at hand, working, easy to get right?",
    "organisation": "Staffing, rotas, roles, training, culture, what is rewarded.",
    "internal": "The place: its layout, noise, light, distances.",
    "external": "What comes from outside: national rules, other organisations, how much is asked of us.",
}


class WritingForm(FreeTextForm, forms.Form):
    """One page of writing. Each prompt has a field ``answer-<step>``; a new area for improvement is looked at only
    where something of it is given, and the learning question is required only ``closing``."""

    what = Text(label="What should improve?", max_length=4000, required=False)
    factor = forms.ChoiceField(
        label="Where in our work does it lie?", choices=Finding.Factor.choices, widget=forms.RadioSelect, required=False
    )
    learning = Text(label="What helped or hindered our learning here?", max_length=LONGEST, required=False)
    share_with = Text(label="Who else should know?", max_length=LONGEST, required=False)

    def __init__(self, data: Any = None, *, review: Review, steps: list[Step], answers: dict[int, str], closing: bool):
        said = {"learning": review.learning, "share_with": review.share_with}
        initial = {**said, **{name_of(step): answers.get(step.pk, "") for step in steps}}
        super().__init__(data, initial=initial, use_required_attribute=False)
        for step in steps:
            hint = f"{step.who}: {step.what.lower()}" if step.who else step.what
            self.fields[name_of(step)] = Text(label=step.prompt, help_text=hint, max_length=LONGEST, required=False)
        if closing:
            self._asks_for("learning", "Say what helped or hindered your learning here")
            self._asks_for("share_with", "Say who else should know, or that nobody else needs to")

    def _asks_for(self, name: str, otherwise: str) -> None:
        self.fields[name].required = True
        self.fields[name].error_messages["required"] = otherwise

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("what") and not cleaned.get("factor") and "factor" not in self.errors:
            self.add_error("factor", "Choose where in our work it lies")
        if cleaned.get("factor") and not cleaned.get("what") and "what" not in self.errors:
            self.add_error("what", "Say what should improve")
        return cleaned


class FindingForm(FreeTextForm, forms.Form):
    """An area for improvement, said better."""

    what = Text(label="What should improve?", max_length=4000, error_messages={"required": "Say what should improve"})
    factor = forms.ChoiceField(
        label="Where in our work does it lie?", choices=Finding.Factor.choices, widget=forms.RadioSelect
    )

    def __init__(self, data: Any = None, *, finding: Finding):
        initial = {"what": finding.what, "factor": finding.factor}
        super().__init__(data, initial=initial, use_required_attribute=False)


def name_of(step: Step) -> str:
    return f"answer-{step.pk}"
