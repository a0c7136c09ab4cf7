"""What people say of a session: what is planned, why it is cancelled, how it went, what came of it."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms

from knowledge import meeting
from knowledge.forms.fields import Text, date_field
from knowledge.forms.finders import InForce
from knowledge.models import Guidance, Output, Session
from nhs_learning.people.models import Service, User
from nhs_learning.people.picking import Colleagues, PickingForm
from nhs_learning.record import clock
from nhs_learning.record.forms import FreeTextForm

#: As many letters as an agenda or the notes of a session have.
LONGEST = 20_000
_ASKED = ("title", "on", "begins", "minutes", "place", "purpose", "agenda")


class SessionForm(PickingForm):
    """A session that is to come, new or to be changed. ``seen`` is how often it had been saved."""

    title = forms.CharField(
        label="What is it about?", max_length=150, error_messages={"required": "Say in a few words what it is about"}
    )
    on = date_field(label="On which day?", error_messages={"required": "Say on which day", "invalid": "Give a date"})
    begins = forms.TimeField(
        label="When does it begin?",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": "Say when it begins", "invalid": "Give a time, such as 12:30"},
    )
    minutes = forms.IntegerField(
        label="How many minutes?",
        min_value=5,
        max_value=600,
        error_messages={
            "required": "Say how many minutes it takes",
            "invalid": "Give a number of minutes, such as 45",
            "min_value": "It takes 5 minutes at least",
            "max_value": "It takes 600 minutes at most: plan two sessions",
        },
    )
    place = forms.CharField(
        label="Where?", max_length=200, required=False, help_text="A room, or the address of a call."
    )
    purpose = Text(label="What do you want to find out?", max_length=2000, required=False)
    agenda = Text(
        label="Agenda", max_length=LONGEST, required=False, help_text="As the method has it: change what you like."
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        user: User,
        method: meeting.Method,
        session: Session | None = None,
        looking: bool = False,
    ):
        self.user, self.method, self.session = user, method, session
        super().__init__(data, looking=looking, initial=_known(session) if session else _as_it_begins(method))
        self.fields["on"].widget.input_type = "date"
        self.fields["begins"].widget.input_type = "time"
        if method.kind == meeting.COFFEE:
            self.fields["on"].label = "By which day do they meet?"
            self.fields["place"].label = "Where, if you know a place?"
        self._people()
        self.pick(
            "guidance",
            InForce(user),
            label="Is it about a piece of guidance?",
            hint="Type part of its title.",
            chosen=[about] if session and (about := guidance_of(user, session)) else [],
        )
        self.keep_typed()

    def _people(self) -> None:
        """Who is asked for while it is planned only."""

    def clean_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["on"]
        stays = self.session is not None and self.session.on == day
        if day < clock.today() and not stays:
            raise forms.ValidationError("That day is past: choose today or a later one")
        if day > clock.today() + datetime.timedelta(days=730):
            raise forms.ValidationError("That is more than two years away: choose an earlier day")
        return day

    def said(self) -> dict[str, Any]:
        """As the verbs of a session take it."""
        return {name: self.cleaned_data[name] for name in (*_ASKED, "guidance")}


class PlanForm(SessionForm):
    """A new session of a community, with who facilitates it."""

    def _people(self) -> None:
        self.pick(
            "facilitator",
            Colleagues(self.user.trust_id),
            label="Who facilitates it?",
            hint="Type part of the name.",
            required="Say who facilitates it",
            chosen=[self.user],
        )

    def said(self) -> dict[str, Any]:
        return {**super().said(), "facilitator": self.cleaned_data["facilitator"]}


class HarvestForm(PlanForm):
    """A session that gathers what one person knows before they leave: of which service, and who else is asked to it."""

    service = forms.ChoiceField(label="Of which service?", error_messages={"required": "Choose a service"})

    def __init__(self, data: Any = None, *, person: User, services: list[Service], **more: Any):
        self.person, self.services = person, {str(one.pk): one for one in services}
        super().__init__(data, **more)
        field: Any = self.fields["service"]
        field.choices = [(pk, one.name) for pk, one in self.services.items()]

    def _people(self) -> None:
        super()._people()
        self.pick(
            "invited",
            Colleagues(self.user.trust_id),
            label="Who else comes?",
            hint=f"{self.person.name} is asked anyway. Who will do the work afterwards? Who asks well? Type parts of "
            "names, with commas between.",
            many=True,
        )

    def said(self) -> dict[str, Any]:
        about = {"service": self.services[self.cleaned_data["service"]], "harvest_of": self.person}
        return {**super().said(), **about, "invited": self.cleaned_data["invited"]}


class CancelForm(FreeTextForm, forms.Form):
    why = Text(label="Why?", max_length=300, error_messages={"required": "Say why"})


class NotesForm(FreeTextForm, forms.Form):
    """How it went: the notes, and (by the button only) who came. ``seen`` is how often it had been saved."""

    notes = Text(label="What was said?", max_length=LONGEST, required=False)
    came = forms.MultipleChoiceField(label="Who came?", required=False, widget=forms.CheckboxSelectMultiple)
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, session: Session, people: list[User]):
        held = session.state == Session.State.HELD
        came = [str(one.user_id) for one in session.guests if (one.came if held else one.coming)]
        initial = {"notes": session.notes, "came": came, "seen": session.saves}
        super().__init__(data, initial=initial, use_required_attribute=False)
        self.people = {str(person.pk): person for person in people}
        field: Any = self.fields["came"]
        field.choices = [(pk, person.name) for pk, person in self.people.items()]
        self.fields["notes"].help_text = f"{session.method.asks} Nothing by which a patient could be known."

    def those_who_came(self) -> list[User]:
        return [self.people[pk] for pk in self.cleaned_data["came"]]


class OutputForm(PickingForm):
    """One thing that came of a session."""

    kind = forms.ChoiceField(
        label="What is it?",
        choices=Output.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what it is"},
    )
    text = Text(label="In a sentence or two", max_length=1000, error_messages={"required": "Say what came of it"})

    def __init__(self, data: Any = None, *, user: User, session: Session, looking: bool = False):
        super().__init__(data, looking=looking)
        kinds: Any = self.fields["kind"]
        if session.community_id is None:  # a question is put to a community
            kinds.choices = [choice for choice in Output.Kind.choices if choice[0] != Output.Kind.QUESTION]
        self.pick(
            "guidance",
            InForce(user),
            label="About which guidance?",
            hint="Type part of its title. A change needs to say what it changes.",
            chosen=[about] if (about := guidance_of(user, session)) else [],
        )
        self.keep_typed()

    def said(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("kind", "text", "guidance")}


def _known(session: Session) -> dict[str, Any]:
    said = {name: getattr(session, name) for name in _ASKED}
    return {**said, "begins": f"{session.begins:%H:%M}", "seen": session.saves}


def _as_it_begins(method: meeting.Method) -> dict[str, Any]:
    return {"begins": "12:30", "minutes": method.minutes, "agenda": method.agenda}


def guidance_of(user: User, session: Session) -> Guidance | None:
    """What a session is about, if this reader may see it."""
    return Guidance.objects.visible_to(user).filter(pk=session.guidance_id).select_related("trust", "service").first()
