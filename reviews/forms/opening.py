"""What is known of a review: what set it off, what it is about, who is in it, who may read it."""

from __future__ import annotations

from typing import Any

from django import forms

from knowledge.models import Guidance, Topic
from nhs_learning.people.models import Service, User
from nhs_learning.people.picking import Colleagues, PickingForm
from nhs_learning.people.roles import FACILITATE
from reviews.forms.picking import Subjects
from reviews.models import Review
from reviews.models.review import mark
from reviews.permissions import may_open_review
from routines.models import Pattern

#: The choice of no single service.
WHOLE_TRUST = "whole"
#: A desk review's own trigger is not offered for a meeting.
TRIGGERS = [choice for choice in Review.Trigger.choices if choice[0] != Review.Trigger.SUGGESTION]


class HeadForm(PickingForm):
    """The head of a review. ``people`` asks for facilitator and participants, too, as the opening does."""

    title = forms.CharField(
        label="What is it about?",
        max_length=250,
        help_text="A few words by which people will know it again. No names, no patient details.",
        error_messages={"required": "Say in a few words what it is about"},
    )
    trigger = forms.ChoiceField(
        label="What set it off?",
        choices=[("", "Choose"), *TRIGGERS],
        error_messages={"required": "Choose what set it off"},
    )
    theme = forms.ChoiceField(required=False, help_text="So that reviews about the same thing are found together.")
    service = forms.ChoiceField(error_messages={"required": "Choose a service"})
    outside_reference = forms.CharField(
        label="LFPSE or audit reference",
        max_length=60,
        required=False,
        help_text="The number under which it is recorded elsewhere. The incident itself is told there, not here.",
    )
    confidentiality = forms.ChoiceField(
        label="Who may read it?",
        choices=Review.Confidentiality.choices,
        widget=forms.RadioSelect,
        initial=Review.Confidentiality.TRUST,
        help_text="Until it is closed, those in it read it; with the last two, whoever leads the service can, too.",
        error_messages={"required": "Choose who may read it"},
    )

    def __init__(
        self,
        data: Any = None,
        *,
        user: User,
        review: Review | None = None,
        subject: Any = None,
        looking: bool = False,
        begins: dict[str, Any] | None = None,
        **more: Any,
    ):
        self.user, self.review = user, review
        super().__init__(data, looking=looking, initial=_known(review) if review else begins or {}, **more)
        fields: dict[str, Any] = self.fields
        fields["theme"].choices = [("", "None"), *((str(pk), name) for pk, name in _topics())]
        fields["service"].choices = places = self._places()
        if review is None and subject and str(subject.service_id) in dict(places):
            self.initial["service"] = str(subject.service_id)
        self.pick(
            "subject",
            Subjects(user),
            label="Guidance or routine",
            hint="Which of our guidance, or which way of reviewing, is it about? Type part of its title. "
            "Leave it empty if you don’t know yet.",
            chosen=[subject] if subject else [],
        )
        self._people()
        self.keep_typed()

    def _people(self) -> None:
        """Nobody is asked for while the details are changed."""

    def _places(self) -> list[tuple[str, str]]:
        """Where this person may run reviews, and where the review is already."""
        reached = self.user.reach.services(FACILITATE)
        here = {self.review.service_id} if self.review and self.review.service_id else set()
        places = Service.objects.of(self.user.trust).filter(pk__in=reached | here).as_tree()
        choices = [(str(place.pk), "\u2003" * place.depth + place.name) for place in places]
        whole = may_open_review(self.user, None) or (self.review and self.review.service_id is None)
        return [(WHOLE_TRUST, "The whole trust") if whole else ("", "Choose a service"), *choices]

    def clean_service(self) -> Service | None:
        chosen = self.cleaned_data["service"]
        service = None if chosen == WHOLE_TRUST else Service.objects.get(pk=chosen)
        stays = self.review and self.review.service_id == (service and service.pk)
        if not stays and not may_open_review(self.user, service):
            raise forms.ValidationError("Choose a service")
        return service

    def clean_theme(self) -> Topic | None:
        return Topic.objects.get(pk=self.cleaned_data["theme"]) if self.cleaned_data["theme"] else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("confidentiality") == Review.Confidentiality.SERVICE and not cleaned.get("service"):
            self.add_error("confidentiality", "Choose a service, or one of the other two")
        return cleaned

    def details(self) -> dict[str, Any]:
        """As the verbs of a review take them."""
        said = {name: self.cleaned_data[name] for name in _FIELDS}
        subject = self.cleaned_data["subject"]
        about = "guidance" if isinstance(subject, Guidance) else "routine"
        return {**said, "guidance": None, "routine": None, about: subject}


