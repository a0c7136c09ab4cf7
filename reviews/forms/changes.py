"""What people say of a change: when they send it, decide on it, or settle how its loop was read."""

from __future__ import annotations

from typing import Any

from django import forms

from knowledge import loops
from knowledge.comparing import Differences
from knowledge.forms.fields import Text, date_field
from knowledge.models import Revision
from nhs_learning.record import clock
from nhs_learning.record.forms import FreeTextForm
from reviews.models import Change, Decision, Review

_LOOPS = [(loop.name, f"{loop.label}: {loop.meaning}") for loop in loops.LOOPS.values()]
_VARIABLES = [("", "Choose one"), *loops.VARIABLE_CHOICES]
#: As much of a governing text as is put down for a start.
MOST_LETTERS = 1500


class GoverningForm(FreeTextForm, forms.Form):
    """One thing that the change redefines."""

    variable = forms.ChoiceField(
        label="What is redefined", choices=_VARIABLES, error_messages={"required": "Choose what is redefined"}
    )
    was = Text(label="As it was", max_length=4000, error_messages={"required": "Say how it was"})
    becomes = Text(label="As it becomes", max_length=4000, error_messages={"required": "Say how it becomes"})


class _GoverningRows(forms.BaseFormSet):
    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Take this one out"

    def named(self) -> list[tuple[str, str, str]]:
        """(variable, was, becomes) of each row that is filled in."""
        rows = [form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", None)]
        return [(row["variable"], row["was"], row["becomes"]) for row in rows if not row.get("DELETE")]

    def name_something(self, loop: str) -> bool:
        """Does a row name what such a loop redefines?"""
        return any(variable in loops.VARIABLES[loop] for variable, _, _ in self.named())


def names_what_it_redefines(form: forms.Form, rows: Any) -> bool:
    """A double-loop or meta-learning change names what it redefines, of its own kind; otherwise the form says so."""
    loop = form.cleaned_data["loop"]
    if loop not in loops.VARIABLES:
        return True
    if not rows.is_valid():
        return False
    if not rows.name_something(loop):
        label = loops.LOOPS[loop].label
        form.add_error("loop", f"{label}: name at least one thing that it redefines, before and after")
        return False
    return True


GoverningRows = forms.formset_factory(
    GoverningForm, formset=_GoverningRows, extra=1, can_delete=True, max_num=12, absolute_max=12
)


class ProposalForm(FreeTextForm, forms.Form):
    """What a change is and why, as its author sends it."""

    what = Text(
        label="What changes?",
        max_length=2000,
        help_text="In a sentence or two, as you would tell a colleague.",
        error_messages={"required": "Say what changes"},
    )
    why = Text(
        label="Why?",
        max_length=2000,
        help_text="What did you see, read or hear? This stands on the page when the change is in force.",
        error_messages={"required": "Say why"},
    )
    trigger = forms.ChoiceField(label="What led to it?", choices=Review.Trigger.choices)
    significance = forms.ChoiceField(
        label="How much does it matter to those who follow it?",
        choices=Revision.Significance.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say how much it matters"},
    )
    loop = forms.ChoiceField(
        label="What kind of learning is it?",
        choices=_LOOPS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what kind of learning it is"},
    )
    loop_reason = Text(
        label="If you choose another than suggested: why?",
        max_length=2000,
        required=False,
    )
    publish_on = date_field(
        label="From when?", required=False, help_text="Leave empty to have it in force as soon as it is approved."
    )

    def __init__(self, data: Any = None, *, change: Change, differences: Differences, reason: str = ""):
        """``reason``: why, in the words of those who asked for it, where nobody has said so yet."""
        self.change, self.differences = change, differences
        self.suggested = suggested = change.suggestion(differences=differences)
        initial = {
            "what": change.what,
            "why": change.why or reason,
            "trigger": change.review.trigger,
            "significance": change.edition.significance,
            "loop": change.loop or suggested.loop,
            "loop_reason": change.loop_reason,
            "publish_on": change.publish_on,
        }
        super().__init__(data, initial=initial, use_required_attribute=False)
        if not change.review.desk:
            del self.fields["trigger"]

    def clean_publish_on(self) -> Any:
        day = self.cleaned_data["publish_on"]
        if day and day < clock.today():
            raise forms.ValidationError("That day is past. Give today's or a later one, or leave it empty")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        loop, significance = cleaned.get("loop"), cleaned.get("significance")
        if loop and significance:
            suggested = self.change.suggestion(significance=significance, differences=self.differences)
            if loop == suggested.loop:
                cleaned["loop_reason"] = ""
            elif not cleaned.get("loop_reason") and "loop_reason" not in self.errors:
                label = loops.LOOPS[suggested.loop].label.lower()
                self.add_error("loop_reason", f"From what changed it looks like {label}. Say why you see it otherwise")
        return cleaned


class DecisionForm(FreeTextForm, forms.Form):
    """One approver's reading and verdict. ``fingerprint`` is of what they were shown."""

    # No text that anybody typed: among 64 hexadecimal digits there is, now and then, what passes as an NHS number.
    fingerprint = forms.Field(widget=forms.HiddenInput)
    reading = forms.ChoiceField(
        label="How do you read it?",
        choices=_LOOPS,
        widget=forms.RadioSelect,
        help_text="Your own reading. You see how its author reads it when yours is kept.",
        error_messages={"required": "Say what kind of learning you take it for"},
    )
    meaning = forms.ChoiceField(
        label="Its author says that only the wording changes. Does the meaning stay the same?",
        choices=[("same", "Yes, the meaning is unchanged"), ("other", "No, people would do something differently")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether the meaning stays the same"},
    )
    verdict = forms.ChoiceField(
        label="What do you decide?",
        choices=Decision.Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say what you decide"},
    )
    note = Text(
        label="A word to its author",
        max_length=2000,
        required=False,
        help_text="Needed when you send it back or decline it.",
    )
    committee = forms.CharField(label="Committee", max_length=200, required=False)
    met_on = date_field(label="Date of the meeting", required=False)
    minute = forms.CharField(label="Minute", max_length=60, required=False, help_text="For example 4.2")

    def __init__(self, data: Any = None, *, change: Change):
        super().__init__(data, initial={"fingerprint": change.fingerprint}, use_required_attribute=False)
        if change.significance != Revision.Significance.WORDING:
            del self.fields["meaning"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        verdict = cleaned.get("verdict")
        if verdict in ("send_back", "decline") and not cleaned.get("note") and "note" not in self.errors:
            self.add_error("note", "Say why, so that its author knows what to do")
        if verdict == "approve" and cleaned.get("meaning") == "other":
            self.add_error("verdict", "If the meaning changes, send it back: its author has to say so")
        named = [name for name in ("committee", "met_on", "minute") if cleaned.get(name)]
        if named and len(named) < 3:
            missing = next(name for name in ("committee", "met_on", "minute") if name not in named)
            if missing not in self.errors:
                self.add_error(missing, "A committee's decision has its name, the date and the minute")
        if (met_on := cleaned.get("met_on")) and met_on > clock.today():
            self.add_error("met_on", "That day is still to come")
        return cleaned

    def decision(self) -> dict[str, Any]:
        """The fields as ``Change.decide`` takes them."""
        given = self.cleaned_data
        committee = {name: given[name] for name in ("committee", "met_on", "minute")} if given["committee"] else None
        meaning = given.get("meaning")
        return {
            **{name: given[name] for name in ("verdict", "reading", "fingerprint", "note")},
            "meaning_unchanged": None if meaning is None else meaning == "same",
            "committee": committee,
        }


class SettlingForm(FreeTextForm, forms.Form):
    """Which loop it is, where it was read differently."""

    loop = forms.ChoiceField(
        label="Which is it?",
        choices=_LOOPS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose which it is"},
    )
    why = Text(label="Why?", max_length=2000, error_messages={"required": "Say why"})


class WithdrawingForm(FreeTextForm, forms.Form):
    why = Text(label="Why is it withdrawn?", max_length=2000, error_messages={"required": "Say why"})


def governing_rows(change: Change, data: Any = None, *, differences: Differences | None = None) -> Any:
    """What it redefines: as it was named before, or else as the governing parts that it changes say it. ``differences``
    are what the draft changes, where they are known."""
    named = [{"variable": row.variable, "was": row.was, "becomes": row.becomes} for row in change.governing.all()]
    return GoverningRows(data, prefix="governing", initial=named or _from_the_draft(change, differences))


#: The variable that a governing text is likely to redefine.
_LIKELY = {
    "aim": "goal",
    "scope": "policy",
    "goal": "goal",
    "norms": "norm",
    "policies": "policy",
    "procedure": "procedure",
    "structure": "structure",
}


def _from_the_draft(change: Change, differences: Differences | None) -> list[dict[str, str]]:
    """The governing parts that the draft changes, as they were and as they become, for people to put right."""
    edition, kind = change.edition, change.subject.kind
    before = edition.based_on
    governs = loops.GOVERNING.get(kind, frozenset())
    rows = [
        {"variable": variable, "was": _short(getattr(before, part)), "becomes": _short(getattr(edition, part))}
        for part, variable in _LIKELY.items()
        if part in governs and getattr(before, part) != getattr(edition, part)
    ]
    if "statements" in governs:
        rows += [
            {
                "variable": "norm",
                "was": _short(changed.before.text) if changed.before else "Not asked for.",
                "becomes": _short(changed.after.text) if changed.after else "No longer asked for.",
            }
            for changed in (edition.differences() if differences is None else differences).statements[:3]
        ]
    return rows


def _short(text: str) -> str:
    return text[:MOST_LETTERS] or "Nothing was said of it."
