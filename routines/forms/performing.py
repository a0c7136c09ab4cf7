"""What is said of one time that a routine was done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from knowledge.forms.fields import Text
from nhs_learning.people.models import Service, User
from nhs_learning.record import clock
from nhs_learning.record.forms import FreeTextForm
from routines.models import Performance, Reason, Routine, RoutineRevision, Shift, Step, Variation


def where_done(routine: Routine, by: User) -> tuple[list[Service], Service | None]:
    """The services in which it can be done (its own and those beneath it, in their tree), and the one in which this
    person most likely did it: the only one of theirs among them, else the routine's own. No query once the person's
    roles are known."""
    tree, up_from = by.tree(), by.reach.up_from
    within = [one for one in tree if routine.service_id is None or routine.service_id in up_from(one.pk)]
    theirs = [one for one in within if one.pk in by.reach.own_services()]
    return within, theirs[0] if len(theirs) == 1 else next((s for s in within if s.pk == routine.service_id), None)


class PerformanceForm(FreeTextForm, forms.Form):
    """Which steps differed and how, and why. As described, there is nothing to say but when and where."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label="What was the reason?",
        choices=Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the reason that comes nearest"},
    )
    words = Text(
        label="In a few words",
        help_text="What did you do instead? Nothing about who was cared for, or who was on duty.",
        required=False,
        max_length=2000,
    )
    shift = forms.ChoiceField(label="Which shift?", choices=Shift.choices, widget=forms.RadioSelect, required=False)
    service = forms.TypedChoiceField(label="Where?", required=False, coerce=int, empty_value=None)

    def __init__(self, edition: RoutineRevision, how: str, by: User, data: Any = None):
        self.steps: list[Step] = list(edition.steps.all())
        self.places, likely = where_done(edition.routine, by)
        initial = {
            "seen": edition.pk,
            "shift": Shift.at(clock.now().astimezone().hour),
            "service": likely.pk if likely else "",
        }
        super().__init__(data, initial=initial, use_required_attribute=False)
        if len(self.places) > 1:
            self.fields["service"].choices = [  # type: ignore[attr-defined]
                ("", "I would rather not say"),
                *((one.pk, "– " * one.depth + one.name) for one in self.places),
            ]
        else:
            del self.fields["service"]
        if how == Performance.How.AS_DESCRIBED:
            for name in ("reason", "words"):
                del self.fields[name]
        else:
            self._ask_of_each_step()

    def _ask_of_each_step(self) -> None:
        choices = [("", "As described"), *Variation.How.choices]
        for step in self.steps:
            self.fields[f"step-{step.key}"] = forms.ChoiceField(
                label=step.what, choices=choices, widget=forms.RadioSelect, required=False
            )

    def of_steps(self) -> Iterable[tuple[Step, forms.BoundField]]:
        """Each step that is asked about, with its field."""
        return [(step, self[f"step-{step.key}"]) for step in self.steps if f"step-{step.key}" in self.fields]

    def said(self) -> dict[str, Any]:
        """As ``Performance.record`` takes it."""
        names: tuple[str, ...] = ("seen", "reason", "words", "shift")
        said: dict[str, Any] = {name: self.cleaned_data[name] for name in names if name in self.fields}
        steps = {step.key: self.cleaned_data.get(f"step-{step.key}", "") for step in self.steps}
        asked = "service" in self.fields and "service" in self.data  # one tap says nothing of it
        place = self.cleaned_data["service"] if asked else self.initial["service"]
        said["service"] = next((one for one in self.places if one.pk == place), None)
        return {**said, "steps": {key: how for key, how in steps.items() if how}}


class OtherwiseForm(forms.Form):
    """What of all that people said is shown."""

    reason = forms.ChoiceField(choices=[("", "Any reason"), *Reason.choices], required=False)
    step = forms.ChoiceField(label="Step that differed", required=False)
    worth = forms.BooleanField(label="Only what is worth spreading", required=False)

    def __init__(self, edition: RoutineRevision, data: Any):
        self.steps = list(edition.steps.all())
        super().__init__(data, auto_id="show-%s")
        steps = [(step.key, f"{step.number}. {step}") for step in self.steps]
        self.fields["step"].choices = [("", "Any step, or none"), *steps]  # type: ignore[attr-defined]
