"""Being away, and who decides meanwhile."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from nhs_learning.people.forms import AbsenceForm
from nhs_learning.people.models import User
from nhs_learning.people.permissions import may_say_away


def mine(request: HttpRequest) -> HttpResponse:
    """Say that one is away, or back."""
    return _absence(request, request.user, reverse("my_account"))


def of(request: HttpRequest, pk: int) -> HttpResponse:
    """Say it for somebody of one's trust who cannot: for administrators."""
    person = get_object_or_404(User.objects.of(request.user.trust).here(), pk=pk)
    return _absence(request, person, reverse("absence", args=[pk]))


def _absence(request: HttpRequest, person: User, then: str) -> HttpResponse:
    may_say_away(request.user, person).or_refuse()
    if request.POST.get("do") == "back":
        person.be_back(by=request.user)
        messages.success(request, "You are back." if person == request.user else f"{person} is back.")
        return redirect(then)
    form = AbsenceForm(request.POST or None, person=person)
    if form.is_valid():
        person.be_away(by=request.user, **form.cleaned_data)
        messages.success(request, "Saved. Your colleagues can see it." if person == request.user else "Saved.")
        return redirect(then)
    return render(request, "people/away.html", {"person": person, "form": form, "mine": person == request.user})
