"""Questions to colleagues and communities, and what came of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from knowledge.models import Conversation


def conversations(request: HttpRequest) -> HttpResponse:
    """What the reader asked and was asked."""
    found = Conversation.objects.of(request.user).select_related("asker", "answerer", "community")
    return render(request, "conversations/list.html", {"found": found[:50], "page_name": "conversations"})


def conversation(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them, for those who may read it."""
    found = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    return render(request, "conversations/page.html", {"conversation": found, "page_name": "conversations"})
