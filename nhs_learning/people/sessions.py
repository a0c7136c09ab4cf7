"""Idle sessions end: ward computers are shared."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

#: How stale the session's mark may get before it is written again: at every request would cost a write a page.
FRESH_SECONDS = 300


class IdleSessionMiddleware:
    """Push a signed-in person's session end forward while they are using it, at most every five minutes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = int(time.time())
            if now - request.session.get("used_at", 0) > FRESH_SECONDS:
                request.session["used_at"] = now
        return self.get_response(request)
