"""Communities of practice: what each is for, who belongs, what they do together."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from knowledge.models import Community


def communities(request: HttpRequest) -> HttpResponse:
    """Those of the reader's trust."""
    found = Community.objects.visible_to(request.user).open()
    return render(request, "communities/list.html", {"found": found, "page_name": "communities"})


def community(request: HttpRequest, slug: str) -> HttpResponse:
    """One of the reader's trust."""
    found = get_object_or_404(Community.objects.visible_to(request.user), slug=slug)
    return render(request, "communities/page.html", {"community": found, "page_name": "communities"})
