"""The routines of the reader's trust: how what we know is used."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from routines import permissions
from routines.drafts import drafts_of
from routines.models import Check, Routine


def routines(request: HttpRequest) -> HttpResponse:
    """Those in force, by kind, each with whether it needs checking."""
    me = request.user
    waits = Check.objects.open().filter(routine=OuterRef("pk"))
    listed = Routine.objects.visible_to(me).in_force().select_related("service", "current", "owner")
    found = list(listed.annotate(needs_checking=Exists(waits)).order_by("title", "pk"))
    kinds = [(kind.label, [one for one in found if one.kind == kind]) for kind in Routine.Kind]
    shown = {"page_name": "routines", "kinds": kinds, "may_begin": permissions.may_begin_routine(me)}
    shown |= {"drafts": drafts_of(me)}
    return render(request, "routines/list.html", shown)
