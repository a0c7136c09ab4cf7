"""The three loops of learning, explained to whoever comes across their marks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from knowledge import loops as the_loops
from knowledge.models import Guidance

#: The parts of an edition of guidance that are compared, in the order in which a page shows them.
PARTS = ("title", "aim", "scope", "summary", "statements", "milestones", "body", "attachments")
ROUTINE_PARTS = ("goal", "norms", "policies", "procedure", "structure", "steps")


def loops(request: HttpRequest) -> HttpResponse:
    """What the loops mean, what governs in each kind of thing, what a deeper change names, and why one reads blind."""
    return render(request, "loops.html", {"table": what_governs(), "VARIABLES": the_loops.VARIABLES})


def what_governs() -> list[tuple[str, list[str], list[str]]]:
    """For each kind of guidance, and for routines: its name, the parts that govern, and the parts that are practice."""
    kinds = [(value, str(label), PARTS) for value, label in Guidance.Kind.choices]
    kinds.append(("care", "Routine of care or of the trust’s work", ROUTINE_PARTS))
    rows = []
    for kind, label, parts in kinds:
        if kind != Guidance.Kind.SERVICE_FRAMEWORK:
            parts = tuple(part for part in parts if part != "milestones")  # only standards have milestones
        governing = [the_loops.called_in(kind, part) for part in parts if part in the_loops.GOVERNING[kind]]
        practice = [the_loops.called_in(kind, part) for part in parts if part not in the_loops.GOVERNING[kind]]
        rows.append((label, governing, practice))
    return rows
