"""The routines of the reader's trust: how what we know is used."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from routines import permissions
from routines.drafts import drafts_of
from routines.looking import Looking
from routines.models import Routine

PER_PAGE = 40
#: What stands above those of a kind, and what they are, for whoever sees them for the first time.
HEADINGS = {
    "first": ("Yours to check", "Something that they draw on has changed. Look whether they still hold."),
    Routine.Kind.CARE: ("Care", "What we do with and for people who need us."),
    Routine.Kind.OPERATIONAL: ("Operational", "How the work is kept going: beds, staff, handovers, stock."),
    Routine.Kind.LEARNING: ("Learning", "How we review things and learn from them. Each is a method of reviews."),
}


def routines(request: HttpRequest) -> HttpResponse:
    """Those in force, narrowed as asked; what waits for the reader first."""
    asked = Looking(request.user, request.GET.dict())
    page = Paginator(asked.listed(), PER_PAGE).get_page(request.GET.get("page"))
    shown = {
        "page_name": "routines",
        "asked": asked,
        "page": page,
        "groups": [(*HEADINGS[kind], list(ones)) for kind, ones in groupby(page.object_list, key=_heading)],
        "kinds": asked.kinds(),
        "may_begin": permissions.may_begin_routine(request.user),
        "drafts": drafts_of(request.user),
        "address_of_page": lambda number: asked.address(page=str(number)),
    }
    return render(request, "routines/list.html", shown)


def _heading(one: Any) -> str:
    return "first" if one.first == 0 else one.kind
