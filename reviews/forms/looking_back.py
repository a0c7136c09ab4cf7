"""What people say of a change that has been in force for a while."""

from __future__ import annotations

from typing import Any

from django import forms

from knowledge.forms.fields import Text
from nhs_learning.record.forms import FreeTextForm
from reviews.models import Change


class LookBackForm(FreeTextForm, forms.Form):
    """Whether a change worked, and what shows it."""

    outcome = forms.ChoiceField(
        label="What became of it?",
        choices=Change.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say what became of it"},
    )
    evidence = Text(
        label="What shows it?",
        max_length=4000,
        help_text="For example an audit, its figures and date, or what colleagues tell you. No patient details.",
        error_messages={"required": "Say what shows it"},
    )

    def __init__(self, data: Any = None):
        super().__init__(data, use_required_attribute=False)
