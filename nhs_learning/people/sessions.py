"""Sessions: read at every page, so quickly; ended when idle, since ward computers are shared."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.backends import db
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nhs_learning.record.prepared import Prepared, given

#: How stale the session's mark may get before it is written again: at every request would cost a write a page.
FRESH_SECONDS = 300


class SessionStore(db.SessionStore):
    """Django's sessions in the database, where signing out ends them at once for every process."""

    def load(self) -> dict:
        row = _sessions().row(key=self.session_key, now=timezone.now())
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])


@functools.cache
def _sessions() -> Prepared:
    live = db.SessionStore.get_model_class().objects.filter(session_key=given("key"), expire_date__gt=given("now"))
    return Prepared(live.values_list("session_data"))


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
