"""What reviews show on the page of guidance."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from reviews.models import Change
from reviews.permissions import may_suggest


def aside(request: HttpRequest, guidance: Any) -> str:
    """For those who may: the way to suggest a change."""
    if not (request.user.is_authenticated and may_suggest(request.user, guidance)):
        return ""
    return render_to_string("changes/on_guidance.html", {"guidance": guidance}, request=request)


def draft_aside(request: HttpRequest, draft: Any) -> str:
    """Beside a draft: the change that it is of, or the way to send it for a decision."""
    if draft.based_on_id is None:
        return ""
    change = Change.objects.filter(guidance_revision=draft).first()
    if change is None and not may_suggest(request.user, draft.guidance):
        return ""
    return render_to_string("changes/on_a_draft.html", {"draft": draft, "change": change}, request=request)
