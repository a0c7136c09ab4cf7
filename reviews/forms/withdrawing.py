"""What people say when they withdraw guidance, or put it back in force."""

from __future__ import annotations

from typing import Any, cast

from django import forms

from knowledge.forms.fields import Text
from knowledge.models import Guidance
from nhs_learning.people.models import User
from nhs_learning.record.forms import FreeTextForm


class WithdrawForm(FreeTextForm, forms.Form):
    """Why guidance must not be followed any more, and what to follow instead: another piece, or words."""

    why = Text(
        label="Why must nobody follow this any more?",
        max_length=2000,
        help_text="Everybody who opens the page reads this first. No patient details.",
        error_messages={"required": "Say why it is withdrawn"},
    )
    replaced_by = forms.ModelChoiceField(
        Guidance.objects.none(), required=False, label="Which guidance to follow instead", empty_label="None of these"
    )
    instead = Text(
        label="What to follow instead, in words",
        max_length=2000,
        required=False,
        help_text="If no other guidance replaces it. For example: ask the consultant on call.",
    )

    def __init__(self, data: Any = None, *, guidance: Guidance, reader: User):
        super().__init__(data, use_required_attribute=False)
        others = Guidance.objects.visible_to(reader).of(guidance.trust).in_force()
        others = others.exclude(pk=guidance.pk).exclude(audience=Guidance.Audience.PRIVATE)
        cast(forms.ModelChoiceField, self.fields["replaced_by"]).queryset = others.only("title").order_by("title")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("replaced_by") and not cleaned.get("instead") and "instead" not in self.errors:
            self.add_error("instead", "Say what to follow instead, or choose the guidance that replaces it")
        return cleaned


class PutBackForm(FreeTextForm, forms.Form):
    """Why guidance that was withdrawn holds after all."""

    why = Text(
        label="Why does it hold after all?",
        max_length=2000,
        help_text="Whoever withdrew it, and its owner, are told.",
        error_messages={"required": "Say why it is put back in force"},
    )

    def __init__(self, data: Any = None):
        super().__init__(data, use_required_attribute=False)
