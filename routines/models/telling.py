"""Telling people that a routine needs checking. Nobody is told the name of what they may not read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.urls import reverse

from knowledge.models import Guidance, Insight
from nhs_learning.people.models import Notice, User

if TYPE_CHECKING:
    from routines.models.check import Check
    from routines.models.routine import Routine

_OPEN_TO_ALL = (Guidance.Audience.NETWORK, Guidance.Audience.PUBLIC)


def that_they_wait(checks: Iterable[Check], *, about: Guidance | Insight, by: User | None) -> None:
    """Tell those who look after the routines of these checks, which are about one thing: each person once."""
    theirs: dict[User, list[Check]] = {}
    leads: dict[int | None, list[User]] = {}
    for check in checks:
        for person in _who_looks_after(check.routine, leads):
            theirs.setdefault(person, []).append(check)
    for person, some in theirs.items():
        if person != by:
            _tell(person, some, _happened(some, _name(about, person)))


def again(check: Check) -> None:
    """Remind whoever looks after its routine."""
    for person in _who_looks_after(check.routine, {}):
        _tell(person, [check], "two weeks have gone by")


def the_lead(check: Check) -> None:
    """Tell whoever leads the service of its routine that nobody has looked."""
    routine = check.routine
    words = f"{routine} has needed checking for four weeks, and nobody has looked"
    for person in User.objects.leading(routine.service, trust=routine.trust):
        Notice.send(person, words=words, why="You answer for the service.", url=check.get_absolute_url())


def _who_looks_after(routine: Routine, leads: dict[int | None, list[User]]) -> Sequence[User]:
    """Its owner; where they have left, its deputy; where both have, who leads its service. ``leads``: who leads the
    services that were asked about already."""
    here = [
        one for one in (routine.owner, routine.deputy) if one and one.is_active and one.trust_id == routine.trust_id
    ]
    if here:
        return here[:1]
    if routine.service_id not in leads:
        leads[routine.service_id] = User.objects.leading(routine.service, trust=routine.trust)
    return leads[routine.service_id]


def _tell(person: User, checks: Sequence[Check], happened: str) -> None:
    routine = checks[0].routine
    why = "You own the routine." if person.pk == routine.owner_id else "You look after the routine."
    if len(checks) == 1:
        words, url = f"{routine} needs checking: {happened}", checks[0].get_absolute_url()
    else:
        words, url = f"{len(checks)} routines need checking: {happened}", reverse("checks")
        why = "You look after these routines."
    Notice.send(person, words=words, why=why, url=url)


def _happened(checks: Sequence[Check], name: str) -> str:
    """What is loudest among them."""
    return max(checks, key=lambda one: one.kind).what_happened(name)


def _name(about: Guidance | Insight, person: User) -> str:
    if isinstance(about, Insight):
        return f"“{about}”" if about.is_open_to(person) else "an insight that it draws on"
    return str(about) if _may_read(about, person) else "something that it draws on"


def _may_read(guidance: Guidance, person: User) -> bool:
    if guidance.audience in _OPEN_TO_ALL:
        return True
    if guidance.audience == Guidance.Audience.TRUST:
        return guidance.trust_id == person.trust_id
    return Guidance.objects.visible_to(person).filter(pk=guidance.pk).exists()
