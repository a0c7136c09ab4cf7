"""Bringing the steps of a routine’s change from a spreadsheet."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from reviews.permissions import may_write
from reviews.views.changes import change_for
from routines.models import RoutineRevision
from routines.views.bringing import bring_into


def bring_steps(request: HttpRequest, reference: str) -> HttpResponse:
    """Bring the steps of the draft of a change, in the place of those that it has."""
    change = change_for(request, reference)
    if not isinstance(change.edition, RoutineRevision):
        raise Http404("This change is not of a routine.")
    may_write(request.user, change).or_refuse()
    return bring_into(request, change.edition, subject=change, back=reverse("change_write", args=[reference]))
