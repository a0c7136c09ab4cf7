"""Routines that are being written for the first time: whose they are, who puts them in force, and what is like them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from nhs_learning.people.models import Trust, User
from nhs_learning.people.roles import CURATE, LEAD
from routines.models import Routine, RoutineRevision, Step

#: How many routines of a similar title are shown before another is begun.
MOST_SIMILAR = 6
#: Words that say nothing of what a routine is about.
_EMPTY = {"the", "and", "for", "of", "in", "on", "at", "to", "a", "an", "with", "how", "we", "our", "routine", "new"}


@dataclass(frozen=True)
class Drafts:
    """First editions that are not in force: those that the reader writes, and those that wait for them to be put in
    force, since they say enough. Each is once in one of the lists; each draft has ``ready``."""

    mine: list[RoutineRevision]
    waiting: list[RoutineRevision]

    def __bool__(self) -> bool:
        return bool(self.mine or self.waiting)


def first_editions(trust: Trust | None) -> Any:
    """The drafts of first editions of a trust, each with its routine and ``ready``: does it say enough?"""
    found = RoutineRevision.objects.drafts().filter(routine__trust=trust, routine__state=Routine.State.DRAFTING)
    steps = Step.objects.filter(revision=OuterRef("pk"))
    enough = Exists(steps) & (~Q(routine__kind=Routine.Kind.LEARNING) | Exists(steps.exclude(prompt="")))
    said = found.annotate(ready=~Q(goal="") & enough)
    return said.select_related("routine__trust", "routine__service", "routine__owner", "created_by")


def drafts_of(user: User) -> Drafts:
    """What this person writes, and what waits for them. Two queries."""
    among = first_editions(user.trust)
    wrote = RoutineRevision.authors.through.objects.filter(user=user).values("routinerevision")
    theirs = Q(created_by=user) | Q(pk__in=wrote) | Q(routine__owner=user) | Q(routine__deputy=user)
    mine = list(among.filter(theirs).order_by("-created_at"))
    reached = user.reach.services(CURATE) | user.reach.services(LEAD)
    where = Q(routine__service__in=reached)
    if user.reach.may(CURATE, None) or user.reach.may(LEAD, None):
        where |= Q(routine__service=None)
    waiting = among.filter(where, ready=True).exclude(pk__in=[draft.pk for draft in mine])
    return Drafts(mine, list(waiting.order_by("created_at")))


def who_adopts(routine: Routine, *, but: User) -> list[User]:
    """Who could put it in force, the lead of its service first; a few of them are enough to ask."""
    named = User.objects.leading(routine.service, trust=routine.trust)
    curating = User.objects.who_may(CURATE, trust=routine.trust, service=routine.service).order_by("name")
    return [one for one in dict.fromkeys([*named, *curating]) if one != but][:3]


def similar(title: str, *, trust: Trust) -> list[Routine]:
    """Routines of the trust whose titles share words with this one, those that share most first; those being drafted,
    too, so that nobody writes a second one."""
    words = _words(title)
    if not words:
        return []
    any_of = Q()
    for word in words:
        any_of |= Q(title__icontains=word)
    found = Routine.objects.of(trust).exclude(state=Routine.State.WITHDRAWN).filter(any_of)
    shared = [(len(words & _words(one.title)), one) for one in found.select_related("owner", "service", "current")]
    least = min(2, len(words))
    near = sorted((pair for pair in shared if pair[0] >= least), key=lambda pair: (-pair[0], pair[1].title))
    return [one for _, one in near[:MOST_SIMILAR]]


def _words(title: str) -> set[str]:
    """The words of a title that say what it is about, without the ending of a plural."""
    words = re.findall(r"[a-z0-9]{2,}", title.lower())
    return {word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words if word not in _EMPTY}
