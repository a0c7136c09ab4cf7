"""The application as in production, with one more page that does nothing, to measure the others against."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from nhs_learning.wsgi import application

__all__ = ["application"]


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"Nothing here, {request.user.name}.")


def _add_the_empty_page() -> None:
    from nhs_learning import urls  # only now: the applications must be set up first

    urls.urlpatterns.append(path("bench/empty/", empty))


_add_the_empty_page()
