"""Topics: whom to ask about each, what colleagues have learned, what is in force, who meets over it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def topics(request: HttpRequest) -> HttpResponse:
    """A to Z."""
    return render(request, "topics/list.html", {})


def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """One of them."""
    return render(request, "topics/page.html", {})
