"""Shapes of a question, of what is said in answer, and of what was learned."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django import forms

from knowledge.forms.fields import Text
from knowledge.models import Community, Conversation, Guidance
from knowledge.permissions import may_ask, may_ask_community
from knowledge.whom import Colleague
from nhs_learning.people.models import Service, User
from nhs_learning.people.picking import Colleagues, PickingForm, numbers, titled
from nhs_learning.people.verdicts import Verdict
from nhs_learning.record.forms import FreeTextForm

#: What somebody may write at most, in characters.
LONGEST = 4000
#: What is said beside each field in which a patient could be named.
ADVICE = "No names of patients, nothing by which anybody could be known."
Askable = User | Colleague | Community


class WhomToAsk:
    """Colleagues, and communities where they can be asked, too: the likely ones with the reason why."""

    none = "Nobody here is called “%s”"
    another = "Somebody else? Type part of the name"

    def __init__(self, reader: User, *, likely: Sequence[Askable] = (), communities: bool = False):
        self.colleagues = Colleagues(reader.trust_id)
        self.colleagues.here = self.colleagues.here.exclude(pk=reader.pk)
        open_ones = Community.objects.visible_to(reader).open()
        self.communities = open_ones if communities else Community.objects.none()
        self.hints = {self.value(one): _why(one) for one in likely}

    def called(self, words: str) -> list[Any]:
        return [*self.colleagues.called(words), *titled(self.communities, "name", words)]

    def known_as(self, values: Iterable[str]) -> list[Any]:
        asked = [value.partition("-") for value in values]
        people = self.colleagues.known_as(number for kind, _, number in asked if kind == "person")
        communities = numbers(number for kind, _, number in asked if kind == "community")
        return [*people, *(self.communities.filter(pk__in=communities) if communities else ())]

    def value(self, thing: Askable) -> str:
        return f"{'community' if isinstance(thing, Community) else 'person'}-{thing.pk}"

    def label(self, thing: Askable) -> str:
        if isinstance(thing, Community):
            return f"{thing.name} (all its members)"
        away = thing.away_until if isinstance(thing, User) and thing.is_away else None
        said = ", ".join(filter(None, (thing.name, thing.job_title)))
        return f"{said} (away until {away.day} {away:%B %Y})" if away else said

    def hint(self, value: str) -> str:
        """Why somebody is likely to know."""
        return self.hints.get(value, "")


def _why(one: Askable) -> str:
    said = one.purpose if isinstance(one, Community) else ", ".join(one.reasons) if isinstance(one, Colleague) else ""
    return said[:1].upper() + said[1:]


class _ToForm(PickingForm):
    """Chooses whom to ask. ``likely`` are offered; ``chosen`` is chosen as the page is shown."""

    def __init__(
        self,
        data: Any = None,
        *,
        user: User,
        label: str,
        likely: Sequence[Askable] = (),
        chosen: Sequence[Askable] = (),
        about: tuple[Guidance | None, Iterable[int]] = (None, ()),
        asked: Collection[int] = (),
        communities: bool = False,
        **more: Any,
    ):
        self.user, self.about, self.asked = user, about, asked
        super().__init__(data, **more)
        finder = WhomToAsk(user, likely=[*chosen, *likely], communities=communities)
        offered = [] if chosen and data is None else likely
        hint = f"Type part of the name of a colleague{' or a community' if communities else ''}."
        required = "Say whom to ask"
        self.pick("to", finder, label=label, hint=hint, required=required, chosen=chosen, offered=offered)
        self.keep_typed()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (to := cleaned.get("to")) is not None:
            verdict, person = self._may_be_asked(to)
            cleaned["to"] = person
            if not verdict:
                self.add_error("to_words", verdict.reason)
        return cleaned

    def _may_be_asked(self, to: Askable) -> tuple[Verdict, User | Community]:
        if isinstance(to, Community):
            return may_ask_community(self.user, to), to
        person = User.objects.get(pk=to.pk) if isinstance(to, Colleague) else to
        if person.pk in self.asked:
            return Verdict(False, f"{person.name} was asked already. Please choose somebody else."), person
        guidance, topics = self.about
        return may_ask(self.user, person, guidance=guidance, topics=topics), person


class AskForm(_ToForm):
    """A question, and whom it is put to."""

    question = forms.CharField(
        label="Your question, in one line",
        max_length=150,
        error_messages={"required": "Say in one line what you would like to know"},
    )
    detail = Text(
        label="Anything that helps to answer it",
        help_text=f"What you have tried or read, and what puzzles you. {ADVICE}",
        max_length=LONGEST,
        required=False,
    )
    opened = forms.BooleanField(
        label="Colleagues of the trust may read it once it is answered and closed",
        help_text="It helps the next person who asks. Either of you can still keep it between you.",
        required=False,
    )

    def __init__(self, data: Any = None, *, chosen: Sequence[Askable] = (), **more: Any):
        begun = {"opened": any(isinstance(one, Community) for one in chosen)}
        super().__init__(data, label="Whom do you ask?", chosen=chosen, communities=True, initial=begun, **more)

    def asked_of(self) -> dict[str, Any]:
        """The fields as ``Conversation.ask`` takes them."""
        said = {name: self.cleaned_data[name] for name in ("question", "detail", "opened")}
        to = self.cleaned_data["to"]
        return {**said, ("community" if isinstance(to, Community) else "to"): to}


class PassOnForm(_ToForm):
    """Who could answer better, and why."""

    why = forms.CharField(
        label="Why them?",
        help_text="In a few words. Whoever asked reads it.",
        max_length=300,
        error_messages={"required": "Say in a few words why they could answer it better"},
    )

    def __init__(self, data: Any = None, **more: Any):
        super().__init__(data, label="Who could answer it better?", **more)


class AskNextForm(_ToForm):
    """Whom to ask instead."""

    def __init__(self, data: Any = None, **more: Any):
        super().__init__(data, label="Whom do you ask instead?", **more)


class SayForm(FreeTextForm, forms.Form):
    text = Text(help_text=ADVICE, max_length=LONGEST, error_messages={"required": "Write a word first"})

    def __init__(self, data: Any = None, *, label: str = "Say more"):
        super().__init__(data, use_required_attribute=False)
        self.fields["text"].label = label


class LessonForm(FreeTextForm, forms.Form):
    lesson = Text(
        label="What did you learn?",
        help_text=f"A line or two. You both see what the other says. {ADVICE}",
        max_length=1000,
        error_messages={"required": "Say in a line what you learned"},
    )


class InsightServiceForm(forms.Form):
    """In which service the two tell it."""

    service = forms.ChoiceField(label="Of which service is it?", error_messages={"required": "Choose a service"})

    def __init__(self, data: Any = None, *, user: User, conversation: Conversation):
        self.services = {str(one.pk): one for one in user.tree()}
        super().__init__(data, initial={"service": _likely_service(user, conversation)}, use_required_attribute=False)
        choices = [(pk, "\u2003" * getattr(one, "depth", 0) + one.name) for pk, one in self.services.items()]
        field: Any = self.fields["service"]
        field.choices = choices

    def clean_service(self) -> Service:
        return Service.objects.get(pk=self.services[self.cleaned_data["service"]].pk)


def _likely_service(user: User, conversation: Conversation) -> int | str:
    """That of the guidance, if it is the trust's own; otherwise the reader's."""
    guidance, mine = conversation.guidance, sorted(user.reach.own_services())
    if guidance is not None and guidance.trust_id == user.trust_id:
        return guidance.service_id
    return mine[0] if mine else ""
