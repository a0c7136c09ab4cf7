"""Checks: what a routine draws on has changed, and its owner says whether the routine still holds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from routines import permissions
from routines.models import Check, Routine


def check(request: HttpRequest, pk: int) -> HttpResponse:
    """One check: what has changed."""
    named = ("routine__trust", "routine__service", "guidance__trust", "insight", "since", "revision", "cleared_by")
    seen = Check.objects.filter(routine__in=Routine.objects.visible_to(request.user)).select_related(*named)
    found = get_object_or_404(seen, pk=pk)
    shown = {
        "page_name": "routines",
        "check": found,
        "routine": found.routine,
        "may_clear": permissions.may_clear(request.user, found),
    }
    return render(request, "routines/check.html", shown)
