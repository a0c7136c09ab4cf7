"""What is told to somebody who did something when a colleague had been quicker."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


def was_quicker(request: HttpRequest, thing: Any, what: str, *, typed: str) -> HttpResponse:
    """Somebody was quicker: the page of the thing as it now is, with what was typed, so that it isn't lost."""
    messages.warning(request, what)
    if typed:
        messages.info(request, f"What you typed was not kept. In case you need it: {typed}")
    return redirect(thing)
