"""What follows from a review: an action that is agreed, ended or handed over, and which guidance is to change."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms

from knowledge.forms.fields import Text, date_field
from nhs_learning.people.models import User
from nhs_learning.people.picking import Colleagues, PickingForm
from nhs_learning.record import clock
from nhs_learning.record.forms import FreeTextForm
from reviews.forms.picking import Subjects
from reviews.models import Action, Review


def _due(label: str) -> forms.DateField:
    asked = {"required": "Say by when", "invalid": "Give the date by which it is due"}
    return date_field(label=label, error_messages=asked)


def _not_past(due: datetime.date) -> datetime.date:
    if due < clock.today():
        raise forms.ValidationError("That date is past: give today’s or a later one")
    return due


class AgreeForm(PickingForm):
    """A new action."""

    what = Text(
        label="What will be done?",
        max_length=4000,
        error_messages={"required": "Say what will be done"},
        help_text="One thing that one person can see through.",
    )
    due = _due("By when?")
    measure = Text(
        label="How will we know that it worked?",
        max_length=2000,
        error_messages={"required": "Say how we will know that it worked"},
        help_text="What will be different, and how will we see it? For example: nine in ten charts are complete.",
    )

    def __init__(self, data: Any = None, *, review: Review, looking: bool = False):
        super().__init__(data, looking=looking)
        self.pick(
            "owner",
            Colleagues(review.trust_id),
            label="Who sees to it?",
            hint="One person. Type part of the name.",
            required="Say who sees to it",
        )
        self.keep_typed()

    def clean_due(self) -> datetime.date:
        return _not_past(self.cleaned_data["due"])


class EndForm(FreeTextForm, forms.Form):
    """It is done, or it will not be."""

    state = forms.ChoiceField(
        label="How did it end?",
        choices=[(Action.State.DONE, "It is done"), (Action.State.DROPPED, "It will not be done")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it is done"},
    )
    outcome = Text(
        label="What came of it?",
        max_length=4000,
        help_text="Did it work, by the measure above? If it won’t be done: why not?",
        error_messages={"required": "Say what came of it"},
    )


class HandOverForm(PickingForm):
    """Somebody else sees to it, or it takes longer."""

    due = _due("Due")

    def __init__(self, data: Any = None, *, action: Action, looking: bool = False):
        self.action = action
        super().__init__(data, looking=looking, initial={"due": action.due})
        self.pick(
            "owner",
            Colleagues(action.trust_id),
            label="Who sees to it?",
            hint="Type part of the name.",
            required="Say who sees to it",
            chosen=[action.owner],
        )
        self.keep_typed()

    def clean_due(self) -> datetime.date:
        due = self.cleaned_data["due"]
        return due if due == self.action.due else _not_past(due)


class SubjectForm(PickingForm):
    """Which guidance or routine is to change."""

    def __init__(self, data: Any = None, *, user: User, subject: Any = None, looking: bool = False):
        super().__init__(data, looking=looking)
        self.pick(
            "subject",
            Subjects(user),
            label="Which guidance or routine should change?",
            hint="Type part of its title.",
            required="Say which guidance or routine should change",
            chosen=[subject] if subject else [],
        )
