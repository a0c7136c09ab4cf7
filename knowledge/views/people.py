"""Who knows what: the page of each person, which is their own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from nhs_learning.people.models import User


def person(request: HttpRequest, pk: int) -> HttpResponse:
    """A colleague of the reader's trust."""
    found = get_object_or_404(User.objects.of(request.user.trust), pk=pk)
    return render(request, "people/person.html", {"person": found, "page_name": "people"})
