"""Is this instance well? For whoever keeps an eye on it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from knowledge.search import index
from nhs_learning.record.models import SearchEntry


class AsNobodyMiddleware:
    """Asks after health as nobody, whatever cookies come along: to know somebody takes the database, which may be away,
    and a dashboard that looks every minute must not keep a session alive."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/health/":
            request.META.pop("HTTP_COOKIE", None)
        return self.get_response(request)


@login_not_required
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 with ``{"status": "ok", …}``, or 503 with what is wrong, in words that give nothing away.

    Search that lags behind is told, and is no reason for a 503: pages are read all the same.
    """
    try:
        search = _search()
    except DatabaseError:
        wrong = {"status": "unwell", "database": "cannot be reached", "search": "not known", "build": settings.BUILD}
        return JsonResponse(wrong, status=503)
    return JsonResponse({"status": "ok", "database": "ok", "search": search, "build": settings.BUILD})


def _search() -> str:
    """How far this machine's index has come. Asks the database in any case."""
    generation = index.Shelf(settings.SEARCH_DIR).current()
    state = index.state_of(generation) if generation else None
    behind = SearchEntry.objects.above(state.position if state else 0).count()
    if state is None:
        return "being prepared"
    return f"{behind} behind" if behind else "up to date"
