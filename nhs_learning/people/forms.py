"""Shapes of what people say of themselves."""

from __future__ import annotations

from typing import Any

from django import forms

from nhs_learning.people.models import User
from nhs_learning.record import clock


class AbsenceForm(forms.Form):
    """Until when somebody is away, and, where they approve changes, who decides in their stead."""

    until = forms.DateField(
        label="Last day away",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Give the last day away", "invalid": "Give the last day away as a date"},
    )
    stand_in = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        label="Who decides meanwhile",
        empty_label="Nobody",
        help_text="An approver. They decide where they could not by themselves, until that day.",
    )

    def __init__(self, data: Any = None, *, person: User):
        initial = {"until": person.away_until, "stand_in": person.stand_in_id} if person.is_away else None
        super().__init__(data, initial=initial, use_required_attribute=False)
        if person.approves():
            others = User.objects.of(person.trust).approvers().exclude(pk=person.pk)
            self.fields["stand_in"].queryset = others.order_by("name")  # type: ignore[attr-defined]
        else:
            del self.fields["stand_in"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        until, stand_in = cleaned.get("until"), cleaned.get("stand_in")
        if until and until < clock.today():
            self.add_error("until", "That day is past: give today’s or a later one")
        elif until and stand_in and stand_in.is_away:
            back = stand_in.away_until
            self.add_error("stand_in", f"{stand_in} is away until {back.day} {back:%B %Y}: choose somebody else")
        return cleaned
