"""Shapes of what people tell each other: an insight, thanks for one, why one is withdrawn."""

from __future__ import annotations

from typing import Any

from django import forms

from knowledge.forms.fields import Text
from knowledge.models import Guidance, Insight
from nhs_learning.people.models import Service, User
from nhs_learning.record.forms import FreeTextForm

LONGEST = 4000
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
    ):
        super().__init__(data, initial=_of(insight, user, guidance), use_required_attribute=False)
        self.user, self.guidance = user, guidance
        self.services = {str(service.pk): service for service in user.tree()}
        for name in ("service", "statement"):
            field: Any = self.fields[name]
            field.choices = self._services() if name == "service" else self._statements()
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

    def said(self) -> dict[str, Any]:
        """The fields as ``Insight.begin`` and ``edit`` take them."""
        given = dict(self.cleaned_data)
        given.pop("seen")
        about = {"guidance": self.guidance, "statement_id": given.pop("statement", "") or None}
        service = Service.objects.get(pk=self.services[given.pop("service")].pk)
        return {**given, "service": service, **(about if self.guidance else {})}


class ThanksForm(FreeTextForm, forms.Form):
    how = Text(label="How did it help?", max_length=500, error_messages={"required": "Say in a word how it helped"})


class WithdrawForm(FreeTextForm, forms.Form):
    why = Text(label="Why?", max_length=500, error_messages={"required": "Say why"})


def _of(insight: Insight | None, user: User, guidance: Guidance | None) -> dict[str, Any]:
    """What the form begins with: what it says, or what is likely."""
    if insight is not None:
        names = [field for field in InsightForm.base_fields if field not in ("service", "statement", "seen")]
        said = {name: getattr(insight, name) for name in names}
        return {**said, "service": insight.service_id, "statement": insight.statement_id or "", "seen": insight.saves}
    mine = sorted(user.reach.own_services())
    home = mine[0] if mine else guidance and guidance.trust_id == user.trust_id and guidance.service_id
    likely = {"kind": Insight.Kind.TIP, "relation": Insight.Relation.EXPLAINS, "audience": Insight.Audience.TRUST}
    return {**likely, "service": home or "", "ask_me": True, "seen": 0}
