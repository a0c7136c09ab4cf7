"""Leaving well: everything that a person owns, holds and is asked about, while there is time to hand it on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string

from knowledge import permissions
from knowledge.forms.leaving import HandOnForm, LeavingForm
from knowledge.leavers import leaving_soon, soon_at_a_glance
from knowledge.leaving import Held, Holdings, address, what_is_held
from knowledge.models import Conflict, Guidance
from nhs_learning.people.models import Service, User
from nhs_learning.people.roles import LEAD


def leaving(request: HttpRequest, pk: int) -> HttpResponse:
    """What would be lost with one person, and handing it on."""
    person = get_object_or_404(User.objects.of(request.user.trust), pk=pk)
    permissions.may_see_leaving(request.user, person).or_refuse()
    do = request.POST.get("do")
    if do in ("date", "stays"):
        return _say_when(request, person, stays=do == "stays")
    if do == "hand_on":
        return _hand_on(request, person)
    return _page(request, person)


def leaving_list(request: HttpRequest) -> HttpResponse:
    """Who leaves soon of the services that the reader leads."""
    found = leaving_soon(request.user).prefetch_related("memberships__service")
    shown = {"found": found, "leads": request.user.reach.may_anywhere(LEAD), "page_name": "people"}
    return render(request, "people/leaving_list.html", shown)


def whom_we_lose(request: HttpRequest, _: object = None) -> str:
    """For the home page of whoever leads: who of their services leaves soon."""
    if not request.user.reach.may_anywhere(LEAD):
        return ""
    found = soon_at_a_glance(request.user)
    return render_to_string("people/leaving_soon.html", {"found": found}, request=request) if found else ""


def _say_when(request: HttpRequest, person: User, *, stays: bool) -> HttpResponse:
    permissions.may_say_leaving(request.user, person).or_refuse()
    form = LeavingForm(None if stays else request.POST, person=person)
    if not stays and not form.is_valid():
        return _page(request, person, when=form)
    on = None if stays else form.cleaned_data["on"]
    person.say_leaving(by=request.user, on=on)
    messages.success(request, "Saved. Whoever leads their services is told." if on else f"Saved: {person} stays.")
    return redirect("leaving", person.pk)


def _hand_on(request: HttpRequest, person: User) -> HttpResponse:
    held = what_is_held(person, seen_by=request.user)
    form = HandOnForm(request.POST, person=person, keys=_offered(request.user, held))
    if not form.is_valid():
        return _page(request, person, held=held, hand_on=form)
    to = form.cleaned_data["to"]
    try:
        number = held.hand_on(form.cleaned_data["things"], by=request.user, to=to)
    except Conflict as conflict:
        form.add_error(None, str(conflict))
        return _page(request, person, hand_on=form, status=409)
    things = "It is" if number == 1 else f"{number} things are"
    messages.success(request, f"{things} handed on to {to}, who is told.")
    return redirect("leaving", person.pk)


def _page(
    request: HttpRequest,
    person: User,
    *,
    held: Holdings | None = None,
    when: LeavingForm | None = None,
    hand_on: HandOnForm | None = None,
    status: int = 200,
) -> HttpResponse:
    me = request.user
    held = held or what_is_held(person, seen_by=me)
    keys = _offered(me, held)
    shown: dict[str, Any] = {
        "person": person,
        "held": held,
        "offered": keys,
        "address": lambda one: address(one, trust=me.trust.slug),
        "when": when or LeavingForm(person=person),
        "hand_on": hand_on or HandOnForm(person=person, keys=keys),
        "may_say": person.is_active,
        "page_name": "people",
    }
    return render(request, "people/leaving.html", shown, status=status)


def _offered(me: User, held: Holdings) -> list[str]:
    """What the reader may hand on, by key."""
    return [one.key for one in held.things if one.seen and _may_hand_on(me, held.of, one)]


def _may_hand_on(me: User, person: User, one: Held) -> bool:
    """Guidance by its permission; a community is its facilitator's to hand on."""
    if one.kind not in ("guidance", "deputy"):
        return one.kind == "community" and me == person
    guidance = Guidance(pk=one.pk, trust_id=person.trust_id, service_id=one.service_id, audience=one.audience)
    guidance.service = Service(pk=one.service_id, trust_id=person.trust_id, name=one.note)
    guidance.owner_id, guidance.deputy_id = (person.pk, None) if one.kind == "guidance" else (None, person.pk)
    return bool(permissions.may_hand_on_guidance(me, guidance))
