"""Finding the routine that an address names."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from routines.models import Routine


def routine_for(request: HttpRequest, slug: str) -> Routine:
    """The routine of this name in the reader's trust, once it has been in force; with its edition in force, owner,
    deputy, service and trust."""
    named = ("trust", "service", "owner", "deputy", "withdrawn_by", "current__published_by")
    found = Routine.objects.visible_to(request.user).select_related(*named).filter(slug=slug).first()
    if found is None or found.current is None:
        raise Http404("There is no such routine, or it is not in force yet.")
    found.current.routine = found
    return found
