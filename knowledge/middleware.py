"""What happens around the pages of guidance: leading a reader on, and keeping whole public pages."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

from knowledge.views.finding import Elsewhere, public_version
from nhs_learning.record import clock


class ElsewhereMiddleware:
    """Leads a reader on whose page is at another address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return exception.response if isinstance(exception, Elsewhere) else None


_GUIDANCE_PAGE = re.compile(r"/guidance/(?P<trust>[-\w]+)/(?P<slug>[-\w]+)/")


class KeptPagesMiddleware:
    """Keeps whole public guidance pages for readers who have not signed in.

    One query tells whether the page is still public and which version of it is in force; the rest was done before.
    The ETag comes from that version, never from the body, so that a reader who has the page is told so (304).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.kept = caches["pages"]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = _GUIDANCE_PAGE.fullmatch(request.path) if _is_anonymous_read(request) else None
        version = address and public_version(**address.groupdict())
        if not version:
            return self.get_response(request)
        etag = f'W/"{version}"'
        has_it = request.headers.get("If-None-Match") == etag
        response = HttpResponseNotModified() if has_it else self._page(request, version)
        response["ETag"] = etag
        response["Cache-Control"] = "public, no-cache"
        response["Vary"] = "Cookie"
        return response

    def _page(self, request: HttpRequest, version: str) -> HttpResponse:
        key = f"{request.get_host()}-{version}"  # on paper the page names its whole address
        kept = self.kept.get(key)
        if kept is None:
            response = self.get_response(request)
            if response.status_code == 200:
                self.kept.set(key, (response.content, dict(response.headers)), clock.KEPT_SECONDS)
            return response
        content, headers = kept
        return HttpResponse(content, headers=headers)


def _is_anonymous_read(request: HttpRequest) -> bool:
    """Nobody is signed in, no message is waiting to be shown, and nothing but the page is asked for."""
    in_a_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    return request.method == "GET" and not request.META["QUERY_STRING"] and not in_a_session
