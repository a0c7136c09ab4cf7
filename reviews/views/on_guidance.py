"""What reviews show on the page of guidance."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from reviews.permissions import may_suggest


def aside(request: HttpRequest, guidance: Any) -> str:
    """For those who may: the way to suggest a change."""
    if not (request.user.is_authenticated and may_suggest(request.user, guidance)):
        return ""
    return render_to_string("changes/on_guidance.html", {"guidance": guidance}, request=request)
