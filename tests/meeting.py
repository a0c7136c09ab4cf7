"""Communities and their sessions, as tests need them."""

from __future__ import annotations

import datetime

from knowledge.models import Community, Session
from nhs_learning.people.models import User
from nhs_learning.record import clock


def a_circle(facilitator: User, member: User) -> Community:
    """A community that the one facilitates, and to which the other belongs."""
    circle = Community.begin(by=facilitator, name="Sepsis champions", purpose="To see it sooner.")
    circle.join(by=member)
    return circle


def soon(days: int = 7) -> datetime.date:
    return clock.today() + datetime.timedelta(days=days)


def planned(circle: Community, **said) -> Session:
    """A peer assist of the circle in a week, by its facilitator."""
    said = {"kind": "peer_assist", "on": soon(), "title": "Blood cultures", **said}
    return Session.plan(by=circle.facilitator, community=circle, **said)


def held(circle: Community, **said) -> Session:
    session = planned(circle, on=soon(-1), **said)
    session.hold(by=circle.facilitator, came=circle.people())
    return session


def eleven(circle: Community, person) -> list[User]:
    """Nine more members, which makes eleven."""
    for number in range(9):
        circle.join(by=person(f"member{number}"))
    return circle.people()
