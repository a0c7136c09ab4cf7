"""Sessions: what is to come, by which methods people meet, and the page of each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from knowledge import meeting, permissions
from knowledge.calendar import icalendar
from knowledge.forms.sessions import guidance_of
from knowledge.models import Conflict, Conversation, Guidance, Insight, Output, Session
from nhs_learning.people.models import User
from nhs_learning.people.permissions import holds_anywhere
from nhs_learning.people.roles import CONTRIBUTE

#: How many a list shows of a kind.
LISTED = 50


def sessions(request: HttpRequest) -> HttpResponse:
    """To come for the reader, all to come in the trust, held lately; and what each method is good for."""
    me = request.user
    mine = Session.objects.of(me)
    seen = Session.objects.visible_to(me).select_related("community", "service")
    to_come = list(seen.to_come().annotate(is_mine=Exists(mine.filter(pk=OuterRef("pk"))))[:LISTED])
    shown = {
        "page_name": "communities",
        "waiting": list(mine.run_by(me).waiting_for_notes().select_related("community", "service")[:LISTED]),
        "mine": [one for one in to_come if one.is_mine],
        "others": [one for one in to_come if not one.is_mine],
        "held": list(seen.held()[:10]),
        "methods": meeting.METHODS.values(),
    }
    return render(request, "sessions/list.html", shown)


def session(request: HttpRequest, pk: int) -> HttpResponse:
    """Before: when, where, what for, who comes. Afterwards: what came of it, and for those who were in it the notes."""
    me, found = request.user, session_for(request, pk)
    reads = permissions.may_read_notes(me, found)
    may_come = found.who_may_come() if reads and found.state == Session.State.PLANNED else []
    groups = list(found.groups.prefetch_related("people")) if reads and found.kind == meeting.COFFEE else []
    shown = {
        "page_name": "communities",
        "session": found,
        "about": guidance_of(me, found) if found.guidance_id else None,
        "reads_notes": reads,
        "coming": [one.user for one in found.guests if one.coming],
        "not_coming": [one.user for one in found.guests if one.coming is False],
        "came": [one.user for one in found.guests if one.came],
        "silent": _silent(found, may_come),
        "my_answer": next((one.coming for one in found.guests if one.user_id == me.pk), None),
        "groups": groups,
        "my_group": any(me in group.people.all() for group in groups),
        "outputs": outputs_for(me, found),
        "may_answer": permissions.may_answer_session(me, found),
        "may_run": permissions.may_run_session(me, found),
        "may_write_down": permissions.may_write_down(me, found),
    }
    return render(request, "sessions/page.html", shown)


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whether one comes (``coming``: yes or no)."""
    me, found = request.user, session_for(request, pk)
    if not (verdict := permissions.may_answer_session(me, found)):
        messages.warning(request, verdict.reason)
        return redirect(found)
    coming = request.POST.get("coming") == "yes"
    try:
        found.answer(by=me, coming=coming)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, "You come: good." if coming else "You can’t come. You can change that here.")
    return redirect(found)


def calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """The session for one's own calendar."""
    found = session_for(request, pk)
    text = icalendar(found, address=request.build_absolute_uri(found.get_absolute_url()))
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="session-{found.pk}.ics"'
    return response


def session_for(request: HttpRequest, pk: int) -> Session:
    """The session of this number, if the reader may see it."""
    named = ("trust", "community__facilitator", "service", "facilitator", "harvest_of", "planned_by")
    found = Session.objects.visible_to(request.user).select_related(*named).filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such session, or it is not open to you.")
    return found


def outputs_for(reader: User, found: Session) -> list[Output]:
    """What came of it, each with whether the reader may see the guidance it is about and what became of it
    (``guidance_seen``, ``insight_seen``, ``conversation_seen``), and may suggest changes (``may_suggest``), in one
    query."""

    def is_seen(things: Any, key: str) -> Exists:
        return Exists(things.visible_to(reader).filter(pk=OuterRef(key)))

    listed = found.outputs.select_related("by", "guidance__trust", "insight", "conversation")
    return list(
        listed.annotate(
            guidance_seen=is_seen(Guidance.objects, "guidance"),
            insight_seen=is_seen(Insight.objects, "insight"),
            conversation_seen=is_seen(Conversation.objects, "conversation"),
            may_suggest=Value(holds_anywhere(reader, CONTRIBUTE)),
        )
    )


def _silent(found: Session, may_come: list[User]) -> int:
    """How many have not said whether they come."""
    said = {one.user_id for one in found.guests if one.coming is not None}
    return sum(person.pk not in said for person in may_come)
