"""The routines of a trust, as one reader asks for them: by words, kind, service, topic and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When

from knowledge.models import Topic
from nhs_learning.people.models import Service, User
from nhs_learning.people.models.service import beneath
from routines.models import Check, Routine, Step
from routines.models.routine import RoutineQuerySet

#: What a list may be narrowed by, as its address says it, with the words that are known; None where any may be.
NARROWS: dict[str, list[str] | None] = {
    "words": None,
    "kind": list(Routine.Kind.values),
    "service": None,
    "topic": None,
    "mine": ["1"],
    "checking": ["1"],
    "withdrawn": ["1"],
}
#: As many words as are looked at, and those that nobody is looked for by.
MOST_WORDS = 12
_SMALL = frozenset(["a", "an", "and", "for", "in", "of", "on", "or", "our", "the", "to", "with"])


class Looking:
    """What one reader asked to see, and what there is of it. Nonsense is let be."""

    def __init__(self, reader: User, asked: Mapping[str, str]):
        self.reader = reader
        words = {name: asked.get(name, "").replace("\0", "").strip()[:200] for name in NARROWS}
        self.asked = {name: word for name, word in words.items() if word and word in (NARROWS[name] or [word])}

    def address(self, **changed: str | None) -> str:
        """The query of an address that asks for the same but for this; None takes something away."""
        asked = {name: word for name, word in {**self.asked, **changed}.items() if word is not None}
        return "?" + urlencode(asked) if asked else ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.asked)

    # What was chosen

    @cached_property
    def tree(self) -> list[Service]:
        return self.reader.tree()

    @cached_property
    def service(self) -> Service | None:
        return next((one for one in self.tree if one.slug == self.asked.get("service")), None)

    @cached_property
    def topics(self) -> list[Topic]:
        """Those that a routine is filed under."""
        through = Routine.topics.through.objects.filter(routine__in=self.open.order_by().values("pk"))
        return list(Topic.objects.filter(pk__in=through.values("topic")))

    @property
    def chips(self) -> list[tuple[str, str]]:
        """What the list is narrowed by, as (name, words)."""
        topic = self.asked.get("topic", "")
        words = {
            "words": f"“{self.asked.get('words', '')}”",
            "kind": dict(Routine.Kind.choices).get(self.asked.get("kind", ""), ""),
            "service": self.service.name if self.service else "No such service",
            "topic": next((one.name for one in self.topics if one.slug == topic), topic),
            "mine": "Yours",
            "checking": "Needs checking",
            "withdrawn": "Withdrawn",
        }
        return [(name, str(words[name])) for name in words if name in self.asked]

    # What there is

    @cached_property
    def open(self) -> RoutineQuerySet:
        """All that the list is drawn from: those in force, or those that were."""
        visible = Routine.objects.visible_to(self.reader)
        state = Routine.State.WITHDRAWN if "withdrawn" in self.asked else Routine.State.IN_FORCE
        return visible.filter(state=state)

    def found(self, *, but: str = "") -> RoutineQuerySet:
        """What the choices leave, not minding one of them."""
        found = self.open
        for word in self._words():
            found = found.filter(_says(word))
        if "kind" in self.asked and but != "kind":
            found = found.filter(kind=self.asked["kind"])
        if "service" in self.asked:
            found = found.filter(service__in=beneath(self.tree, self.service) if self.service else ())
        if "topic" in self.asked:
            found = found.filter(topics__slug=self.asked["topic"])
        if "mine" in self.asked:
            found = found.filter(self._theirs)
        return found.filter(Exists(_waiting())) if "checking" in self.asked else found

    def listed(self) -> RoutineQuerySet:
        """What is found, with ``needs_checking`` and ``is_mine``: what waits for the reader first, then by kind, each
        from A to Z."""
        kinds = [When(kind=kind, then=Value(place)) for place, kind in enumerate(Routine.Kind.values)]
        named = self.found().select_related("service", "current", "owner").prefetch_related("topics")
        marked = named.annotate(
            needs_checking=Exists(_waiting()),
            is_mine=Case(When(self._theirs, then=Value(True)), default=Value(False)),
            first=Case(When(self._theirs & Exists(_waiting()), then=Value(0)), default=Value(1)),
            place=Case(*kinds, default=Value(len(kinds))),
        )
        return marked.order_by("first", "place", "title", "pk")

    def kinds(self) -> list[tuple[str, str, int]]:
        """Each kind with its name and how many there are of it, not minding which is chosen; one query."""
        counts = dict(self.found(but="kind").order_by().values_list("kind").annotate(Count("pk")))
        return [(kind, str(label), counts.get(kind, 0)) for kind, label in Routine.Kind.choices]

    @property
    def _theirs(self) -> Q:
        return Q(owner=self.reader) | Q(deputy=self.reader)

    def _words(self) -> list[str]:
        words = self.asked.get("words", "").split()[:MOST_WORDS]
        return [word for word in words if word.lower() not in _SMALL] or words


def _waiting() -> Any:
    return Check.objects.open().filter(routine=OuterRef("pk"))


def _says(word: str) -> Q:
    """Has it the word in its title, its goal, its topics, its steps or the name of its service?"""
    steps = Step.objects.filter(revision=OuterRef("current")).filter(
        Q(what__icontains=word) | Q(who__icontains=word) | Q(prompt__icontains=word) | Q(tool__icontains=word)
    )
    filed = Routine.topics.through.objects.filter(routine=OuterRef("pk"), topic__name__icontains=word)
    said = Q(title__icontains=word) | Q(current__goal__icontains=word) | Q(service__name__icontains=word)
    return said | Q(Exists(steps)) | Q(Exists(filed))
