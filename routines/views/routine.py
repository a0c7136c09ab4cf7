"""The page of a routine: why and how it is done, as prescribed and as done."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from routines import checking, drawing, permissions, picture
from routines.models import Routine
from routines.reading import Shown
from routines.sources import drawn_on
from routines.views import performing
from routines.views.finding import routine_for
from routines.views.patterns import on_the_routine


def routine(request: HttpRequest, slug: str) -> HttpResponse:
    """One routine as it is in force. A learning routine is shown as the method that it is."""
    found = routine_for(request, slug)
    if found.kind == Routine.Kind.LEARNING:
        return redirect(found)
    me, edition = request.user, found.current
    assert edition is not None
    shown = Shown(edition, list(edition.steps.all()), drawn_on(edition, reader=me))
    done, periods = picture.picture_of(found)
    context = {
        "page_name": "routines",
        "routine": found,
        "edition": edition,
        "shown": shown,
        "governing": shown.governing,
        "steps": shown.steps,
        "drawn_on": shown.drawn_on,
        "editions": [period.edition for period in periods],
        "checks": checking.on_routine(found, reader=me),
        "may_check": permissions.may_describe_routine(me, found),
        "as_done": done,
        "periods": periods,
        "PERIODS": picture.PERIODS,
        **performing.we_did_this(request, found),
        "may": {
            "describe": permissions.may_describe_routine(me, found),
            "withdraw": permissions.may_withdraw_routine(me, found),
        },
        "may_record": permissions.may_record_performance(me, found),
        "patterns": on_the_routine(found, reader=me),
    }
    context["may_bring"] = permissions.may_begin_routine(me)
    context["map"] = drawing.drawn(edition.title, shown.steps, shown.drawn_on, context["as_done"])
    return render(request, "routines/page.html", context)
