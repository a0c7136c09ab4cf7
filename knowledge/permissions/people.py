"""Who may do what with profiles, and with what somebody who leaves holds."""

from __future__ import annotations

from knowledge.models import Guidance
from knowledge.permissions.guidance import ELSEWHERE, may_describe
from nhs_learning.people.models import Service, User
from nhs_learning.people.permissions import Person, holds, holds_anywhere, is_of
from nhs_learning.people.roles import ADMINISTER, LEAD
from nhs_learning.people.verdicts import YES, Verdict, no


def may_see_leaving(user: Person, person: User) -> Verdict:
    """See what somebody owns, holds and is asked about: they themselves, whoever leads a service of theirs, and
    administrators."""
    if not is_of(user, person.trust_id):
        return ELSEWHERE
    if user.pk == person.pk or holds_anywhere(user, ADMINISTER):
        return YES
    places = [one.service_id for one in person.memberships.all() if one.service_id is not None]
    if any(holds(user, LEAD, place) for place in places) or _is_named_lead(user, places):
        return YES
    return no(f"That is for whoever leads a service of {person}.")


def may_vouch(user: Person, person: User) -> Verdict:
    """Say that somebody knows what they say they know: any colleague of the trust, never they themselves."""
    if not is_of(user, person.trust_id):
        return ELSEWHERE
    if user.pk == person.pk:
        return no("You can’t vouch for yourself.")
    return YES if person.is_active else no(f"{person} has left.")


def may_say_leaving(user: Person, person: User) -> Verdict:
    """Say when somebody leaves: who may see what they hold, while they are here."""
    if not person.is_active:
        return no(f"{person} has left.")
    return may_see_leaving(user, person)


def may_hand_on_guidance(user: Person, guidance: Guidance) -> Verdict:
    """Give guidance another owner or deputy: those who may describe it, and whoever leads its service."""
    if not is_of(user, guidance.trust_id):
        return ELSEWHERE
    if holds(user, LEAD, guidance.service_id) or may_describe(user, guidance):
        return YES
    return no("Its owner, its deputy, a curator or the lead of its service hands it on.")


def _is_named_lead(user: Person, places: list[int]) -> bool:
    """Is the person named as the lead of one of these services, or of one above?"""
    above = {one for place in places for one in user.reach.up_from(place)} if isinstance(user, User) else set()
    return Service.objects.filter(pk__in=above, lead=user.pk).exists() if above else False
