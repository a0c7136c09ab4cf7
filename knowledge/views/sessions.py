"""Sessions: planned, held, and what came of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from knowledge.models import Session


def session(request: HttpRequest, pk: int) -> HttpResponse:
    """One that the reader may see."""
    found = get_object_or_404(Session.objects.visible_to(request.user), pk=pk)
    return render(request, "sessions/page.html", {"session": found, "page_name": "communities"})
