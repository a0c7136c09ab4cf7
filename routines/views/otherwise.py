"""What people said of how they did a routine otherwise, without their names; and the counts to take away."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from nhs_learning.record.spreadsheets import as_csv
from routines import permissions, picture
from routines.forms.performing import OtherwiseForm
from routines.models import Performance, Routine, Variation
from routines.views.finding import routine_for

PER_PAGE = 25
#: The last page that is looked for.
LAST = 400
HEADINGS = ("Edition", "Month", "What", "How", "Why", "Number")


def otherwise(request: HttpRequest, slug: str) -> HttpResponse:
    """Where somebody said more than the reason, the newest first. Who recorded it, and when, its owner alone sees."""
    found = routine_for(request, slug)
    assert found.current is not None
    form = OtherwiseForm(found.current, request.GET)
    asked = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    owns = permissions.may_see_recorders(request.user, found)
    page = _number(request.GET.get("page", ""))
    rows = _found(found, asked, with_recorder=bool(owns))[(page - 1) * PER_PAGE : page * PER_PAGE + 1]
    listed = list(rows)
    for one in listed:
        one.routine = found
    address = urlencode({name: "on" if value is True else value for name, value in asked.items()})
    shown = {
        "page_name": "routines",
        "routine": found,
        "form": form,
        "asked": asked,
        "said": [(one, permissions.may_mark_worth_spreading(request.user, one)) for one in listed[:PER_PAGE]],
        "owns": owns,
        "page": page,
        "more": len(listed) > PER_PAGE and page < LAST,
        "address": f"?{address}&" if address else "?",
    }
    return render(request, "routines/otherwise.html", shown)


def _found(routine: Routine, asked: dict[str, Any], *, with_recorder: bool) -> Any:
    rows = Performance.objects.filter(routine=routine).otherwise().in_words()
    if reason := asked.get("reason"):
        rows = rows.filter(reason=reason)
    if key := asked.get("step"):
        rows = rows.filter(Exists(Variation.objects.filter(performance=OuterRef("pk"), step__key=key)))
    if asked.get("worth"):
        rows = rows.worth_spreading()
    rows = rows.select_related("by", "service") if with_recorder else rows
    return rows.prefetch_related("variations__step")


def _number(asked: str) -> int:
    return min(max(int(asked), 1), LAST) if asked.isdecimal() and len(asked) < 9 else 1


def counts(request: HttpRequest, slug: str) -> HttpResponseBase:
    """All counts of how it was done, as a spreadsheet: by edition, month, step and reason; nobody's name."""
    found = routine_for(request, slug)
    return as_csv(f"{found.slug}-as-done", HEADINGS, picture.counts(found))
