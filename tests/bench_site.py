"""The application as in production, with one more page that does nothing, to measure the others against."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path

from nhs_learning.wsgi import application as as_in_production


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Each answer says which worker gave it."""

    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        return start_response(status, [*headers, ("X-Worker", str(os.getpid()))], *more)

    return as_in_production(environ, start)


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"Nothing here, {request.user.name}.")


def _add_the_empty_page() -> None:
    from nhs_learning import urls  # only now: the applications must be set up first

    urls.urlpatterns.append(path("bench/empty/", empty))


_add_the_empty_page()
