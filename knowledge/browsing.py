"""Finding guidance by where it stands: by service, topic, kind and first letter, each with how much there is."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, IntegerField, Q, Value
from django.db.models.functions import Left, Upper

from knowledge.models import Guidance, GuidanceTopic, Topic
from knowledge.models.guidance import GuidanceQuerySet
from nhs_learning.people.models import Service, User
from nhs_learning.people.models.service import beneath

#: What a list may be narrowed or widened by, as its address says it.
NARROWS = ("service", "topic", "kind", "letter")
WIDENS = {"from": "all", "withdrawn": "1"}
#: Titles that begin with a digit or a sign stand together under this letter.
OTHER = "0-9"


@dataclass(frozen=True)
class Choice:
    """One thing to narrow a list by: how the address says it, its words, how much there is, how deep in the tree."""

    value: str
    label: str
    count: int
    chosen: bool
    depth: int = 0


#: What is counted, each by the name of its choice.
_COUNTED: dict[str, Any] = {"kind": "kind", "letter": Upper(Left("title", 1))}


class Browsing:
    """What one reader asked to see, and what there is of it.

    Each count says how long the list would be if that choice were made, whatever else is chosen already. The number of
    queries is the same however much there is.
    """

    def __init__(self, reader: User, asked: Mapping[str, str]):
        """``asked`` is an address's query: service, topic, kind, letter, from=all, withdrawn=1; nonsense is let be."""
        self.reader = reader
        words = {name: asked.get(name, "").replace("\0", "").strip() for name in (*NARROWS, *WIDENS)}
        words["letter"] = words["letter"][:1].upper() if words["letter"] != OTHER else OTHER
        known = {"kind": Guidance.Kind.values, "letter": [*string.ascii_uppercase, OTHER]}
        self.asked = {
            name: word for name, word in words.items() if word and word in known.get(name, [WIDENS.get(name, word)])
        }

    def address(self, **changed: str | None) -> str:
        """The query of an address that asks for the same but for this; None takes something away."""
        return "?" + urlencode({name: word for name, word in {**self.asked, **changed}.items() if word is not None})

    # What was chosen

    @cached_property
    def tree(self) -> list[Service]:
        """The services of the reader's trust, each under its parent."""
        return self.reader.tree()

    @cached_property
    def service(self) -> Service | None:
        """The chosen one, with who leads it."""
        if "service" not in self.asked:
            return None
        ours = Service.objects.filter(trust=self.reader.trust_id).select_related("lead", "parent")
        return ours.filter(slug=self.asked["service"]).first()

    @cached_property
    def topic(self) -> Topic | None:
        return Topic.objects.filter(slug=self.asked["topic"]).first() if "topic" in self.asked else None

    @property
    def is_narrowed(self) -> bool:
        return any(name in self.asked for name in NARROWS)

    def beneath(self, service: Service) -> set[int]:
        """The service and all that are beneath it."""
        return beneath(self.tree, service)

    # What there is

    @cached_property
    def open(self) -> GuidanceQuerySet:
        """All that the list is drawn from: of the reader's trust, or of others too; in force, or withdrawn too."""
        visible = Guidance.objects.visible_to(self.reader)
        if "from" not in self.asked:
            visible = visible.of(self.reader.trust_id)
        return visible.published() if "withdrawn" in self.asked else visible.in_force()

    def found(self, *, but: str = "") -> GuidanceQuerySet:
        """What the choices leave, not minding one of them."""
        found = self.open
        if self.service and but != "service":
            inside = self.beneath(self.service)
            applying = Guidance.applies_to.through.objects.filter(service__in=inside).values("guidance")
            found = found.filter(Q(service__in=inside) | Q(pk__in=applying))
        if "topic" in self.asked and but != "topic":
            found = found.filter(topic_uses__tag=self.topic) if self.topic else found.none()
        if "kind" in self.asked and but != "kind":
            found = found.filter(kind=self.asked["kind"])
        if "letter" in self.asked and but != "letter":
            other = Q(title__iregex=r"^[^a-z]")
            found = found.filter(other if self.asked["letter"] == OTHER else Q(title__istartswith=self.asked["letter"]))
        return found

    def services(self) -> list[Choice]:
        """The tree, each service with what is in it, beneath it and, of frameworks, what applies to it; one query."""
        rows = self._places(self.found(but="service")) if self.is_narrowed else self._all_counts
        own: Counter[int] = Counter()
        for *_, place, number, home in rows:
            own[place] += number if home is None else 0
        applying = [row[-3:] for row in rows if row[-1] is not None]
        choices = []
        for service in self.tree:
            inside = self.beneath(service)
            also = {pk for place, pk, home in applying if place in inside and home not in inside}
            number = sum(own.get(pk, 0) for pk in inside) + len(also)
            choices.append(Choice(service.slug, service.name, number, service == self.service, service.depth))
        return choices

    def kinds(self) -> list[Choice]:
        counts = self._counts("kind")
        chosen = self.asked.get("kind")
        plural = {**{value: f"{label}s" for value, label in Guidance.Kind.choices}, Guidance.Kind.POLICY: "Policies"}
        return [Choice(kind, plural[kind], counts[kind], kind == chosen) for kind in plural if kind in counts]

    def topics(self) -> list[Choice]:
        """The topics that there is something on, in the order of their names."""
        uses = GuidanceTopic.objects.filter(content_object__in=self.found(but="topic").order_by().values("pk"))
        rows = uses.order_by("tag__name").values_list("tag__slug", "tag__name").annotate(Count("pk"))
        return [Choice(slug, name, number, slug == self.asked.get("topic")) for slug, name, number in rows]

    def letters(self) -> list[Choice]:
        """A to Z with how many titles begin so, nought too; what begins with no letter last, if there is any."""
        rows, chosen = self._counts("letter"), self.asked.get("letter", "")
        others = sum(number for letter, number in rows.items() if letter not in string.ascii_uppercase)
        found = [Choice(letter, letter, rows.get(letter, 0), letter == chosen) for letter in string.ascii_uppercase]
        return [*found, Choice(OTHER, OTHER, others, chosen == OTHER)] if others else found

    def _counts(self, name: str) -> Counter[Any]:
        """How much there is for each kind or initial letter, not minding which of these is chosen."""
        if self.is_narrowed:
            found = self.found(but=name).order_by().values_list(_COUNTED[name])
            return Counter(dict(found.annotate(Count("pk"))))
        counts: Counter[Any] = Counter()
        for *values, _, number, home in self._all_counts:
            counts[values[list(_COUNTED).index(name)]] += number if home is None else 0
        return counts

    @cached_property
    def _all_counts(self) -> list[tuple]:
        """For each kind, letter and service together how much there is, and what applies where: one query where nothing
        is narrowed."""
        return self._places(self.open, *_COUNTED.values())

    def _places(self, found: GuidanceQuerySet, *also: Any) -> list[tuple]:
        """Rows of ``also``, service, how much of it is there, None; and, for what applies to a service: ``also``, that
        service, its key, its own service. One query."""
        found = found.order_by()
        each = found.values_list(*also, "service").annotate(number=Count("pk"), home=Value(None, IntegerField()))
        applying = found.filter(applies_to__trust=self.reader.trust_id)
        return list(each.union(applying.values_list(*also, "applies_to", "pk", "service"), all=True))
