"""What is asked when somebody leaves: from which day on, and who takes over what they hold."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, cast

from django import forms

from nhs_learning.people.models import Membership, User
from nhs_learning.record import clock


class LeavingForm(forms.Form):
    """The last day of somebody here, or in their post."""

    on = forms.DateField(
        label="Last day here, or in this post",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Give the last day", "invalid": "Give the last day as a date"},
    )

    def __init__(self, data: Any = None, *, person: User):
        super().__init__(data, initial={"on": person.leaving_on}, use_required_attribute=False)

    def clean_on(self) -> datetime.date:
        on = self.cleaned_data["on"]
        if on < clock.today():
            raise forms.ValidationError("That day is past: give today’s or a later one")
        return on


class HandOnForm(forms.Form):
    """Which of the things that can be handed on go to which colleague."""

    things = forms.MultipleChoiceField(
        label="What is handed on",
        error_messages={
            "required": "Tick above what you hand on",
            "invalid_choice": "One of these is not theirs any more",
        },
        widget=forms.CheckboxSelectMultiple,
    )
    to = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        label="To a colleague of the same services",
        empty_label="Choose a colleague",
    )
    named = forms.CharField(
        required=False, max_length=150, label="Or to somebody else", help_text="Type part of their name."
    )

    def __init__(self, data: Any = None, *, person: User, keys: Iterable[str]):
        super().__init__(data, use_required_attribute=False)
        self.here = User.objects.here().of(person.trust).exclude(pk=person.pk)
        cast(forms.MultipleChoiceField, self.fields["things"]).choices = [(key, key) for key in keys]
        places = Membership.objects.filter(user=person, service__isnull=False).values("service")
        nearby = self.here.filter(memberships__service__in=places).values("pk")
        cast(forms.ModelChoiceField, self.fields["to"]).queryset = self.here.filter(pk__in=nearby).order_by("name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if named := cleaned.get("named", "").strip():
            cleaned["to"] = self._called(named)
        elif not cleaned.get("to") and "to" not in self.errors:
            self.add_error("to", "Choose who takes it over, or type a name below")
        return cleaned

    def _called(self, words: str) -> User | None:
        found = self.here
        for word in words.split():
            found = found.filter(name__icontains=word)
        there = list(found.order_by("name")[:4])
        if len(there) == 1:
            return there[0]
        names = ", ".join(one.name for one in there[:3]) + (" and others" if len(there) > 3 else "")
        several = f"Several are called that: {names}. Type more of the name"
        self.add_error("named", several if there else f"Nobody here is called “{words}”")
        return None
