"""Finding the routine that an address names."""

from __future__ import annotations

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest

from knowledge.models import Topic
from routines.models import Check, Routine


def routine_for(request: HttpRequest, slug: str) -> Routine:
    """The routine of this name in the reader's trust, once it has been in force; with its edition in force, owner,
    deputy, service and trust, and ``needs_checking`` and ``filed_under`` (the name and slug of each topic)."""
    named = ("trust", "service", "owner", "deputy", "withdrawn_by", "current__published_by")
    waits = Check.objects.open().filter(routine=OuterRef("pk"))
    topics = (
        Topic.objects.filter(routines=OuterRef("pk")).order_by("name").values(said=JSONObject(name="name", slug="slug"))
    )
    visible = Routine.objects.visible_to(request.user).select_related(*named)
    visible = visible.annotate(needs_checking=Exists(waits), filed_under=ArraySubquery(topics))
    found = visible.filter(slug=slug).first()
    if found is None or found.current is None:
        raise Http404("There is no such routine, or it is not in force yet.")
    found.current.routine = found
    return found
