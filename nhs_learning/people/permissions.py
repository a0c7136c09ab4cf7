"""Who may do what with people, services and trusts. Each answer is a verdict with its reason; nothing is changed."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from nhs_learning.people.models import Service, Trust, User
from nhs_learning.people.roles import ADMINISTER
from nhs_learning.people.verdicts import YES, Verdict, no

Person = User | AnonymousUser

_ELSEWHERE = no("That belongs to another trust.")


def holds(user: Person, capability: str, service_id: int | None) -> bool:
    """Has one of the person's roles this capability in this service (None: in the whole trust)?"""
    return user.is_authenticated and user.is_active and user.reach.may(capability, service_id)


def holds_anywhere(user: Person, capability: str) -> bool:
    """Has one of the person's roles this capability, wherever it reaches?"""
    return user.is_authenticated and user.is_active and user.reach.may_anywhere(capability)


def is_of(user: Person, trust_id: int | None) -> bool:
    """Is the person, who can sign in, of this trust?"""
    return user.is_authenticated and user.is_active and trust_id is not None and user.trust_id == trust_id


def may_administer(user: Person, where: Trust | Service) -> Verdict:
    """Look after the services, people and roles of a trust, or of a service and those beneath it."""
    trust_id, service_id = (where.pk, None) if isinstance(where, Trust) else (where.trust_id, where.pk)
    if not is_of(user, trust_id):
        return _ELSEWHERE
    return YES if holds(user, ADMINISTER, service_id) else no(f"That is for an administrator of {where}.")


def may_open_service(user: Person, beneath: Service | None) -> Verdict:
    """Open a service beneath this one, or at the top of one's own trust."""
    if beneath is not None:
        return may_administer(user, beneath)
    return YES if holds(user, ADMINISTER, None) else no("Only an administrator of the whole trust can do that.")


def may_see_person(user: Person, person: User) -> Verdict:
    """See who a colleague is: one's own trust only."""
    return YES if is_of(user, person.trust_id) else _ELSEWHERE


def may_welcome(user: Person) -> Verdict:
    """Add a person to one's own trust."""
    return YES if holds_anywhere(user, ADMINISTER) else no("Adding people is for administrators.")


def may_change_person(user: Person, person: User) -> Verdict:
    """Change what is known of a person. An administrator of some services only may change those whose roles are all
    in these, so that nobody gets at the account of somebody with wider rights than their own."""
    if not is_of(user, person.trust_id):
        return _ELSEWHERE
    if holds(user, ADMINISTER, None):
        return YES
    if not holds_anywhere(user, ADMINISTER):
        return no("Looking after people is for administrators.")
    places = person.memberships.values_list("service_id", flat=True)
    if all(holds(user, ADMINISTER, place) for place in places):
        return YES
    return no(f"{person} has roles in services that you do not administer.")


def may_part_with(user: Person, person: User) -> Verdict:
    """Close the account of somebody who has left."""
    if user.pk == person.pk:
        return no("You cannot close your own account. Ask another administrator.")
    if not person.is_active:
        return no(f"The account of {person} is closed already.")
    return may_change_person(user, person)


def may_give_role(user: Person, service: Service | None) -> Verdict:
    """Give or end a role in this service, or (None) in the whole of one's own trust."""
    if service is not None:
        return may_administer(user, service)
    if holds(user, ADMINISTER, None):
        return YES
    return no("Roles in the whole trust are for an administrator of the whole trust.")


def may_say_away(user: Person, person: User) -> Verdict:
    """Say until when somebody is away, and who stands in: they themselves, or whoever administers them."""
    return YES if is_of(user, person.trust_id) and user.pk == person.pk else may_change_person(user, person)
