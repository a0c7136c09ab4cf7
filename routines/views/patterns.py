"""Patterns: the same reason, again and again. What was recorded, and what to do about it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from routines import permissions
from routines.models import Pattern


def pattern(request: HttpRequest, pk: int) -> HttpResponse:
    """One pattern, with the reasons that people gave, for whoever may answer it."""
    named = ("trust", "guidance__trust", "guidance__service", "statement", "routine__service", "answered_by")
    found = get_object_or_404(Pattern.objects.visible_to(request.user).select_related(*named), pk=pk)
    shown = {
        "page_name": "routines",
        "pattern": found,
        "records": list(found.records.all()[:100]),
        "may_answer": permissions.may_answer_pattern(request.user, found),
    }
    return render(request, "routines/pattern.html", shown)
