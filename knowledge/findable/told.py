"""How insights, people, communities and answered questions, once found, are fetched for a reader.

Who has not signed in finds none of them. Each kind is one query, and its hits carry what their template says of them.
"""

from __future__ import annotations

import datetime
import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Case, Count, F, OuterRef, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, JSONObject

from knowledge.models import Community, Conversation, Expertise, Insight, Member, Profile
from nhs_learning.people.models import Membership, User
from nhs_learning.people.reach import ANY_REACH
from nhs_learning.record import clock
from nhs_learning.record.prepared import Prepared, given, given_ids


@dataclass(frozen=True)
class FoundInsight:
    pk: int
    title: str
    kind: str
    trust_id: int
    shared_at: datetime.datetime
    still_true_on: datetime.date | None
    trust: str
    service: str
    told_by: list[str]

    @property
    def called(self) -> str:
        return str(Insight.Kind(self.kind).label)

    @property
    def is_doubtful(self) -> bool:
        return Insight(still_true_on=self.still_true_on).is_doubtful


@dataclass(frozen=True)
class FoundPerson:
    pk: int
    name: str
    job_title: str
    away_until: datetime.date | None
    about: str | None
    reach: str | None
    takes_questions: bool | None
    confirmed_on: datetime.date | None
    places: list[str]
    knows: list[str]  # topic and standing, as JSON

    @property
    def is_away(self) -> bool:
        return self.away_until is not None and self.away_until >= clock.today()

    @property
    def is_stale(self) -> bool:
        return self.confirmed_on is not None and Profile(confirmed_on=self.confirmed_on).is_stale

    @property
    def known(self) -> list[tuple[str, list[str]]]:
        """What they know in words, by how they stand to it: ("Leads on it", ["Asthma", "Sepsis"])."""
        standings: dict[str, list[str]] = {standing: [] for standing in Expertise.Standing.values}
        for one in map(json.loads, self.knows):
            standings[one["standing"]].append(one["topic"])
        return [(str(Expertise.Standing(name).label), topics) for name, topics in standings.items() if topics]


@dataclass(frozen=True)
class FoundCommunity:
    pk: int
    name: str
    slug: str
    joining: str
    facilitator: str
    members: int | None


@dataclass(frozen=True)
class FoundConversation:
    pk: int
    question: str
    community: str
    opened: bool
    asked_by: str
    answered_by: str
    closed_at: datetime.datetime


Ids = Mapping[str, list[int]]
Found = dict[tuple[str, int], Any]


def insights(user: Any, ids: Ids) -> Found:
    return {("insight", row[0]): FoundInsight(*row) for row in _rows(_insights, user, ids=ids["insight"])}


def people(user: Any, ids: Ids) -> Found:
    return {("person", row[0]): FoundPerson(*row) for row in _rows(_people, user, ids=ids["person"])}


def together(user: Any, ids: Ids) -> Found:
    """Communities, and questions that were answered, in one query."""
    found: Found = {}
    asked = {kind: ids.get(kind, []) for kind in ("community", "conversation")}
    for kind, pk, title, name, how, who, whom, number, at in _rows(_together, user, **asked):
        if kind == "community":
            found[kind, pk] = FoundCommunity(pk, title, name, how, who, number)
        else:
            found[kind, pk] = FoundConversation(pk, title, name, how == "opened", who, whom, at)
    return found


def _rows(question: Callable[[], Prepared], user: Any, **ids: list[int]) -> list[tuple[Any, ...]]:
    return question().rows(**ids, **user.reach.given) if user.is_authenticated else []


@functools.cache
def _insights() -> Prepared:
    holders = User.objects.filter(insights=OuterRef("pk")).order_by("name").values("name")
    found = Insight.objects.within(ANY_REACH).shared().filter(pk__any_of=given_ids("ids")).order_by()
    shown = ("pk", "title", "kind", "trust_id", "shared_at", "still_true_on", "trust__name", "service__name")
    return Prepared(found.values_list(*shown, ArraySubquery(holders)))


@functools.cache
def _people() -> Prepared:
    """Colleagues of the reader's trust who have not left."""
    own = Membership.objects.filter(user=OuterRef("pk"), service__isnull=False).order_by("service__name")
    known = Expertise.objects.filter(user=OuterRef("pk")).order_by("topic__name")
    found = User.objects.here().filter(trust=given("trust"), pk__any_of=given_ids("ids")).order_by()
    shown = ("pk", "name", "job_title", "away_until")
    said = ("profile__about", "profile__reach", "profile__takes_questions", "profile__confirmed_on")
    return Prepared(
        found.values_list(
            *shown,
            *said,
            ArraySubquery(own.values("service__name").distinct()),
            ArraySubquery(known.values(known=JSONObject(topic=F("topic__name"), standing=F("standing")))),
        )
    )


@functools.cache
def _together() -> Prepared:
    """Communities that go on: name, slug, how to join, facilitator, members. Conversations that are closed: question,
    community, whether the trust may read it, the two of them, when."""
    return Prepared(_communities().union(_conversations(), all=True))


def _communities() -> Any:
    members = Member.objects.filter(community=OuterRef("pk"), state=Member.State.MEMBER, user__is_active=True)
    counted = members.order_by().values("community").annotate(number=Count("pk")).values("number")
    found = Community.objects.within(ANY_REACH).open().filter(pk__any_of=given_ids("community")).order_by()
    whose = (_word("community"), "pk", "name", "slug", "joining", "facilitator__name", _word(""))
    return found.values_list(*whose, Subquery(counted), "began_at")


def _conversations() -> Any:
    found = Conversation.objects.within(ANY_REACH).filter(state=Conversation.State.CLOSED)
    found = found.filter(pk__any_of=given_ids("conversation")).order_by()
    how = Case(When(opened=True, then=_word("opened")), default=_word("kept"))
    where, whom = _or_nothing("community__name"), _or_nothing("answerer__name")
    whose = ("pk", "question", where, how, "asker__name", whom, Cast(Value(0), BigIntegerField()), "closed_at")
    return found.values_list(_word("conversation"), *whose)


def _or_nothing(name: str) -> Any:
    return Coalesce(Cast(name, TextField()), _word(""))


def _word(text: str) -> Any:
    return Cast(Value(text), TextField())
