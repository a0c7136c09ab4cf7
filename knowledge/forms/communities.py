"""What people say of a community: what it is for, why they would like to join, who facilitates it next."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms

from knowledge.forms.fields import Text
from knowledge.forms.finders import Topics
from knowledge.models import Community
from nhs_learning.people.models import User
from nhs_learning.people.picking import Colleagues, PickingForm
from nhs_learning.record.forms import FreeTextForm


class CommunityForm(PickingForm):
    """A community, new or to be changed. ``seen`` tells with which state of it the page began."""

    name = forms.CharField(
        label="What is it called?",
        max_length=100,
        help_text="The subject, and who meets: “Diabetes link nurses”, say.",
        error_messages={"required": "Give it a name"},
    )
    purpose = Text(
        label="What is it for?",
        max_length=2000,
        help_text="What do you want to get better at together? Whom is it for, and what do you do?",
        error_messages={"required": "Say what it is for"},
    )
    joining = forms.ChoiceField(
        label="How does one join?",
        choices=Community.Joining.choices,
        widget=forms.RadioSelect,
        initial=Community.Joining.OPEN,
        error_messages={"required": "Choose how one joins"},
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, user: User, community: Community | None = None, looking: bool = False):
        self.user, self.community = user, community
        topics = list(community.topics.all()) if community else []
        super().__init__(data, looking=looking, initial=_known(community) if community else {})
        self.pick(
            "topics",
            Topics(),
            label="Topics",
            hint="Type parts of words, with commas between. Guidance and insights on these stand on its page.",
            many=True,
            chosen=topics,
        )
        self.keep_typed()

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        same = Community.objects.filter(trust=self.user.trust_id, name__iexact=name).open()
        if same.exclude(pk=self.community.pk if self.community else None).exists():
            raise forms.ValidationError("There is a community of that name already. Join it, or find another name")
        return name

    def said(self) -> dict[str, Any]:
        """As the verbs of a community take it."""
        return {name: self.cleaned_data[name] for name in ("name", "purpose", "joining", "topics")}


class JoinForm(FreeTextForm, forms.Form):
    why = Text(label="Why would you like to join?", max_length=300, required=False)


class HandOnForm(PickingForm):
    """Who facilitates from now on."""

    def __init__(self, data: Any = None, *, community: Community, looking: bool = False):
        super().__init__(data, looking=looking)
        self.pick(
            "to",
            Colleagues(community.trust_id),
            label="Who facilitates it from now on?",
            hint="Type part of the name. Ask them before you do this.",
            required="Say who facilitates it from now on",
        )


def mark(community: Community) -> str:
    """Tells one state of what is said of a community from another, so that two who change it at once are noticed."""
    said = [*_known(community, seen=False).values(), *sorted(topic.pk for topic in community.topics.all())]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _known(community: Community, *, seen: bool = True) -> dict[str, Any]:
    said = {name: getattr(community, name) for name in ("name", "purpose", "joining")}
    return {**said, "seen": mark(community)} if seen else said
