"""Routines of somebody who leaves, and handing them on."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from knowledge.models import Conflict
from nhs_learning.people.models import User
from routines.models import Routine


def held_by(person: User) -> list[Routine]:
    """What they own or deputise for, and is not withdrawn, drafts too. One query."""
    theirs = Routine.objects.of(person.trust).filter(Q(owner=person) | Q(deputy=person))
    kept = theirs.exclude(state=Routine.State.WITHDRAWN).select_related("service", "trust", "current")
    return list(kept.order_by("title", "pk"))


@transaction.atomic
def hand_on(person: User, slugs: Iterable[str], *, by: User, to: User) -> int:
    """Hand these on to a colleague, who is told: what the person owns is theirs then, and for what they deputise, they
    are the deputy. Returns how many. Conflict where one is no longer the person's, or the colleague is not here; then
    none is."""
    if to.trust_id != person.trust_id or not to.is_active or to == person:
        raise Conflict(f"{to} can’t take it over. Choose somebody else who is here.")
    wanted = set(slugs)
    named = Routine.objects.select_for_update(of=("self",)).select_related("trust", "service", "owner", "deputy")
    found = list(named.filter(trust=person.trust_id, slug__in=wanted).order_by("pk"))
    if len(found) < len(wanted) or any(not one.is_theirs(person) for one in found):
        raise Conflict("One of these has been handed on already. What is still theirs is shown now.")
    for routine in found:
        _hand_on(routine, person, by=by, to=to)
    return len(found)


def _hand_on(routine: Routine, person: User, *, by: User, to: User) -> None:
    owner = to if routine.owner_id == person.pk else routine.owner
    deputy = to if routine.deputy_id == person.pk else routine.deputy
    deputy = None if deputy == owner else deputy  # an owner is not their own deputy
    routine.describe(by=by, owner=owner, deputy=deputy, service=routine.service)
