"""Finding guidance without searching: by service, topic, kind, A to Z; and what is due for review."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from knowledge.models import Guidance


def browse(request: HttpRequest) -> HttpResponse:
    visible = Guidance.objects.visible_to(request.user).in_force().select_related("trust", "service")
    return render(request, "browse.html", {"page_name": "browse", "guidance": visible.order_by("title")})


def due_for_review(request: HttpRequest) -> HttpResponse:
    visible = Guidance.objects.visible_to(request.user).of(request.user.trust_id)
    due = visible.due_for_review().select_related("trust", "service", "owner")
    return render(request, "due_for_review.html", {"page_name": "due", "due": due})
