"""Finding the routine that an address names."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest

from routines.models import Check, Routine


def routine_for(request: HttpRequest, slug: str) -> Routine:
    """The routine of this name in the reader's trust, once it has been in force; with its edition in force, owner,
    deputy, service and trust, and ``needs_checking``."""
    named = ("trust", "service", "owner", "deputy", "withdrawn_by", "current__published_by")
    waits = Check.objects.open().filter(routine=OuterRef("pk"))
    visible = Routine.objects.visible_to(request.user).select_related(*named).annotate(needs_checking=Exists(waits))
    found = visible.filter(slug=slug).first()
    if found is None or found.current is None:
        raise Http404("There is no such routine, or it is not in force yet.")
    found.current.routine = found
    return found
