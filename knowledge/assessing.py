"""A service lead's sheet: all standards of a framework for one service, as forms that two leads may fill in at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from knowledge.forms.guidance import AssessmentForm, answer
from knowledge.models import Assessment, Guidance
from knowledge.standing import Place, Row
from nhs_learning.people.models import User
from nhs_learning.record.forms import record_confirmations


@dataclass
class Card:
    """One standard on the sheet: how the service stands now, and the form. ``overtaken`` says that somebody else
    assessed it since the form began; the form then holds what this person typed."""

    place: Place
    form: AssessmentForm
    overtaken: bool = False

    @property
    def key(self) -> str:
        return self.place.wording.statement.key

    @property
    def is_answered(self) -> bool:
        return self.form.is_bound and self.form.has_changed()

    @property
    def is_open(self) -> bool:
        """Should the page show it unfolded?"""
        return self.place.needs_a_look or self.is_answered


class Sheet:
    """The cards of one service. A sheet that began with the wordings of another edition than is in force now is
    ``outdated``."""

    def __init__(self, framework: Guidance, row: Row, data: Mapping[str, Any] | None = None):
        self.framework, self.row, self.data = framework, row, data
        self.outdated = data is not None and data.get("edition") != str(framework.current_id)
        began = self._began() if data is not None else {}
        self.cards = [self._card(place, began) for place in row.places]

    def is_valid(self) -> bool:
        wrong = [card for card in self.answered if not card.form.is_valid()]
        return not (wrong or self.outdated or self.overtaken)

    @property
    def answered(self) -> list[Card]:
        return [card for card in self.cards if card.is_answered]

    @property
    def forms(self) -> list[AssessmentForm]:
        return [card.form for card in self.answered]

    @property
    def overtaken(self) -> list[Card]:
        return [card for card in self.cards if card.overtaken]

    @transaction.atomic
    def save(self, *, by: User) -> list[Card]:
        """Keep each answer that says something new, or none of them. Raises Conflict when somebody was quicker."""
        for card in self.answered:
            said = {name: card.form.cleaned_data[name] for name in ("standing", "evidence", "action", "due")}
            Assessment.make(by=by, service=self.row.service, wording=card.place.wording, seen=card.place.pk, **said)
        record_confirmations(self.forms, by=by, subject=self.framework, trust=self.framework.trust)
        return self.answered

    def _seen(self, place: Place) -> int | None:
        seen = str((self.data or {}).get(f"{place.wording.statement.key}-seen", ""))
        return int(seen) if seen.isdecimal() and len(seen) < 19 else None

    def _began(self) -> dict[int, Assessment]:
        """The assessments with which the person's form began, where they are no longer the latest."""
        older = {self._seen(place) for place in self.row.places if self._seen(place) != place.pk} - {None}
        return Assessment.objects.filter(service=self.row.service.pk).in_bulk(list(older))

    def _card(self, place: Place, began: dict[int, Assessment]) -> Card:
        if self.data is None:
            return Card(place, AssessmentForm(place=place))
        seen = self._seen(place)
        if seen == place.pk:
            return Card(place, AssessmentForm(self.data, place=place))
        before = answer(began[seen]) if seen in began else {}
        form = AssessmentForm(self.data, place=place, began=before)
        if form.has_changed():
            return Card(place, form, overtaken=True)
        return Card(place, AssessmentForm(place=place))
