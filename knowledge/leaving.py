"""Leaving well: all that a person owns, holds and is asked about, what of it nobody else knows, and handing it on.

Whoever looks sees the titles of what they may see anyway; the rest is counted, so that nothing is forgotten.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DateField,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse

from knowledge.models import Community, Conflict, Conversation, Expertise, Guidance, Insight, Revision, Session, Vouch
from knowledge.models.conversation import UNANSWERED
from nhs_learning.people.models import Notice, User
from nhs_learning.record import clock

#: For how long back answered questions are counted.
LATELY = datetime.timedelta(days=365)


@dataclass(frozen=True)
class Held:
    """One thing of a person's. ``kind``: guidance, deputy (of guidance), draft, insight, writing (an insight that is
    not shared), community, session (that they facilitate), harvest (of what they know). ``others`` hold it, too."""

    kind: str
    pk: int
    seen: bool
    title: str
    slug: str
    note: str
    service_id: int | None
    audience: str
    on: datetime.date | None
    others: list[str]

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.pk}"


@dataclass(frozen=True)
class Known:
    """A topic that a person leads on or practises, how many vouch for it, and who of the trust does so, too."""

    topic: str
    slug: str
    standing: str
    vouched: int
    others: list[str]

    @property
    def in_words(self) -> str:
        return str(Expertise.Standing(self.standing).label)


@dataclass
class Holdings:
    """What one person holds, as one reader may see it."""

    of: User
    things: list[Held]
    known: list[Known]
    answered: list[tuple[str, int]] = field(default_factory=list)  # topic, how many in the last twelve months
    answered_in_all: int = 0
    waiting: int = 0

    def kind(self, *kinds: str) -> list[Held]:
        """Those that the reader may see, by title."""
        return [one for one in self.things if one.kind in kinds and one.seen]

    def hidden(self, *kinds: str) -> int:
        """How many there are besides, which the reader may not see."""
        return sum(one.kind in kinds and not one.seen for one in self.things)

    @cached_property
    def lost(self) -> list[Known]:
        """What nobody else of the trust leads on or does, by their own word."""
        return [one for one in self.known if not one.others]

    @cached_property
    def alone(self) -> list[Held]:
        """Insights that they hold with nobody who is here."""
        return [one for one in self.things if one.kind == "insight" and not one.others]

    def count(self, *kinds: str) -> int:
        return sum(one.kind in kinds for one in self.things)

    @property
    def left_to_do(self) -> int:
        """How many things would be nobody's when they have gone."""
        return self.count("guidance", "deputy", "community", "session", "draft") + len(self.alone) + self.waiting

    @property
    def nothing(self) -> bool:
        return not (self.things or self.known or self.answered_in_all or self.waiting)

    # Handing on

    @transaction.atomic
    def hand_on(self, keys: Iterable[str], *, by: User, to: User) -> int:
        """Hand these on to a colleague, who is told; returns how many. Conflict where one is no longer theirs, or the
        colleague is not here; then none is."""
        if to.trust_id != self.of.trust_id or not to.is_active or to == self.of:
            raise Conflict(f"{to} can’t take it over. Choose somebody else who is here.")
        wanted = set(keys)
        chosen = [one for one in self.things if one.key in wanted]
        for kind, pk in dict.fromkeys(("guidance" if one.kind == "deputy" else one.kind, one.pk) for one in chosen):
            if kind == "guidance":
                roles = {one.kind for one in chosen if one.pk == pk and one.kind in ("guidance", "deputy")}
                self._hand_on_guidance(pk, roles, by=by, to=to)
            else:
                self._hand_on_community(pk, by=by, to=to)
        return len(chosen)

    def _hand_on_guidance(self, pk: int, roles: set[str], *, by: User, to: User) -> None:
        guidance = Guidance.objects.select_for_update(of=("self",)).select_related("trust").get(pk=pk)
        held = {"owner": "guidance" in roles, "deputy": "deputy" in roles}
        if any(asked and getattr(guidance, f"{part}_id") != self.of.pk for part, asked in held.items()):
            raise Conflict(f"“{guidance}” has been handed on already.")
        parts: dict[str, Any] = {part: to for part, asked in held.items() if asked}
        if guidance.deputy_id == to.pk or len(parts) == 2:
            parts["deputy"] = None  # an owner is not their own deputy
        guidance.describe(by=by, **parts)
        words = f"You now {'own' if 'owner' in parts else 'are deputy for'} {guidance}"
        Notice.send(to, words=words, why=f"{by.name} handed it on to you.", url=guidance.get_absolute_url())

    def _hand_on_community(self, pk: int, *, by: User, to: User) -> None:
        community = Community.objects.select_for_update(of=("self",)).get(pk=pk)
        if community.facilitator_id != self.of.pk:
            raise Conflict(f"“{community}” has been handed on already.")
        community.hand_on(by=by, to=to)


def what_is_held(by: User, *, seen_by: User) -> Holdings:
    """All that a person owns, holds and is asked about in their trust, as this reader may see it. Three queries."""
    return Holdings(by, _things(by, seen_by), _known(by), *_questions(by))


# The questions


def _things(person: User, reader: User) -> list[Held]:
    parts = [
        _guidance(person, reader, "guidance", Q(owner=person)),
        _guidance(person, reader, "deputy", Q(deputy=person)),
        _drafts(person, reader),
        _insights(person, reader),
        _communities(person),
        _sessions(person, reader),
    ]
    rows = parts[0].union(*parts[1:], all=True)
    return sorted((Held(*row) for row in rows), key=lambda one: (one.on or datetime.date.max, one.title.lower()))


