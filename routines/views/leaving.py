"""On the page of somebody who leaves: their routines; and handing these on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string

from knowledge.forms.leaving import HandOnForm
from knowledge.models import Conflict
from knowledge.permissions import may_see_leaving
from nhs_learning.people.models import User
from routines.leaving import hand_on, held_by
from routines.models import Routine
from routines.permissions import may_describe_routine


def routines_of(request: HttpRequest, person: User) -> str:
    """What they own or deputise for. Routines that are not in force yet are counted to those who may not see them."""
    found = held_by(person)
    if not found:
        return ""
    shown = {"person": person, "routines": found, "offered": _offered(request.user, found)}
    return render_to_string("routines/leaving.html", shown, request=request)


def routine_hand_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand routines of one person on to a colleague."""
    person = get_object_or_404(User.objects.of(request.user.trust), pk=pk)
    may_see_leaving(request.user, person).or_refuse()
    offered = _offered(request.user, held_by(person))
    form = HandOnForm(request.POST or None, person=person, keys=[one.slug for one in offered])
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            number = hand_on(person, said["things"], by=request.user, to=said["to"])
        except Conflict as conflict:
            form.add_error(None, str(conflict))
            status, offered = 409, _offered(request.user, held_by(person))
        else:
            things = "The routine is" if number == 1 else f"{number} routines are"
            messages.success(request, f"{things} handed on to {said['to']}, who is told.")
            return redirect("leaving", person.pk)
    shown = {"page_name": "people", "person": person, "offered": offered, "form": form}
    return render(request, "routines/hand_on.html", shown, status=status)


def _offered(me: User, found: list[Routine]) -> list[Routine]:
    """What the reader may hand on."""
    return [one for one in found if may_describe_routine(me, one)]
