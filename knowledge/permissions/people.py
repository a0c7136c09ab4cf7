"""Who may do what with profiles, and with what somebody who leaves holds."""

from __future__ import annotations

from nhs_learning.people.models import User
from nhs_learning.people.permissions import Person, holds, holds_anywhere, is_of
from nhs_learning.people.roles import ADMINISTER, LEAD
from nhs_learning.people.verdicts import YES, Verdict, no


def may_see_leaving(user: Person, person: User) -> Verdict:
    """See what somebody owns, holds and is asked about: they themselves, whoever leads a service of theirs, and
    administrators."""
    if not is_of(user, person.trust_id):
        return no("That belongs to another trust.")
    if user.pk == person.pk or holds_anywhere(user, ADMINISTER):
        return YES
    places = [one.service_id for one in person.memberships.all()]
    if any(holds(user, LEAD, place) for place in places if place is not None):
        return YES
    return no(f"That is for whoever leads a service of {person}.")


def may_vouch(user: Person, person: User) -> Verdict:
    """Say that somebody knows what they say they know: any colleague of the trust, never they themselves."""
    if not is_of(user, person.trust_id):
        return no("That belongs to another trust.")
    if user.pk == person.pk:
        return no("You can’t vouch for yourself.")
    return YES if person.is_active else no(f"{person} has left.")