class OpenForm(HeadForm):
    """A new review: its head, who facilitates it, who else is in it. ``pattern``: what was noticed, that it looks into,
    from which its head is filled in."""

    def __init__(self, data: Any = None, *, pattern: Pattern | None = None, **more: Any):
        self.pattern = pattern
        if pattern:
            more |= {"subject": pattern.subject, "begins": _begins_with(pattern)}
        super().__init__(data, **more)

    def _people(self) -> None:
        colleagues = Colleagues(self.user.trust_id)
        self.pick(
            "facilitator",
            colleagues,
            label="Facilitator",
            hint="Type part of the name.",
            required="Say who facilitates it",
            chosen=[self.user],
        )
        self.pick(
            "participants",
            colleagues,
            label="Who else takes part?",
            hint="Type parts of names, with commas between. You can add people later, too.",
            many=True,
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        refuse_non_facilitator(self, cleaned.get("facilitator"), cleaned.get("service"))
        return cleaned

    def details(self) -> dict[str, Any]:
        facilitator = self.cleaned_data["facilitator"]
        others = [person for person in self.cleaned_data["participants"] if person != facilitator]
        return {**super().details(), "facilitator": facilitator, "participants": others, "pattern": self.pattern}


class DetailsForm(HeadForm):
    """The head of an open review, to be changed."""


class FacilitatorForm(PickingForm):
    """Who facilitates from now on."""

    def __init__(self, data: Any = None, *, review: Review, looking: bool = False):
        self.review = review
        super().__init__(data, looking=looking)
        self.pick(
            "facilitator",
            Colleagues(review.trust_id),
            label="Hand it over to",
            hint="Type part of the name of the colleague who facilitates it from now on.",
            required="Say who facilitates it from now on",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        refuse_non_facilitator(self, cleaned.get("facilitator"), self.review.service)
        return cleaned


class ParticipantsForm(PickingForm):
    """Who else takes part."""

    def __init__(self, data: Any = None, *, review: Review, looking: bool = False):
        super().__init__(data, looking=looking)
        self.pick(
            "people",
            Colleagues(review.trust_id),
            label="Who else takes part?",
            hint="Type parts of names, with commas between.",
            many=True,
            required="Type part of the name of somebody who takes part",
        )


def refuse_non_facilitator(form: PickingForm, person: User | None, service: Service | None) -> None:
    if person and not form.errors.get("facilitator_words") and not may_open_review(person, service):
        where = f"for {service.name}" if service else "for the whole trust"
        form.add_error("facilitator_words", f"{person.name} is no facilitator {where}: choose somebody who is")


_FIELDS = ("title", "trigger", "theme", "service", "outside_reference", "confidentiality")


def _begins_with(pattern: Pattern) -> dict[str, Any]:
    """What the pattern says already of a review that looks into it."""
    reason = pattern.get_reason_display()
    title = f"{pattern.named}: {reason[:1].lower()}{reason[1:]}"
    return {"title": title[:250], "trigger": Review.Trigger.PATTERN_OF_USE}


def _known(review: Review) -> dict[str, Any]:
    said = {name: getattr(review, name) for name in _FIELDS}
    return {**said, "theme": review.theme_id or "", "service": review.service_id or WHOLE_TRUST}


def head_mark(review: Review) -> str:
    """Tells one state of a review's head from another, so that two who change it at once are noticed."""
    return mark(repr([*_known(review).values(), review.guidance_id, review.routine_id]))


def _topics() -> Any:
    return Topic.objects.values_list("pk", "name")
