"""The page of one change: what it changes and why, where it stands, what each person may do next."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from knowledge import comparing
from knowledge.views.history import TEXTS
from nhs_learning.record.models import Event
from reviews import permissions
from reviews.models import Change


def change_for(request: HttpRequest, reference: str) -> Change:
    """The change of this reference, if the reader may see it; otherwise 404, whether or not there is one."""
    found = Change.objects.visible_to(request.user).with_subject().filter(reference=reference).first()
    if found is None:
        raise Http404("There is no such change, or it is not open to you.")
    return found


def page(request: HttpRequest, reference: str) -> HttpResponse:
    """One change, as this reader may see it."""
    change = change_for(request, reference)
    me = request.user
    shown = {
        "change": change,
        "edition": change.edition,
        "subject": change.subject,
        "decisions": list(change.decisions.select_related("by")),
        "differences": change.edition.differences(),
        "sees_reading": permissions.may_see_reading(me, change),
        "may": {
            name: getattr(permissions, f"may_{name}")(me, change)
            for name in ("write", "propose", "take_back", "withdraw", "decide", "settle", "look_back")
        },
        "deeds": Event.objects.about(change).select_related("by"),
        "TEXTS": TEXTS,
        "runs": comparing.runs,
    }
    return render(request, "changes/page.html", shown)
