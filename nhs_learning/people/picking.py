"""Finding things by typing part of what they are called, where a list of all would be too long: colleagues here,
other things on the floors above.

Each pick is two fields: words that are typed, and the choice among what is known. Without JavaScript, a button "Find"
shows the page again with what was found; words that fit one thing only need no button.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django import forms

from nhs_learning.people.models import User
from nhs_learning.record.forms import FreeTextForm

#: How many things are offered for a choice; with more, the person is asked to type more.
MOST = 12


class Finder(Protocol):
    none: str  # said when nothing is found, with the words in place of %s
    another: str  # asks for something else than what is chosen

    def called(self, words: str) -> list[Any]: ...
    def known_as(self, values: Iterable[str]) -> list[Any]: ...
    def value(self, thing: Any) -> str: ...
    def label(self, thing: Any) -> str: ...


class Colleagues:
    """People of a trust who have not left, by their names."""

    none = "Nobody here is called “%s”"
    another = "Somebody else? Type part of the name"

    def __init__(self, trust_id: int | None):
        self.here = User.objects.here().filter(trust=trust_id)

    def called(self, words: str) -> list[User]:
        return list(titled(self.here, "name", words))

    def known_as(self, values: Iterable[str]) -> list[User]:
        known = numbers(values)
        return list(self.here.filter(pk__in=known)) if known else []

    def value(self, thing: User) -> str:
        return str(thing.pk)

    def label(self, thing: User) -> str:
        return f"{thing.name}, {thing.job_title}" if thing.job_title else thing.name


def titled(things: Any, field: str, words: str) -> Any:
    """Those of a queryset in whose ``field`` all the words stand: one more than is offered, at most."""
    for word in words.split():
        things = things.filter(**{f"{field}__icontains": word})
    return things[: MOST + 1]


def numbers(values: Iterable[str]) -> list[int]:
    """Those values that can be keys of rows; a form may be sent anything."""
    return [int(value) for value in values if re.fullmatch(r"[0-9]{1,18}", value)]


@dataclass
class Pick:
    """One choice of a form: its finder, and what was found by the words that were typed."""

    finder: Finder
    many: bool
    required: str  # said when nothing is chosen; empty where nothing need be
    found: dict[str, list[Any]]  # by the words, each at most MOST + 1
    things: dict[str, Any]  # by value: all that can be chosen


class PickingForm(FreeTextForm, forms.Form):
    """``looking`` shows what was found by the words, keeps all else that was typed, and complains of nothing."""

    def __init__(self, data: Any = None, *, looking: bool = False, initial: dict[str, Any] | None = None, **more: Any):
        self.typed, self.looking = data, looking
        self.picks: dict[str, Pick] = {}
        more["use_required_attribute"] = False
        if looking:
            more.pop("files", None)  # a row of several is given them, and counts as sent for good with them
        super().__init__(None if looking else data, initial=dict(initial or {}), **more)

    def pick(
        self,
        name: str,
        finder: Finder,
        *,
        label: str,
        hint: str,
        many: bool = False,
        required: str = "",
        chosen: Sequence[Any] = (),
        offered: Sequence[Any] = (),
    ) -> None:
        """Add the two fields of a choice: ``name``, and ``name_words``. ``offered`` are always there to be chosen."""
        typed = self.typed
        words = "" if typed is None else typed.get(self.add_prefix(f"{name}_words"), "").strip()[:300]
        parts = [part.strip() for part in re.split(r"[,;\n]", words)] if many else [words]
        found = {part: finder.called(part) for part in parts if part}
        known = list(chosen) if typed is None else finder.known_as(typed.getlist(self.add_prefix(name)))
        matching = {finder.value(thing): thing for some in found.values() for thing in some[:MOST]}
        things = {finder.value(thing): thing for thing in (*offered, *known)} | matching
        self.picks[name] = Pick(finder, many, required, found, things)
        choices = [(value, finder.label(thing)) for value, thing in things.items()]
        if choices:
            if not many and not required:
                choices.append(("", "None"))
            kind = forms.MultipleChoiceField if many else forms.ChoiceField
            widget = forms.CheckboxSelectMultiple if many else forms.RadioSelect
            gone = {"invalid_choice": "What was chosen here can’t be chosen any more: choose again"}
            self.fields[name] = kind(label=label, choices=choices, required=False, widget=widget, error_messages=gone)
        self.fields[f"{name}_words"] = forms.CharField(label=label, help_text=hint, required=False, max_length=300)
        if not self.is_bound:
            self._begin(name, self.picks[name], known)

    def _begin(self, name: str, pick: Pick, known: list[Any]) -> None:
        """What is chosen as the page is shown; words that fit one thing only have chosen it."""
        alone = [pick.finder.value(some[0]) for some in pick.found.values() if len(some) == 1]
        values = [pick.finder.value(thing) for thing in known]
        self.initial[name] = [*values, *alone] if pick.many else (alone or values or [""])[0]
        open_words = [part for part, some in pick.found.items() if len(some) != 1]
        self.initial[f"{name}_words"] = ", ".join(open_words)

    def chosen(self, name: str) -> Any:
        """What one choice shows as chosen, before anything is sent for good."""
        return self.picks[name].things.get(str(self[name].value())) if name in self.fields else None

    def keep_typed(self) -> None:
        """While looking, each other field goes on holding what was typed. Last, once all fields are there."""
        if self.looking:
            for name, field in self.fields.items():
                if name.removesuffix("_words") not in self.picks:
                    self.initial[name] = field.widget.value_from_datadict(self.typed, {}, self.add_prefix(name))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, pick in self.picks.items():
            cleaned[name] = self._settled(name, pick, cleaned)
        return cleaned

    def _settled(self, name: str, pick: Pick, cleaned: dict[str, Any]) -> Any:
        """The thing (or things) that were chosen; words not yet settled are an error beside them."""
        given = cleaned.get(name) or []
        chosen = [pick.things[value] for value in ([given] if isinstance(given, str) else given)]
        for words, found in pick.found.items():
            if any(thing in chosen for thing in found):
                continue
            if len(found) == 1:
                chosen = [*chosen, found[0]] if pick.many else [found[0]]
            elif not found:
                self.add_error(f"{name}_words", pick.finder.none % words)
            else:
                more = f"More than {MOST} are" if len(found) > MOST else f"{len(found)} are"
                self.add_error(f"{name}_words", f"{more} called “{words}”: choose above, or type more of the name")
        if not chosen and pick.required and f"{name}_words" not in self.errors:
            self.add_error(f"{name}_words", pick.required)
        return chosen if pick.many else next(iter(chosen), None)
