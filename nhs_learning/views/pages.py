"""Pages that are only text, and the pages for when something went wrong."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "accessibility.html")


@login_not_required
def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", {"reason": str(exception)}, status=403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    """Says so without asking the database or the session anything, since they may be what broke."""
    return HttpResponse(_BROKEN, status=500)


_BROKEN = """<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">
<title>Something went wrong – NHS Learning</title><meta name="viewport" content="width=device-width"></head>
<body><main><h1>Sorry, something went wrong</h1>
<p>It was not your doing, and nothing that was saved is lost. Try again in a minute. If you were writing,
go back first: your browser may still have what you typed.</p>
<p>If you need guidance for a patient now, don’t wait for this page: ask a senior colleague, or ring the specialty.</p>
<p><a href="/">Go to the home page</a></p></main></body></html>
"""
