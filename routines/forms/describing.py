"""What is known of a routine beside its text: its kind, where it is done, whose it is; and why it is withdrawn."""

from __future__ import annotations

from typing import Any

from django import forms

from knowledge.forms.fields import Text
from knowledge.forms.finders import Topics
from nhs_learning.people.models import Service, Trust, User
from nhs_learning.people.picking import Colleagues, PickingForm
from nhs_learning.record.forms import FreeTextForm
from routines.models import Routine
from routines.permissions import may_begin_learning_routine

#: What each kind is, for whoever begins one.
KINDS = {
    Routine.Kind.CARE: "Care: what we do with and for patients, such as a handover or a sepsis huddle",
    Routine.Kind.OPERATIONAL: "Operational: what keeps the work going, such as a bed meeting or a rota",
    Routine.Kind.LEARNING: "Learning: how we look back and learn. Its questions are the form of reviews held this way",
}


class NewRoutineForm(FreeTextForm, forms.Form):
    """What a routine is called, what kind it is and where it is done, before it is written."""

    title = forms.CharField(
        label="What do you call it?",
        max_length=250,
        help_text="As people say it on the ward, such as “Theatre brief”.",
        error_messages={"required": "Say what you call it"},
    )
    kind = forms.ChoiceField(
        label="What kind of routine is it?",
        widget=forms.RadioSelect,
        initial=Routine.Kind.CARE,
        error_messages={"required": "Choose what kind of routine it is", "invalid_choice": "Choose one of these kinds"},
    )
    service = forms.ChoiceField(label="Where is it done?", required=False)

    def __init__(self, data: Any = None, *, user: User):
        super().__init__(data, use_required_attribute=False)
        self.user, fields = user, dict[str, Any](self.fields)
        learning = may_begin_learning_routine(user)
        fields["kind"].choices = [(kind, said) for kind, said in KINDS.items() if learning or kind != "learning"]
        fields["service"].choices = _places(user.trust)
        own = sorted(user.reach.own_services())
        fields["service"].initial = str(own[0]) if own else ""

    def said(self) -> dict[str, Any]:
        """As ``Routine.begin`` takes it."""
        about = {name: self.cleaned_data[name] for name in ("title", "kind")}
        return {**about, "service": _service(self.cleaned_data["service"], self.user.trust)}


class DescribeForm(PickingForm):
    """Whose a routine is, where it is done, what it is filed under."""

    service = forms.ChoiceField(label="Where is it done?", required=False)

    def __init__(self, data: Any = None, *, routine: Routine, looking: bool = False):
        super().__init__(data, looking=looking, initial={"service": str(routine.service_id or "")})
        self.routine, colleagues = routine, Colleagues(routine.trust_id)
        fields: dict[str, Any] = self.fields
        fields["service"].choices = _places(routine.trust)
        name = "Type part of the name."
        self.pick(
            "owner", colleagues, label="Owner", hint=name, required="Say whose it is", chosen=_here(routine.owner)
        )
        self.pick("deputy", colleagues, label="Deputy", hint=name, chosen=_here(routine.deputy))
        topics = "Type a word of the vocabulary. Several with commas between."
        self.pick("topics", Topics(), label="Topics", hint=topics, many=True, chosen=list(routine.topics.all()))
        self.keep_typed()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned["owner"] and cleaned["owner"] == cleaned["deputy"]:
            self.add_error("deputy_words", "The deputy is somebody else than the owner: choose another, or None")
        return cleaned

    def said(self) -> dict[str, Any]:
        """As ``Routine.describe`` takes it."""
        people = {name: self.cleaned_data[name] for name in ("owner", "deputy", "topics")}
        return {**people, "service": _service(self.cleaned_data["service"], self.routine.trust)}


class WithdrawRoutineForm(FreeTextForm, forms.Form):
    why = Text(
        label="Why is it withdrawn?",
        max_length=2000,
        help_text="And what do people do instead? Everybody who opens its page reads this.",
        error_messages={"required": "Say why it is withdrawn"},
    )


def _places(trust: Trust | None) -> list[tuple[str, str]]:
    """The services of a trust, each beneath its parent."""
    tree = Service.objects.of(trust).as_tree()
    return [("", "The whole trust"), *((str(one.pk), "\u2003" * one.depth + one.name) for one in tree)]


def _service(chosen: str, trust: Trust | None) -> Service | None:
    return Service.objects.of(trust).get(pk=chosen) if chosen else None


def _here(person: User | None) -> list[User]:
    """Somebody who has left is no longer chosen."""
    return [person] if person and person.is_active else []
