"""How a trust's services stand against a framework: every service against every standard, as it is now."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from knowledge.models import Assessment, Guidance, Wording
from knowledge.models.assessment import ASKS_FOR_ACTION, action_is_late
from nhs_learning.people.models import Service, User
from nhs_learning.people.roles import LEAD

NOT_ASSESSED = "not_assessed"
#: Each standing in the words of the page, the best first.
WORDS = {**dict(Assessment.Standing.choices), NOT_ASSESSED: "Not assessed"}

#: What is read of the latest assessment of a service against a statement, and where it comes from.
_LATEST = {
    "pk": "latest__pk",
    "standing": "latest__standing",
    "evidence": "latest__evidence",
    "action": "latest__action",
    "due": "latest__due",
    "at": "latest__at",
    "by": "latest__by__name",
    "seen_text": "latest__wording__text",
    "seen_strength": "latest__wording__strength",
    "seen_edition": "latest__wording__revision__number",
}

#: What is read of the wording of a standard.
_OF_A_WORDING = [field.attname for field in Wording._meta.concrete_fields]


@dataclass(frozen=True)
class Place:
    """One service against one standard, as last assessed (``pk`` is None when it never was)."""

    service: Service
    wording: Wording
    pk: int | None = None
    standing: str = NOT_ASSESSED
    evidence: str = ""
    action: str = ""
    due: datetime.date | None = None
    at: datetime.datetime | None = None
    by: str = ""
    seen_text: str = ""
    seen_strength: str = ""
    seen_edition: int | None = None

    @property
    def word(self) -> str:
        return WORDS[self.standing]

    @property
    def is_late(self) -> bool:
        return action_is_late(self.standing, self.due)

    @property
    def words_changed(self) -> bool:
        """Does the standard say something else now than when it was assessed?"""
        now = (" ".join(self.wording.text.split()), self.wording.strength)
        return self.pk is not None and (" ".join(self.seen_text.split()), self.seen_strength) != now

    @property
    def needs_a_look(self) -> bool:
        return self.pk is None or self.is_late or self.words_changed


@dataclass(frozen=True)
class Row:
    """One service against all standards of a framework, in their order."""

    service: Service
    places: list[Place]
    counts: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", Counter(place.standing for place in self.places))

    @property
    def late(self) -> int:
        return sum(place.is_late for place in self.places)

    @property
    def reworded(self) -> int:
        return sum(place.words_changed for place in self.places)

    @property
    def headline(self) -> str:
        """For example "5 of 12 standards are met"; those that don't apply are left out of the count."""
        apart = self.counts["not_applicable"]
        applying = len(self.places) - apart
        if not applying:
            return "None of the standards applies"
        verb = "is" if self.counts["met"] == 1 else "are"
        which = "the one standard that applies" if applying == 1 else f"the {applying} standards that apply"
        return f"{self.counts['met']} of {which if apart else _standards(applying)} {verb} met"

    @property
    def remainder(self) -> str:
        """What the headline leaves out: "3 partly met, 1 not met, 2 not assessed"; "" when there is nothing."""
        rest = [name for name in WORDS if name != "met" and self.counts[name]]
        return ", ".join(f"{self.counts[name]} {WORDS[name].lower()}" for name in rest)

    @property
    def needs_a_look(self) -> bool:
        return any(place.needs_a_look for place in self.places)


@dataclass(frozen=True)
class Picture:
    """A framework's standards, and a row for each service that it applies to, by name."""

    framework: Guidance
    wordings: Sequence[Wording]
    rows: list[Row]
    words = WORDS

    def column(self, wording: Wording) -> list[Place]:
        """Each service against one standard."""
        position = self.wordings.index(wording)
        return [row.places[position] for row in self.rows]

    def tally(self, wording: Wording) -> list[tuple[str, int]]:
        """How many services stand how against one standard, the best first: ("met", 3), ("not_assessed", 1)."""
        counts = Counter(place.standing for place in self.column(wording))
        return [(name, counts[name]) for name in WORDS if counts[name]]

    def actions(self) -> list[Place]:
        """What services have promised to do about standards that they don't wholly meet, the soonest due first."""
        places = (place for row in self.rows for place in row.places)
        promised = [place for place in places if place.action and place.standing in ASKS_FOR_ACTION]
        return sorted(promised, key=lambda place: (place.due is None, place.due or datetime.date.max))


def picture(framework: Guidance, wordings: Iterable[Wording], *, service: Service | None = None) -> Picture:
    """The whole picture, or that of one service alone; one query, however large."""
    wordings = list(wordings)
    services = Service.objects.filter(frameworks=framework)
    found = _latest(services.filter(pk=service.pk) if service else services, wordings)
    return Picture(framework, wordings, [found.row(one, wordings) for one in found.services.values()])


def pictures_led_by(user: User) -> list[Picture]:
    """For each framework in force, by title, how the services that this person leads stand; two queries at most."""
    led = user.reach.services(LEAD)
    if not led:
        return []
    in_force = Guidance.objects.visible_to(user).of(user.trust_id).in_force()
    kind = Guidance.Kind.SERVICE_FRAMEWORK
    applying = Guidance.applies_to.through.objects.filter(guidance=OuterRef("pk"), service__in=led)
    saying = Wording.objects.filter(revision=OuterRef("current"))
    frameworks = list(
        in_force.filter(Exists(applying), kind=kind)
        .annotate(
            those=ArraySubquery(applying.order_by().values("service_id")),
            said=ArraySubquery(saying.values_list(JSONObject(**{name: name for name in _OF_A_WORDING}))),
        )
        .select_related("trust")
        .order_by("title")
    )
    wordings = [[Wording(**said) for said in framework.said] for framework in frameworks]
    found = _latest(Service.objects.filter(pk__in=led), [one for some in wordings for one in some])
    return [
        Picture(framework, said, [found.row(one, said) for one in found.services.values() if one.pk in framework.those])
        for framework, said in zip(frameworks, wordings, strict=True)
    ]


@dataclass
class _Latest:
    """Services by name, and what the latest assessment of each says, by service and statement."""

    services: dict[int, Service] = field(default_factory=dict)
    said: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)

    def row(self, service: Service, wordings: list[Wording]) -> Row:
        said = (self.said.get((service.pk, wording.statement_id), {}) for wording in wordings)
        return Row(service, [Place(service, wording, **this) for wording, this in zip(wordings, said, strict=True)])


def _latest(services: QuerySet[Service], wordings: list[Wording]) -> _Latest:
    """One query: for each service its latest assessment against each of these statements. A service that has none
    comes once, with nothing beside it."""
    statements = [wording.statement_id for wording in wordings]
    latest = FilteredRelation("assessments", condition=Q(assessments__statement__in=statements))
    one_each = ("name", "pk", "latest__statement_id")
    lines = services.annotate(latest=latest).order_by(*one_each, "-latest__at", "-latest__pk").distinct(*one_each)
    found = _Latest()
    for line in lines.values_list("pk", "name", "slug", "trust_id", "latest__statement_id", *_LATEST.values()):
        pk, name, slug, trust_id, statement = line[:5]
        found.services[pk] = Service(pk=pk, name=name, slug=slug, trust_id=trust_id)
        if statement is not None:
            found.said[pk, statement] = dict(zip(_LATEST, line[5:], strict=True))
    return found


def _standards(number: int) -> str:
    return "1 standard" if number == 1 else f"{number} standards"
