"""The routines of a demonstration trust: written down and adopted, looked after since, and perhaps withdrawn."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from knowledge.models import Guidance, Insight, Topic
from nhs_learning.demo import content
from nhs_learning.people.models import Service, Trust, User
from routines.models import Check, Pattern, Routine, Source
from routines.models.routine_revision import VARIABLES
from routines.models.step import TOKEN

Life = Iterator[datetime.date]
#: How long somebody works on the draft of a first edition.
WRITTEN_IN = datetime.timedelta(days=14)
#: What a step says that a file leaves out.
_SAYS_NOTHING: dict[str, Any] = {"who": "", "prompt": "", "tool": "", "minutes": None, "after": ()}
_ABOUT_AN_INSIGHT = "insight: "


class RoutineLives:
    """Those of one trust."""

    def __init__(self, trust: Trust, today: datetime.date):
        self.trust, self.today = trust, today
        self.people = {user.email.split("@")[0]: user for user in User.objects.of(trust)}
        self.services = {service.slug: service for service in Service.objects.of(trust)}

    def all(self) -> Iterator[tuple[str, Life]]:
        for row in content.routines(today=self.today, trust=self.trust.ods_code):
            yield f"{self.trust.name}: {row['title']}", self.routine(row)

    def routine(self, row: dict[str, Any]) -> Life:
        """Begun; adopted, if it is; then whatever is done with it. What happens on one day happens in this order."""
        adopted = row.get("adopted")
        yield row["begun"] if adopted is None else adopted - WRITTEN_IN
        routine = self._written(row)
        if adopted is None:
            return
        deeds: list[tuple[datetime.date, Callable[[Routine, dict[str, Any]], None], dict[str, Any]]] = []
        deeds += [(adopted, self._adopt, row)]
        deeds += [(one["on"], self._clear, one) for one in row.get("checked", [])]
        deeds += [(one["on"], self._set_aside, one) for one in row.get("set_aside", [])]
        deeds += [(one["on"], self._withdraw, one) for one in row.get("withdrawn", [])]
        for day, deed, about in sorted(deeds, key=lambda deed: deed[0]):
            yield day
            routine.refresh_from_db()
            deed(routine, about)

    def _written(self, row: dict[str, Any]) -> Routine:
        owner = self.people[row["owner"]]
        draft = Routine.begin(
            by=owner,
            trust=self.trust,
            kind=row["kind"],
            title=row["title"],
            slug=row["slug"],
            service=self.services[row["service"]],
        )
        draft.routine.describe(
            by=owner,
            owner=owner,
            deputy=self.people[row["deputy"]] if "deputy" in row else None,
            service=self.services[row["service"]],
            topics=Topic.objects.filter(name__in=row["topics"]),
        )
        draft.write(
            by=owner,
            steps=[step_said(step, trust=self.trust) for step in row["steps"]],
            draws_on={name: tokens(names, trust=self.trust) for name, names in row.get("draws_on", {}).items()},
            **{name: row[name] for name in VARIABLES if name in row},
        )
        return draft.routine

    def _adopt(self, routine: Routine, row: dict[str, Any]) -> None:
        routine.revisions.get().adopt(by=self.people[row["adopted_by"]])

    def _clear(self, routine: Routine, row: dict[str, Any]) -> None:
        """What it draws on has changed, and it holds all the same."""
        about = {"guidance__slug": row["guidance"]} if "guidance" in row else {"insight__title": row["insight"]}
        check = Check.objects.open().get(routine=routine, **about)
        check.say_still_right(by=self.people[row["by"]], word=row["word"])

    def _set_aside(self, routine: Routine, row: dict[str, Any]) -> None:
        pattern = Pattern.objects.noticed().get(routine=routine, reason=row["reason"])
        pattern.set_aside(by=self.people[row["by"]], why=row["why"])

    def _withdraw(self, routine: Routine, row: dict[str, Any]) -> None:
        routine.withdraw(by=self.people[row["by"]], why=row["why"])


def step_said(step: dict[str, Any], *, trust: Trust) -> dict[str, Any]:
    """A step of a file as ``RoutineRevision.write`` takes it."""
    return {**_SAYS_NOTHING, **step, "draws_on": tokens(step.get("draws_on", ()), trust=trust)}


def tokens(names: Iterable[str], *, trust: Trust) -> tuple[str, ...]:
    """What a file draws on, as it is then: guidance by its slug, a statement by the slug and its number
    ("sepsis-in-adults 1.2"), an insight by its title ("insight: Ask the newest one first")."""
    return tuple(_token(name, trust) for name in names)


def _token(name: str, trust: Trust) -> str:
    if name.startswith(_ABOUT_AN_INSIGHT):
        insight = Insight.objects.get(trust=trust, title=name.removeprefix(_ABOUT_AN_INSIGHT))
        return TOKEN.format(kind="insight", pk=insight.pk)
    slug, _, number = name.partition(" ")
    guidance = Guidance.objects.in_force().select_related("current").get(trust=trust, slug=slug)
    if not number:
        return TOKEN.format(kind="guidance", pk=guidance.pk)
    assert guidance.current
    return Source(statement=guidance.current.wordings.get(number=number).statement).token
