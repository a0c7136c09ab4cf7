"""Whom to ask: colleagues who know about a piece of guidance or a topic, the nearest first, each with the reason.

Who is away, has left or takes no questions is not named, nor is the reader. What is counted for somebody is only what
the reader may see: a conversation that two keep between them tells nobody that there was one.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import JSONObject

from knowledge.models import Conversation, Expertise, Guidance, Insight, Topic, Vouch
from knowledge.models.profile import CONFIRMED_FOR
from nhs_learning.people.models import Membership, User
from nhs_learning.people.reach import ANY_REACH
from nhs_learning.record import clock
from nhs_learning.record.prepared import Prepared, given, given_ids

#: How many are named.
NAMED = 4
#: How much each standing says.
_STANDING = {Expertise.Standing.LEADING: 3, Expertise.Standing.PRACTISING: 2, Expertise.Standing.LEARNING: 0}
#: What the question answers of each person, in this order.
_COLUMNS = ("pk", "name", "job_title", "profile__reach", "profile__pattern", "profile__confirmed_on", "email")


@dataclass(frozen=True)
class Colleague:
    """Somebody to ask: who, why them (the weightiest reason first), and how they are reached."""

    pk: int
    name: str
    job_title: str
    reach: str
    pattern: str
    reasons: tuple[str, ...]
    stale: bool
    email: str


def whom_to_ask(
    reader: User,
    *,
    guidance: Guidance | None = None,
    topics: Iterable[int] = (),
    but: Collection[int] = (),
    most: int = NAMED,
) -> list[Colleague]:
    """Colleagues of the reader's trust to ask about this guidance or these topics (their ids), the nearest first: of
    the same service, then of one above or beneath, then of the guidance's; among them by how they stand to it, then by
    how lately they confirmed what they say of themselves. Who is still learning it comes last. ``but``: not these. One
    query."""
    if reader.trust_id is None:
        return []
    rows = _knowing().rows(
        topics=list(topics),
        guidance=guidance.pk if guidance else None,
        today=clock.today(),
        **reader.reach.given,
    )
    asked = [_Candidate(row, reader, guidance) for row in rows if row[0] not in but]
    central = {topic for one in asked for topic in one.topics() if guidance and _is_named_in(guidance.title, topic)}
    for one in asked:
        one.weigh(central)
    return [one.named() for one in sorted(asked, key=_Candidate.rank)[:most]]


@functools.cache
def _knowing() -> Prepared:
    """Who knows, with what is known of them."""
    on_topics = Expertise.objects.filter(topic__pk__any_of=given_ids("topics"))
    guidance = Guidance.objects.filter(pk=given("guidance"))
    told = Insight.objects.within(ANY_REACH).shared().filter(guidance=given("guidance"), ask_me=True)
    filed = Topic.objects.filter(pk__any_of=given_ids("topics"))
    about_them = Conversation.topics.through.objects.filter(topic__in=filed).values("conversation")
    answered = Conversation.objects.open_to_all().filter(
        Q(pk__in=about_them) | Q(guidance=given("guidance")), trust=given("trust")
    )
    knowing = (
        on_topics.values("user")
        .union(guidance.values("owner"), guidance.filter(deputy__isnull=False).values("deputy"))
        .union(guidance.filter(service__lead__isnull=False).values("service__lead"))
        .union(told.values("holders"), answered.values("answerer"))
    )
    here = User.objects.here().filter(pk__in=knowing, trust=given("trust")).exclude(pk=given("user"))
    here = here.exclude(away_until__gte=given("today")).exclude(profile__takes_questions=False)
    vouches = Vouch.objects.filter(expertise=OuterRef("pk")).order_by().values("expertise").annotate(n=Count("pk"))
    theirs = on_topics.filter(user=OuterRef("pk")).annotate(vouched=Subquery(vouches.values("n")))
    known = JSONObject(topic=F("topic__name"), standing=F("standing"), vouched=F("vouched"))
    titles = told.filter(holders=OuterRef("pk")).order_by("-shared_at").values("title")
    on_it = Case(When(guidance=given("guidance"), then=Value(True)), default=Value(False))
    about = ArraySubquery(filed.filter(conversations=OuterRef("pk")).values("name"))
    said = answered.filter(answerer=OuterRef("pk")).order_by()
    questions = said.values(one=JSONObject(on_it=on_it, topics=about))
    own = Membership.objects.filter(user=OuterRef("pk"), service__isnull=False).values("service")
    return Prepared(
        here.order_by("name").values_list(
            *_COLUMNS,
            ArraySubquery(theirs.values(known=known)),
            ArraySubquery(titles),
            ArraySubquery(questions),
            ArraySubquery(own),
        )
    )


class _Candidate:
    """Somebody who knows, as one reader sees them."""

    def __init__(self, row: tuple[Any, ...], reader: User, guidance: Guidance | None):
        said, (known, titles, answered, services) = row[: len(_COLUMNS)], row[len(_COLUMNS) :]
        self.pk, self.name, self.job_title, self.reach, self.pattern, self.confirmed_on, self.email = said
        self.known, self.titles = [json.loads(one) for one in known or ()], titles or []
        self.questions, services = [json.loads(one) for one in answered or ()], set(services or ())
        self.guidance = guidance
        self.closeness = _closeness(services, reader, guidance)
        self.role = _role(self.pk, guidance)
        self.stale = self.confirmed_on is not None and self.confirmed_on <= clock.today() - CONFIRMED_FOR

    def topics(self) -> set[str]:
        return {one["topic"] for one in self.known}

    def weigh(self, central: set[str]) -> None:
        """How much they can say: where the title names some of the topics (``central``), what they know of the others
        counts little."""
        others = [one for one in self.known if central and one["topic"] not in central]
        self.known = [one for one in self.known if one not in others] + others
        said = [_STANDING[one["standing"]] for one in self.known if one not in others]
        said += [_STANDING[one["standing"]] / 10 for one in others]
        about = [one for one in self.questions if one["on_it"] or not central or central & set(one["topics"])]
        self.answered = len(about)
        told = (4 if self.role else 0, 2 if self.titles else 0, 1 if self.answered else 0)
        self.weight = max(*said, *told, 0)

    def rank(self) -> tuple[Any, ...]:
        """The lower, the sooner they are named."""
        fresh = self.confirmed_on.toordinal() if self.confirmed_on else 0
        vouched = sum(one["vouched"] or 0 for one in self.known)
        return (self.weight < 1, -self.closeness, -self.weight, self.stale, -vouched, -fresh, self.name)

    def named(self) -> Colleague:
        return Colleague(
            self.pk,
            self.name,
            self.job_title,
            self.reach or "",
            self.pattern or "",
            tuple(self._reasons()),
            self.stale,
            self.email,
        )

    def _reasons(self) -> Iterable[str]:
        if self.closeness == 3:
            yield "in your service"
        if self.role:
            yield self.role
        words = {"leading": "leads on", "practising": "works with", "learning": "is learning"}
        for one in self.known[:2]:
            vouched = f" ({_people(one['vouched'])})" if one["vouched"] else ""
            yield f"{words[one['standing']]} {one['topic']}{vouched}"
        if self.titles:
            yield f"shared “{self.titles[0]}”"
        if self.answered:
            yield f"has answered {self.answered} {'question' if self.answered == 1 else 'questions'} about it"


def _is_named_in(title: str, topic: str) -> bool:
    """Does the title say a word of the topic's?"""
    return any(re.search(rf"\b{re.escape(word)}", title, re.IGNORECASE) for word in topic.split() if len(word) > 3)


def _people(number: int) -> str:
    return "a colleague vouches" if number == 1 else f"{number} colleagues vouch"


def _role(pk: int, guidance: Guidance | None) -> str:
    """What somebody is to the guidance, in words."""
    if guidance is None:
        return ""
    if pk == guidance.owner_id:
        return "owns this"
    if pk == guidance.deputy_id:
        return "deputy for this"
    return f"leads {guidance.service.name}" if pk == guidance.service.lead_id else ""


def _closeness(services: set[int], reader: User, guidance: Guidance | None) -> int:
    """3: of one of the reader's own services; 2: of one above or beneath; 1: of the guidance's; 0: elsewhere."""
    if services & reader.reach.own_services():
        return 3
    if services & reader.reach.near():
        return 2
    return 1 if guidance is not None and guidance.service_id in services else 0