def _guidance(person: User, reader: User, kind: str, whose: Q) -> Any:
    found = Guidance.objects.filter(whose, trust=person.trust_id).exclude(state=Guidance.State.WITHDRAWN).order_by()
    seen = Q(pk__in=Guidance.objects.visible_to(reader).values("pk"))
    return found.values_list(
        *(_word(kind), "pk", _truth(seen), "title", "slug", "service__name", "service", "audience", _day("review_due")),
        _nobody(),
    )


def _drafts(person: User, reader: User) -> Any:
    """Drafts of editions that they began, besides the first of what they own."""
    begun = Revision.objects.filter(created_by=person, guidance__trust=person.trust_id, number=None)
    found = begun.exclude(guidance__owner=person, guidance__current=None).order_by()
    seen = Q(guidance__in=Guidance.objects.curated_by(reader).values("pk"))
    return found.values_list(
        *(_word("draft"), "pk", _truth(seen), "title", "guidance__slug", "guidance__service__name"),
        *("guidance__service", _word(""), _day(None), _nobody()),
    )


def _insights(person: User, reader: User) -> Any:
    found = Insight.objects.held_by(person).filter(trust=person.trust_id).order_by()
    seen = Q(pk__in=Insight.objects.visible_to(reader).values("pk"))
    kind = Case(When(state=Insight.State.SHARED, then=_word("insight")), default=_word("writing"))
    others = User.objects.here().filter(insights=OuterRef("pk")).exclude(pk=person.pk).order_by("name").values("name")
    return found.values_list(
        *(kind, "pk", _truth(seen), "title", _word(""), "service__name", "service", "audience", _day(None)),
        ArraySubquery(Subquery(others.annotate(called=Cast("name", TextField())).values("called"))),
    )


def _communities(person: User) -> Any:
    found = Community.objects.open().filter(facilitator=person, trust=person.trust_id).order_by()
    return found.values_list(
        *(_word("community"), "pk", _truth(Q(pk__isnull=False)), "name", "slug", _word("")),
        *(_no_service(), _word(""), _day(None), _nobody()),
    )


def _sessions(person: User, reader: User) -> Any:
    """Sessions ahead that they facilitate, and those in which what they know is gathered."""
    harvest = Q(harvest_of=person) & ~Q(state=Session.State.CANCELLED)
    ahead = Q(facilitator=person, state=Session.State.PLANNED, on__gte=clock.today())
    found = Session.objects.filter(harvest | ahead, trust=person.trust_id).order_by()
    kind = Case(When(harvest, then=_word("harvest")), default=_word("session"))
    seen = Q(pk__in=Session.objects.visible_to(reader).values("pk"))
    where = Coalesce(Cast("community__name", TextField()), Cast("service__name", TextField()))
    return found.values_list(
        *(kind, "pk", _truth(seen), "title", "state", where, "service", _word(""), _day("on"), _nobody())
    )


def _known(person: User) -> list[Known]:
    """What nobody else knows first, then by how they stand to it."""
    of_worth = [Expertise.Standing.LEADING, Expertise.Standing.PRACTISING]
    vouches = Vouch.objects.filter(expertise=OuterRef("pk")).order_by().values("expertise").annotate(n=Count("pk"))
    same = Expertise.objects.filter(topic=OuterRef("topic"), standing__in=of_worth, user__is_active=True)
    others = same.filter(user__trust=person.trust_id).exclude(user=person).order_by("user__name").values("user__name")
    found = Expertise.objects.filter(user=person, standing__in=of_worth)
    vouched = Coalesce(Subquery(vouches.values("n")), 0)
    rows = found.values_list("topic__name", "topic__slug", "standing", vouched, ArraySubquery(others))
    known = [Known(*row) for row in rows]
    return sorted(known, key=lambda one: (bool(one.others), one.standing != Expertise.Standing.LEADING, one.topic))


def _questions(person: User) -> tuple[list[tuple[str, int]], int, int]:
    """Of the questions put to them how many they answered lately, by topic and in all, and how many still wait: counts
    only, since what is asked is between the two."""
    waits, since = Q(state__in=UNANSWERED), clock.now() - LATELY
    put = Conversation.objects.filter(waits | Q(answered_at__gte=since), answerer=person, trust=person.trust_id)
    rows = list(put.order_by().values_list("pk", "state", "topics__name"))
    answered = {(pk, topic) for pk, state, topic in rows if state not in UNANSWERED}
    topics = Counter(topic for _, topic in answered if topic)
    waiting = {pk for pk, state, _ in rows if state in UNANSWERED}
    ordered = sorted(topics.items(), key=lambda item: (-item[1], item[0]))
    return ordered, len({pk for pk, _ in answered}), len(waiting)


def _word(text: str) -> Any:
    return Cast(Value(text), TextField())


def _truth(question: Q) -> Any:
    return Case(When(question, then=Value(True)), default=Value(False))


def _day(name: str | None) -> Any:
    return Cast(name or Value(None), DateField())


def _nobody() -> Any:
    return Cast(Value([], output_field=ArrayField(TextField())), ArrayField(TextField()))


def _no_service() -> Any:
    return Cast(Value(None), BigIntegerField())


def address(one: Held, *, trust: str) -> str:
    """The page of a thing that a person holds."""
    if one.kind in ("guidance", "deputy"):
        return reverse("guidance", args=[trust, one.slug])
    if one.kind == "draft":
        return reverse("guidance_draft", args=[trust, one.slug, one.pk])
    if one.kind == "community":
        return reverse("community", args=[one.slug])
    return reverse("session" if one.kind in ("session", "harvest") else "insight", args=[one.pk])
