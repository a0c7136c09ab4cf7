"""Shapes of what people write about guidance in force: how a service stands, and that a review is done or put off."""

from __future__ import annotations

import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms

from knowledge.forms.fields import Text, date_field
from knowledge.models import Assessment, Guidance
from knowledge.models.assessment import ASKS_FOR_ACTION
from knowledge.standing import Place
from nhs_learning.record import clock
from nhs_learning.record.forms import FreeTextForm

#: How long a review holds where the trust has set no interval, in months; and no review holds longer than this unless
#: the trust's own interval is longer. Three years is the common maximum of trusts.
REVIEW_MONTHS = 36
#: By how much a review date may be put off at most, and by how much it usually is, in months.
LONGEST_EXTENSION, USUAL_EXTENSION = 12, 6


class AssessmentForm(FreeTextForm, forms.Form):
    """How one service stands against one standard. Left as it began, it is no answer, and nothing is asked of it."""

    standing = forms.ChoiceField(choices=Assessment.Standing.choices, widget=forms.RadioSelect)
    evidence = Text(
        max_length=4000, help_text="What shows it? For example an audit, its figures and date. No patient details."
    )
    action = Text(label="What will be done", max_length=2000, required=False)
    due = date_field(label="By when", required=False)
    still_so = forms.BooleanField(label="I have read the new wording, and this still holds", required=False)

    def __init__(self, data: Any = None, *, place: Place, began: dict[str, Any] | None = None):
        """``began`` is what the person's form began with, where that is no longer how the service stands."""
        wording = place.wording
        initial = answer(place) if began is None else began
        super().__init__(
            data, initial=initial, prefix=wording.statement.key, empty_permitted=True, use_required_attribute=False
        )
        self.name = f"Standard {wording.number}"
        if not place.words_changed:
            del self.fields["still_so"]
        self.fields["standing"].error_messages["required"] = (
            f"{self.name}: choose how {place.service.name} stands against it"
        )
        self.fields["evidence"].error_messages["required"] = f"{self.name}: say what shows it"
        self.fields["due"].error_messages["invalid"] = f"{self.name}: give the date by which it will be done"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("standing") not in ASKS_FOR_ACTION:
            return {**cleaned, "action": "", "due": None}
        if not cleaned.get("action") and "action" not in self.errors:
            self.add_error("action", f"{self.name}: say what will be done about it")
        due = cleaned.get("due")
        if not due and "due" not in self.errors:
            self.add_error("due", f"{self.name}: say by when it will be done")
        elif due and due < clock.today() and due != self.initial.get("due"):
            self.add_error("due", f"{self.name}: that date is past; give today's or a later one")
        return cleaned


def answer(said: Place | Assessment) -> dict[str, Any]:
    """What a form holds of an assessment; nothing where there is none yet."""
    if said.pk is None:
        return {}
    return {name: getattr(said, name) for name in ("standing", "evidence", "action", "due")}


class _ReviewDateForm(FreeTextForm, forms.Form):
    """Why, and when the review is due next. ``bounds`` are the first and the last day it may be."""

    why = Text(label="Why", max_length=2000, error_messages={"required": "Say why"})
    next_due = date_field(
        label="Next review due",
        error_messages={
            "required": "Say when the review is due next",
            "invalid": "Give the date on which the review is due next",
        },
    )

    def __init__(self, data: Any = None, *, guidance: Guidance):
        self.bounds, usual = self.dates(guidance)
        super().__init__(data, initial={"next_due": usual}, use_required_attribute=False)
        self.fields["next_due"].help_text = f"Up to {_in_words(self.bounds[1])}"

    def dates(self, guidance: Guidance) -> tuple[tuple[datetime.date, datetime.date], datetime.date]:
        raise NotImplementedError

    def clean_next_due(self) -> datetime.date:
        first, last = self.bounds
        due = self.cleaned_data["next_due"]
        if due < first:
            raise forms.ValidationError(f"Next review due must be {_in_words(first)} or later")
        if due > last:
            raise forms.ValidationError(f"Next review due must be {_in_words(last)} or earlier")
        return due


class ConfirmForm(_ReviewDateForm):
    """Reviewed and still correct."""

    def __init__(self, data: Any = None, *, guidance: Guidance):
        super().__init__(data, guidance=guidance)
        self.fields["why"].label = "How do you know that it is still correct?"
        self.fields["why"].help_text = "For example what you read, whom you asked, what an audit showed."
        self.fields["why"].error_messages["required"] = "Say how you know that it is still correct"

    def dates(self, guidance: Guidance) -> tuple[tuple[datetime.date, datetime.date], datetime.date]:
        today = clock.today()
        usual = today + relativedelta(months=guidance.review_interval or REVIEW_MONTHS)
        last = max(usual, today + relativedelta(months=REVIEW_MONTHS))
        return (today + datetime.timedelta(days=1), last), usual


class ExtendForm(_ReviewDateForm):
    """The review is given longer."""

    def __init__(self, data: Any = None, *, guidance: Guidance):
        super().__init__(data, guidance=guidance)
        self.fields["why"].label = "Why does the review need longer?"
        self.fields["why"].help_text = "And why is it safe to follow this until then?"
        self.fields["why"].error_messages["required"] = "Say why the review needs longer"

    def dates(self, guidance: Guidance) -> tuple[tuple[datetime.date, datetime.date], datetime.date]:
        start = max(clock.today(), guidance.review_due or clock.today())
        usual, last = (start + relativedelta(months=months) for months in (USUAL_EXTENSION, LONGEST_EXTENSION))
        return (start + datetime.timedelta(days=1), last), usual


def _in_words(day: datetime.date) -> str:
    return f"{day.day} {day:%B %Y}"
