"""The page of a service."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def service(request: HttpRequest, service: str) -> HttpResponse:
    """One of the trust's services."""
    return render(request, "services/page.html", {})
