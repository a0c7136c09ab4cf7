"""The page of a routine: why and how it is done, as prescribed and as done."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from routines import permissions, picture
from routines.models import Routine
from routines.models.routine_revision import VARIABLES
from routines.sources import drawn_on
from routines.views import performing
from routines.views.finding import routine_for


def routine(request: HttpRequest, slug: str) -> HttpResponse:
    """One routine as it is in force. A learning routine is shown as the method that it is."""
    found = routine_for(request, slug)
    if found.kind == Routine.Kind.LEARNING:
        return redirect(found)
    me, edition = request.user, found.current
    assert edition is not None
    done, periods = picture.picture_of(found)
    shown = {
        "page_name": "routines",
        "routine": found,
        "edition": edition,
        "governing": [(edition._meta.get_field(name), getattr(edition, name)) for name in VARIABLES],
        "steps": list(edition.steps.all()),
        "drawn_on": drawn_on(edition, reader=me),
        "as_done": done,
        "periods": periods,
        **performing.we_did_this(request, found),
        "may_record": permissions.may_record_performance(me, found),
    }
    return render(request, "routines/page.html", shown)
