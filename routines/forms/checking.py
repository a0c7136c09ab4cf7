"""What is said of a routine that was checked."""

from __future__ import annotations

from django import forms

from knowledge.forms.fields import Text
from nhs_learning.record.forms import FreeTextForm


class StillRightForm(FreeTextForm, forms.Form):
    """Why the routine still holds. ``seen``: what the person had before them."""

    seen = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
    word = Text(
        label="Why is it still right?",
        help_text="In a sentence. Your colleagues read it on the routine’s page.",
        max_length=2000,
        error_messages={"required": "Say in a word why the routine is still right"},
    )
