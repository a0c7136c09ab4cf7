"""Taking a routine away: its steps as CSV or Excel, the whole as BPMN."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from nhs_learning.record.spreadsheets import as_csv
from routines.models import Routine
from routines.portable.bpmn import as_bpmn
from routines.portable.columns import HEADINGS, rows_of
from routines.portable.workbook import as_xlsx
from routines.sources import drawn_on
from routines.views.finding import routine_for

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """Its steps as CSV."""
    routine = routine_for(request, slug)
    return as_csv(routine.slug, HEADINGS, ([str(said) for said in row] for row in _rows(request, routine)))


def xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """Its steps as an Excel workbook."""
    routine = routine_for(request, slug)
    return _download(as_xlsx(HEADINGS, _rows(request, routine)), f"{routine.slug}.xlsx", _XLSX)


def bpmn(request: HttpRequest, slug: str) -> HttpResponse:
    """The routine as BPMN 2.0."""
    routine = routine_for(request, slug)
    edition = routine.current
    drawn = drawn_on(edition, reader=request.user).steps
    made = as_bpmn(edition.title, edition.goal, list(edition.steps.all()), drawn)
    return _download(made, f"{routine.slug}.bpmn", "application/xml")


def _rows(request: HttpRequest, routine: Routine) -> list[list[str | int]]:
    steps = list(routine.current.steps.all())
    return list(rows_of(steps, drawn_on(routine.current, reader=request.user).steps))


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
