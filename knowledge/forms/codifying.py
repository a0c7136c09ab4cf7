"""Shapes of how an insight becomes guidance: proposed, taken up, or left as it is."""

from __future__ import annotations

from typing import Any

from django import forms

from knowledge.forms.fields import Text
from knowledge.forms.finders import InForce
from knowledge.models import Guidance, Insight
from nhs_learning.people.models import User
from nhs_learning.people.picking import PickingForm
from nhs_learning.record.forms import FreeTextForm


class ProposeForm(PickingForm):
    """Of what it should become part, and why."""

    place = forms.ChoiceField(
        label="What should it become?",
        choices=[("part", "Part of guidance that we have"), ("new", "Something new: there is no guidance on this yet")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what it should become"},
    )
    why = Text(
        label="Why?",
        max_length=2000,
        help_text="What would change for patients or for colleagues if everybody did this?",
        error_messages={"required": "Say why"},
    )

    def __init__(self, data: Any = None, *, user: User, insight: Insight, looking: bool = False):
        super().__init__(data, looking=looking, initial={"place": "part" if insight.guidance_id else None})
        finder = InForce(user)
        about = finder.known_as([str(insight.guidance_id)]) if data is None and insight.guidance_id else []
        which = "Say which guidance, or choose something new"
        hint = "Type part of its title. Leave it empty for something new."
        self.pick("guidance", finder, label="Which guidance?", hint=hint, required=which, chosen=about)
        self.keep_typed()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("place") == "new":
            cleaned["guidance"] = None
            self.errors.pop("guidance_words", None)
        return cleaned

    def said(self) -> dict[str, Any]:
        """As ``Codification.propose`` takes it."""
        return {name: self.cleaned_data[name] for name in ("guidance", "why")}


class TakeUpForm(forms.Form):
    """What kind of guidance the draft of something new is."""

    kind = forms.ChoiceField(label="As what?", choices=Guidance.Kind.choices, initial=Guidance.Kind.GUIDELINE)


class DeclineForm(FreeTextForm, forms.Form):
    why = Text(
        label="Why does it stay an insight?",
        max_length=500,
        help_text="Those who hold it, and who proposed it, read this.",
        error_messages={"required": "Say why"},
    )
