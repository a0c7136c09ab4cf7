"""Is this instance well? For whoever keeps an eye on it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache


@login_not_required
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 with ``{"status": "ok", …}``, or 503 with what is wrong, in words that give nothing away."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        wrong = {"status": "unwell", "database": "cannot be reached", "build": settings.BUILD}
        return JsonResponse(wrong, status=503)
    return JsonResponse({"status": "ok", "database": "ok", "build": settings.BUILD})
