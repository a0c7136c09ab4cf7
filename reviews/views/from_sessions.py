"""A change that came of a session: what its members want changed, as it was written down there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from knowledge import permissions
from knowledge.models import Guidance, Output, Session
from reviews.models import Change


def output_asked(request: HttpRequest, subject: Any) -> Output | None:
    """What came of a session that the address names (``?output=``), if the reader may take it up and it is about this
    guidance. Otherwise the change is suggested without it."""
    asked = request.GET.get("output", "")
    if not (isinstance(subject, Guidance) and asked.isdecimal() and len(asked) <= 18):
        return None
    seen = Session.objects.visible_to(request.user).values("pk")
    about = Output.objects.filter(session__in=seen, kind=Output.Kind.CHANGE, guidance=subject, pk=int(asked))
    found = about.select_related("session__community", "session__trust").first()
    return found if found and permissions.may_take_up_output(request.user, found) else None


def reason_from_session(change: Change) -> str:
    """What was written down at the session that a change came of; "" where it came of none."""
    return Output.objects.filter(change_reference=change.reference).values_list("text", flat=True).first() or ""
