"""Shapes of what people say of themselves: their profile, its topics, their photograph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms

from knowledge import photographs
from knowledge.forms.fields import Text
from knowledge.models import Expertise, Profile, Topic
from knowledge.models.profile import FIELDS
from knowledge.suggesting import Suggestion
from nhs_learning.people.models import User
from nhs_learning.record.forms import FreeTextForm

#: How many rows stand empty below the topics that were chosen, and how many there are at most.
EMPTY, MOST_ROWS = 3, 60
#: How somebody says how they stand to a topic.
STANDINGS = [
    (Expertise.Standing.LEADING.value, "I lead on it"),
    (Expertise.Standing.PRACTISING.value, "I do it"),
    (Expertise.Standing.LEARNING.value, "I am learning it"),
]


class ProfileForm(FreeTextForm, forms.Form):
    """What a person says of themselves. ``pairs`` are the rows of topics, each with how they stand to it."""

    job_title = forms.CharField(label="Job title", max_length=100, required=False)
    profession = forms.CharField(
        label="Profession", max_length=100, required=False, help_text="For example nurse, doctor, pharmacist."
    )
    about = Text(
        label="What would you like colleagues to know?",
        help_text="What you do, what you have done before, what you like to be asked. Nothing about patients.",
        max_length=2000,
        required=False,
    )
    reach = forms.CharField(
        label="How do colleagues reach you?",
        max_length=150,
        required=False,
        help_text="For example bleep 2214, or the office on ward 7. Colleagues have your e-mail address anyway.",
    )
    pattern = forms.CharField(
        label="When do you work?", max_length=150, required=False, help_text="For example Monday to Thursday."
    )
    takes_questions = forms.BooleanField(
        label="Colleagues may ask me",
        required=False,
        help_text="Take the tick away, and nobody is told to ask you. Your page stays.",
    )
    suggested = forms.MultipleChoiceField(
        label="Be asked about these, too?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="A tick says that you do it. Further down you can say that you lead on it, or are learning it.",
    )
    rows = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_ROWS)
    seen = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(
        self,
        data: Any = None,
        *,
        user: User,
        profile: Profile | None,
        knows: Mapping[int, str],
        suggestions: list[Suggestion],
    ):
        """``knows``: what the person is asked about already, topics' ids with the standing."""
        self.topics = {str(topic.pk): topic for topic in Topic.objects.all()}
        held = [(str(pk), standing) for pk, standing in knows.items()]
        number = _rows(data, len(held) + EMPTY)
        super().__init__(data, initial=_of(user, profile, number), use_required_attribute=False)
        self._offer(suggestions, data, knows)
        self._lay_out(held, number)

    def _offer(self, suggestions: list[Suggestion], data: Any, knows: Mapping[int, str]) -> None:
        """Offer what is not theirs yet; what was ticked a moment ago may have been saved meanwhile."""
        field: Any = self.fields["suggested"]
        shown = [one for one in suggestions if data is not None or one.topic not in knows]
        field.choices = [(str(one.topic), f"{one.name}: {one.why}") for one in shown]

    def _lay_out(self, held: list[tuple[str, str]], number: int) -> None:
        topics = [("", "Choose a topic"), *((pk, topic.name) for pk, topic in self.topics.items())]
        for row in range(number):
            topic, standing = held[row] if row < len(held) else ("", Expertise.Standing.PRACTISING.value)
            self.fields[f"topic_{row}"] = forms.ChoiceField(
                label="Topic", choices=topics, required=False, initial=topic
            )
            self.fields[f"standing_{row}"] = forms.ChoiceField(
                label="How do you stand to it?", choices=STANDINGS, required=False, initial=standing
            )
        self.number = number

    def pairs(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        for row in range(self.number):
            yield self[f"topic_{row}"], self[f"standing_{row}"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        named: set[str] = set()
        for row in range(self.number):
            topic = cleaned.get(f"topic_{row}")
            if topic and topic in named:
                self.add_error(f"topic_{row}", f"{self.topics[topic].name} is there twice: choose one of the two")
            named.add(topic or "")
        return cleaned

    def knows(self) -> dict[Topic, str]:
        """Every topic that was chosen or ticked, with the standing; a ticked one is what they do."""
        given, usual = self.cleaned_data, Expertise.Standing.PRACTISING.value
        ticked = {self.topics[pk]: usual for pk in given["suggested"] if pk in self.topics}
        chosen = [(given[f"topic_{row}"], given[f"standing_{row}"] or usual) for row in range(self.number)]
        return {**ticked, **{self.topics[pk]: standing for pk, standing in chosen if pk}}

    def said(self) -> dict[str, Any]:
        """What ``Profile.write`` takes."""
        return {name: self.cleaned_data[name] for name in FIELDS}

    def described(self) -> dict[str, str]:
        """What ``User.describe`` takes, of what is not as it was."""
        names = ("job_title", "profession")
        return {name: self.cleaned_data[name] for name in names if name in self.changed_data}


def _rows(data: Any, otherwise: int) -> int:
    """How many rows the page had that was sent back."""
    sent = data.get("rows", "") if data is not None else ""
    return min(int(sent), MOST_ROWS) if sent.isdecimal() and len(sent) < 4 else otherwise


def _of(user: User, profile: Profile | None, number: int) -> dict[str, Any]:
    said = {name: getattr(profile, name) for name in FIELDS} if profile else {}
    seen = profile.saves if profile else 0
    who = {"job_title": user.job_title, "profession": user.profession}
    return {"takes_questions": True, **who, **said, "seen": seen, "rows": number}


class PhotoForm(forms.Form):
    """A photograph. After validation ``cleaned_data["photo"]`` is a small JPEG, in bytes."""

    photo = forms.FileField(
        label="Choose a photograph",
        help_text="JPEG, PNG or WebP, at most 5 MB. It is cut to a small square, without where and when it was taken.",
        error_messages={"required": "Choose a photograph first", "empty": "That file is empty: choose another"},
        max_length=300,
    )

    def clean_photo(self) -> bytes:
        try:
            return photographs.small(self.cleaned_data["photo"])
        except photographs.Unusable as why:
            raise forms.ValidationError(str(why)) from why
