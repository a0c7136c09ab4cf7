"""Leaving well: everything that a person owns, holds and is asked about, while there is time to hand it on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from knowledge import permissions
from nhs_learning.people.models import User


def leaving(request: HttpRequest, pk: int) -> HttpResponse:
    """What would be lost with one person."""
    found = get_object_or_404(User.objects.of(request.user.trust), pk=pk)
    permissions.may_see_leaving(request.user, found).or_refuse()
    return render(request, "people/leaving.html", {"person": found, "page_name": "people"})
