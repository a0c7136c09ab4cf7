"""Who knows what: the page of each person, which is their own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from nhs_learning.people.models import User


def people(request: HttpRequest) -> HttpResponse:
    """Colleagues of the reader's trust."""
    found = User.objects.of(request.user.trust).here()
    return render(request, "people/list.html", {"found": found[:50], "page_name": "people"})


def person(request: HttpRequest, pk: int) -> HttpResponse:
    """A colleague of the reader's trust."""
    found = get_object_or_404(User.objects.of(request.user.trust), pk=pk)
    return render(request, "people/person.html", {"person": found, "page_name": "people"})
