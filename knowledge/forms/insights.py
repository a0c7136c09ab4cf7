"""Shapes of what people tell each other: an insight, thanks for one, why one is withdrawn, who holds it next."""

from __future__ import annotations

from typing import Any

from django import forms

from knowledge.forms.fields import Text
from knowledge.models import Guidance, Insight, Topic
from nhs_learning.people.models import Service, User
from nhs_learning.people.picking import Colleagues, PickingForm
from nhs_learning.record.forms import FreeTextForm

LONGEST = 4000
#: What is filled in already, and folded away on the form.
FOLDED = ("statement", "topics", "service", "audience", "ask_me")
#: What has to be said before others may read it, and how that is asked for.
ASKED_FOR = {
    "title": "Say in a few words what it is about",
    "situation": "Say when it matters",
    "practice": "Say what you do",
    "why": "Say why it works, as far as you know",
}


class InsightForm(FreeTextForm, forms.Form):
    """An insight. Nothing is required before it is shared (``sharing``), so that a beginning can be kept."""

    kind = forms.ChoiceField(label="What is it?", choices=Insight.Kind.choices, widget=forms.RadioSelect)
    title = forms.CharField(label="What is it about?", max_length=150, required=False)
    situation = Text(
        label="When does it matter?",
        help_text="The situation, as a colleague would meet it. No names, no patient details.",
        max_length=LONGEST,
        required=False,
    )
    practice = Text(label="What do you do?", max_length=LONGEST, required=False)
    why = Text(label="Why does it work?", help_text="As far as you know.", max_length=LONGEST, required=False)
    when_not = Text(label="When doesn’t it?", max_length=LONGEST, required=False)
    relation = forms.ChoiceField(
        label="How does it stand to the guidance?", choices=Insight.Relation.choices, widget=forms.RadioSelect
    )
    statement = forms.ChoiceField(label="Which part of it?", required=False)
    topics = forms.MultipleChoiceField(label="Topics", required=False, widget=forms.CheckboxSelectMultiple)
    service = forms.ChoiceField(label="Of which service?")
    audience = forms.ChoiceField(label="Who may read it?", choices=Insight.Audience.choices, widget=forms.RadioSelect)
    ask_me = forms.BooleanField(label="Colleagues may ask me about this", required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(
        self,
        data: Any = None,
        *,
        user: User,
        guidance: Guidance | None,
        insight: Insight | None = None,
        sharing: bool = False,
        topic: str = "",
    ):
        """``topic``: the key of one that is ticked to begin with."""
        begun = _of(insight, user, guidance)
        begun["topics"] += [topic] if topic else []
        super().__init__(data, initial=begun, use_required_attribute=False)
        self.user, self.guidance = user, guidance
        self.services = {str(service.pk): service for service in user.tree()}
        self.vocabulary = {str(one.pk): one for one in Topic.objects.all()}
        for name, choices in (("service", self._services), ("statement", self._statements), ("topics", self._topics)):
            field: Any = self.fields[name]
            field.choices = choices()
        if guidance is None:
            del self.fields["relation"], self.fields["statement"]
        if data is None or sharing or (insight and insight.state == Insight.State.SHARED):
            for name, otherwise in ASKED_FOR.items():
                self.fields[name].required = True
                self.fields[name].error_messages["required"] = otherwise

    def _services(self) -> list[tuple[str, str]]:
        return [(pk, "\u2003" * getattr(one, "depth", 0) + one.name) for pk, one in self.services.items()]

    def _statements(self) -> list[tuple[str, str]]:
        if self.guidance is None or self.guidance.current is None:
            return []
        said = self.guidance.current.wordings.select_related("statement")
        return [("", "All of it"), *((str(one.statement_id), f"{one.number}: {one.text[:80]}") for one in said)]

    def _topics(self) -> list[tuple[str, str]]:
        return [(pk, one.name) for pk, one in self.vocabulary.items()]

    def chosen_topics(self) -> list[str]:
        """The names of those that are ticked, for the line under which the rest are folded."""
        ticked = set(map(str, self["topics"].value() or ()))
        return [one.name for pk, one in self.vocabulary.items() if pk in ticked]

    @property
    def unfolded(self) -> bool:
        """Is something amiss in what is folded away?"""
        return any(name in self.errors for name in FOLDED)

    def said(self) -> dict[str, Any]:
        """The fields as ``Insight.begin`` and ``edit`` take them."""
        given = dict(self.cleaned_data)
        given.pop("seen")
        about = {"guidance": self.guidance, "statement_id": given.pop("statement", "") or None}
        service = Service.objects.get(pk=self.services[given.pop("service")].pk)
        topics = [self.vocabulary[pk] for pk in given.pop("topics")]
        return {**given, "service": service, "topics": topics, **(about if self.guidance else {})}


class ThanksForm(FreeTextForm, forms.Form):
    how = Text(label="How did it help?", max_length=500, error_messages={"required": "Say in a word how it helped"})


class WithdrawForm(FreeTextForm, forms.Form):
    why = Text(label="Why?", max_length=500, error_messages={"required": "Say why"})


class HandOnForm(PickingForm):
    """To whom, and whether whoever hands it on goes on holding it (``mine``: they hold it now)."""

    instead = forms.ChoiceField(
        label="Who holds it then?",
        choices=[("yes", "They do, instead of me"), ("no", "They do, together with me")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who holds it then"},
    )

    def __init__(self, data: Any = None, *, insight: Insight, mine: bool, looking: bool = False):
        super().__init__(data, looking=looking, initial={"instead": "yes"})
        self.pick(
            "to",
            Colleagues(insight.trust_id),
            label="Who takes it on?",
            hint="A colleague who knows about it. Type part of the name.",
            required="Say who takes it on",
        )
        if not mine:
            del self.fields["instead"]
        self.keep_typed()

    def said(self) -> dict[str, Any]:
        """As ``Insight.hand_on`` takes it."""
        return {"to": self.cleaned_data["to"], "instead": self.cleaned_data.get("instead") == "yes"}


def _of(insight: Insight | None, user: User, guidance: Guidance | None) -> dict[str, Any]:
    """What the form begins with: what it says, or what is likely."""
    if insight is not None:
        apart = ("service", "statement", "topics", "seen")
        said = {name: getattr(insight, name) for name in InsightForm.base_fields if name not in apart}
        keys = {"service": insight.service_id, "statement": insight.statement_id or ""}
        return {**said, **keys, "topics": [one.pk for one in insight.topics.all()], "seen": insight.saves}
    mine = sorted(user.reach.own_services())
    home = mine[0] if mine else guidance and guidance.trust_id == user.trust_id and guidance.service_id
    likely = {"kind": Insight.Kind.TIP, "relation": Insight.Relation.EXPLAINS, "audience": Insight.Audience.TRUST}
    filed = [one.pk for one in guidance.topics.all()] if guidance else []
    return {**likely, "service": home or "", "topics": filed, "ask_me": True, "seen": 0}
