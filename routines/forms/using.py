"""What is said of one time that guidance was used otherwise than it says, and of a pattern that is set aside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from knowledge.forms.fields import Text
from knowledge.models import Guidance
from nhs_learning.people.models import User
from nhs_learning.people.picking import PickingForm, numbers, titled
from nhs_learning.record.forms import FreeTextForm
from routines.models import Reason, Routine, Source


class RoutinesInForce:
    """How care is given and things are run, as it is in force in the person's trust."""

    none = "No routine in force here is called “%s”"
    another = "Another routine? Type part of its title"

    def __init__(self, user: User):
        self.routines = Routine.objects.visible_to(user).in_force().exclude(kind=Routine.Kind.LEARNING)

    def drawing_on(self, guidance: Guidance) -> list[Routine]:
        """Those whose edition in force draws on this guidance, or on a statement of it."""
        sources = Source.objects.on_guidance(guidance).in_force()
        return list(self.routines.filter(current__in=sources.values("revision")))

    def called(self, words: str) -> list[Routine]:
        return list(titled(self.routines, "title", words))

    def known_as(self, values: Iterable[str]) -> list[Routine]:
        known = numbers(values)
        return list(self.routines.filter(pk__in=known)) if known else []

    def value(self, thing: Routine) -> str:
        return str(thing.pk)

    def label(self, thing: Routine) -> str:
        return thing.title


class UseForm(PickingForm):
    """Why it was adapted, departed from, or doesn't apply; a free word; in which routine."""

    reason = forms.ChoiceField(
        label="Why?", choices=Reason.choices, widget=forms.RadioSelect, error_messages={"required": "Say why"}
    )
    words = Text(
        label="In a word, if you like",
        required=False,
        help_text="Never who was cared for. It is read without your name.",
    )

    def __init__(self, data: Any = None, *, user: User, guidance: Guidance, looking: bool = False):
        super().__init__(data, looking=looking)
        routines = RoutinesInForce(user)
        self.pick(
            "routine",
            routines,
            label="In which routine?",
            hint="Type part of its title, such as “huddle”.",
            offered=routines.drawing_on(guidance),
        )
        self.keep_typed()

    def said(self) -> dict[str, Any]:
        """As ``Use.record`` takes it."""
        return {name: self.cleaned_data[name] for name in ("reason", "words", "routine")}


class SetAsideForm(FreeTextForm, forms.Form):
    """Why a pattern needs no review."""

    why = Text(
        label="Why does it need no review?",
        help_text="For example: the new pump solved it; a change is suggested already.",
        error_messages={"required": "Say why it needs no review"},
    )
