"""Who leaves soon, for those who lead them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import caches
from django.db.models import OuterRef, Q, QuerySet

from nhs_learning.people.models import Membership, User
from nhs_learning.people.roles import LEAD
from nhs_learning.record import clock

#: How long before their last day whoever leads them is reminded.
SOON = datetime.timedelta(days=90)


@dataclass(frozen=True)
class Leaver:
    """Somebody who leaves soon, and in which services they have a role."""

    pk: int
    name: str
    leaving_on: datetime.date
    services: frozenset[int]


def leaving_soon(led_by: User) -> QuerySet[User]:
    """Those whose last day comes within ninety days, of the services that this person leads, the soonest first."""
    places = led_by.reach.services(LEAD)
    theirs = _leaving(led_by.trust_id).exclude(pk=led_by.pk)
    return theirs.filter(Q(memberships__service__in=places) | Q(memberships__service__lead=led_by)).distinct()


def soon_at_a_glance(led_by: User) -> list[Leaver]:
    """The like for the home page, by the person's roles: all of a trust are kept for ten minutes, since hardly anybody
    leaves and everybody looks. Whoever leads them is told at once by a notice."""
    key = f"leaving-{led_by.trust_id}-{clock.today()}-{clock.ten_minutes()}"
    kept = caches["pages"].get(key)
    if kept is None:
        places = Membership.objects.filter(user=OuterRef("pk"), service__isnull=False).values("service")
        rows = _leaving(led_by.trust_id).values_list("pk", "name", "leaving_on", ArraySubquery(places))
        kept = [Leaver(pk, name, on, frozenset(services)) for pk, name, on, services in rows]
        caches["pages"].set(key, kept, clock.KEPT_SECONDS)
    led = led_by.reach.services(LEAD)
    return [one for one in kept if one.services & led and one.pk != led_by.pk]


def _leaving(trust_id: int | None) -> QuerySet[User]:
    here = User.objects.here().filter(trust=trust_id, leaving_on__lte=clock.today() + SOON)
    return here.order_by("leaving_on", "name")
