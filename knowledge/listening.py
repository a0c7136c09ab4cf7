"""What colleagues have told, as one reader asks for it: by topic, kind, service and whose it is, in some order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, F, OuterRef, Subquery, Value, When

from knowledge.models import Codification, Guidance, Insight, Topic
from knowledge.models.insight import InsightQuerySet
from nhs_learning.people.models import Service, User

#: What a list may be narrowed by, as its address says it, with the words that are known; None where any may be.
NARROWS: dict[str, list[str] | None] = {
    "topic": None,
    "kind": list(Insight.Kind.values),
    "service": None,
    "guidance": None,
    "mine": ["1"],
    "proposed": ["1"],
}
#: The orders, by their names, with their words. The first is what a list has when nobody asks.
ORDERS = {"newest": "Newest first", "helpful": "What helped most first"}


class Listening:
    """What one reader asked to see, and what there is of it. Nonsense is let be."""

    def __init__(self, reader: User, asked: Mapping[str, str]):
        self.reader = reader
        words = {name: asked.get(name, "").replace("\0", "").strip() for name in NARROWS}
        self.asked = {name: word for name, word in words.items() if word and word in (NARROWS[name] or [word])}
        self.order = asked.get("order") if asked.get("order") in ORDERS else "newest"
        if self.guidance is None:
            self.asked.pop("guidance", None)

    def address(self, **changed: str | None) -> str:
        """The query of an address that asks for the same but for this; None takes something away."""
        order = {} if self.order == "newest" else {"order": self.order}
        asked = {name: word for name, word in {**self.asked, **order, **changed}.items() if word is not None}
        return "?" + urlencode(asked) if asked else ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.asked)

    # What was chosen

    @cached_property
    def guidance(self) -> Guidance | None:
        """The guidance that is asked about, if the reader may see it."""
        key = self.asked.get("guidance", "")
        if not key.isdecimal() or len(key) > 18:
            return None
        return Guidance.objects.visible_to(self.reader).published().select_related("trust").filter(pk=key).first()

    @cached_property
    def tree(self) -> list[Service]:
        return self.reader.tree()

    @cached_property
    def service(self) -> Service | None:
        return next((one for one in self.tree if one.slug == self.asked.get("service")), None)

    @cached_property
    def topics(self) -> list[Topic]:
        """Those that something here is filed under."""
        through = Insight.topics.through.objects.filter(insight__in=self.open.order_by().values("pk"))
        return list(Topic.objects.filter(pk__in=through.values("topic")))

    @property
    def chips(self) -> list[tuple[str, str]]:
        """What the list is narrowed by, as (name, words)."""
        topic = self.asked.get("topic", "")
        words: dict[str, Any] = {
            "topic": next((one.name for one in self.topics if one.slug == topic), topic),
            "kind": dict(Insight.Kind.choices).get(self.asked.get("kind", "")),
            "service": self.service.name if self.service else "No such service",
            "guidance": self.guidance and f"About {self.guidance.title}",
            "mine": "Yours",
            "proposed": "Proposed as guidance: for you to answer",
        }
        return [(name, str(words[name])) for name in words if name in self.asked]

    # What there is

    @cached_property
    def open(self) -> InsightQuerySet:
        """All that the list is drawn from: what is shared with the reader, or what is theirs, shared or not yet."""
        if "mine" in self.asked:
            return Insight.objects.held_by(self.reader)
        return Insight.objects.visible_to(self.reader).shared()

    def found(self) -> InsightQuerySet:
        """What the choices leave, as told, in the order asked for."""
        found = self.open
        if "topic" in self.asked:
            found = found.on([one for one in self.topics if one.slug == self.asked["topic"]])
        if "kind" in self.asked:
            found = found.filter(kind=self.asked["kind"])
        if "service" in self.asked:
            found = found.filter(service__in=self._beneath())
        if self.guidance:
            found = found.of_guidance(self.guidance)
        if "proposed" in self.asked:
            found = found.filter(pk__in=Codification.objects.to_take_up(self.reader).values("insight"))
        first = ["-helped"] if self.order == "helpful" else []
        told = found.select_related("service", "trust").as_told()
        return told.order_by(*first, F("shared_at").desc(nulls_first=True), "-began_at", "-pk")

    def named(self) -> InsightQuerySet:
        """The same, each with ``about``, the title of its guidance, where the reader may see that; "" where not."""
        open_to_reader = Guidance.objects.visible_to(self.reader).filter(pk=OuterRef("guidance"))
        title = Subquery(open_to_reader.values("title")[:1])
        return self.found().annotate(about=Case(When(guidance=None, then=Value("")), default=title))

    def _beneath(self) -> set[int]:
        """The service and all that are beneath it. The tree has parents first."""
        inside = {self.service.pk} if self.service else set()
        for other in self.tree:
            if other.parent_id in inside:
                inside.add(other.pk)
        return inside
