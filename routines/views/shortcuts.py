"""On the home page: the routines that the reader records most, one tap away."""

from __future__ import annotations

import datetime

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.template.loader import render_to_string

from nhs_learning.record import clock
from routines.models import Performance, Routine

#: How many are shown, and for how long it counts that somebody recorded one.
SHOWN = 5
LATELY = datetime.timedelta(days=90)


def what_i_record(request: HttpRequest, _: object = None) -> str:
    """The routines of the reader's own services, and what they recorded lately elsewhere, the most recorded first. One
    query."""
    me = request.user
    if not me.is_authenticated or me.trust_id is None:
        return ""
    # Only the reader's own are counted: a routine may have been done a hundred thousand times.
    lately = Performance.objects.filter(by=me, on__gt=clock.today() - LATELY, routine=OuterRef("pk")).order_by()
    mine = Subquery(lately.values("routine").annotate(number=Count("pk")).values("number"))
    ours = Routine.objects.visible_to(me).in_force().exclude(kind=Routine.Kind.LEARNING)
    counted = ours.annotate(mine=Coalesce(mine, 0))
    near = counted.filter(Q(service__in=me.reach.own_services()) | Q(mine__gt=0)).order_by("-mine", "title")
    found = list(near.only("slug", "title", "kind")[:SHOWN])
    return render_to_string("routines/shortcuts.html", {"routines": found}, request=request) if found else ""
