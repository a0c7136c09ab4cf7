"""Earlier editions of a routine, each with what it changed."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from knowledge import comparing
from routines.editions import Spoken, what_changed
from routines.models import RoutineRevision, Step
from routines.models.routine_revision import COMPARED
from routines.reading import Shown
from routines.sources import drawn_on_by_each
from routines.views.finding import routine_for


def edition(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What one edition says, marked as such where another is in force, and what it changed."""
    routine = routine_for(request, slug)
    editions = list(routine.revisions.published().select_related("published_by").order_by("-number"))
    by_number = {one.number: one for one in editions}
    found, before = by_number.get(number), by_number.get(number - 1)
    if found is None:
        raise Http404("There is no such edition of this routine.")
    spoken = _spoken(request, [found, *([before] if before else [])])
    shown = {
        "page_name": "routines",
        "routine": routine,
        "edition": found,
        "in_force": found.pk == routine.current_id and routine.state == routine.State.IN_FORCE,
        "before": before,
        "following": by_number.get(number + 1),
        "editions": editions,
        "shown": Shown(found, list(spoken[0].steps), spoken[0].drawn_on),
        "differences": what_changed(spoken[1], spoken[0]) if before else None,
        "TEXTS": {name: str(found._meta.get_field(name).verbose_name).capitalize() for name in COMPARED},
        "runs": comparing.runs,
    }
    return render(request, "routines/edition.html", shown)


def _spoken(request: HttpRequest, editions: list[RoutineRevision]) -> list[Spoken]:
    """These editions with all that they say; two queries."""
    steps = Step.objects.filter(revision__in=editions).order_by("revision", "position", "pk")
    by_edition = {pk: list(some) for pk, some in groupby(steps, key=lambda step: step.revision_id)}
    drawn = drawn_on_by_each(editions, reader=request.user)
    return [Spoken(one, by_edition.get(one.pk, []), drawn[one.pk]) for one in editions]
