"""Looking after a community: beginning it, changing it, letting people in, handing it on, ending it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from knowledge import permissions
from knowledge.forms.communities import CommunityForm, HandOnForm, mark
from knowledge.models import Community, Conflict
from knowledge.views.communities import community_for
from nhs_learning.record.forms import all_held, record_confirmations


def new(request: HttpRequest) -> HttpResponse:
    """Begin one, as its facilitator and first member."""
    me = request.user
    permissions.may_begin_community(me).or_refuse()
    form = CommunityForm(_data(request), user=me, looking="find" in request.POST)
    if not form.is_valid():
        return _form_page(request, form)
    with transaction.atomic():
        begun = Community.begin(by=me, **form.said())
        record_confirmations([form], by=me, subject=begun, trust=me.trust)
    messages.success(request, "It has begun, and you facilitate it. Tell those who should know; plan a first session.")
    return redirect(begun)


def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what it is for, its topics, how one joins."""
    me, found = request.user, community_for(request, slug)
    permissions.may_lead_community(me, found).or_refuse()
    form = CommunityForm(_data(request), user=me, community=found, looking="find" in request.POST)
    now = mark(found)
    if form.is_bound and request.POST.get("seen") != now:
        form.data = form.data.copy()
        form.data["seen"] = now
        overtaken = "Somebody else changed it at the same time."
        return _form_page(request, form, community=found, overtaken=overtaken, status=409)
    if not form.is_valid():
        return _form_page(request, form, community=found)
    with transaction.atomic():
        found.describe(by=me, **form.said())
        record_confirmations([form], by=me, subject=found, trust=found.trust)
    messages.success(request, "Saved.")
    return redirect(found)


@require_POST
def admit(request: HttpRequest, slug: str) -> HttpResponse:
    """Let somebody in who asks to join, say no to them, or take a member out (``do``)."""
    me, found = request.user, community_for(request, slug)
    permissions.may_lead_community(me, found).or_refuse()
    person = next((one.user for one in found.roll if str(one.user_id) == request.POST.get("person")), None)
    if person is None:
        messages.warning(request, "They no longer ask to join.")
        return redirect(found)
    if request.POST.get("do") == "admit":
        return _done(request, found, f"{person.name} is a member now.", lambda: found.admit(by=me, person=person))
    words = f"{person.name} is not a member."
    return _done(request, found, words, lambda: found.part_with(by=me, person=person))


def hand_on(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a colleague facilitate it from now on."""
    me, found = request.user, community_for(request, slug)
    permissions.may_lead_community(me, found).or_refuse()
    form = HandOnForm(_data(request), community=found, looking="find" in request.POST)
    if form.is_valid():
        to = form.cleaned_data["to"]
        return _done(request, found, f"{to.name} facilitates it now.", lambda: found.hand_on(by=me, to=to))
    shown = {"page_name": "communities", "community": found, "form": form}
    return render(request, "communities/hand_on.html", shown, status=422 if form.errors else 200)


def end(request: HttpRequest, slug: str) -> HttpResponse:
    """End it, after asking."""
    me, found = request.user, community_for(request, slug)
    permissions.may_lead_community(me, found).or_refuse()
    if request.method == "POST":
        return _done(request, found, "It has ended. Its page stays.", lambda: found.end(by=me))
    return render(request, "communities/end.html", {"page_name": "communities", "community": found})


def _data(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _done(request: HttpRequest, found: Community, words: str, verb: Callable[[], None]) -> HttpResponse:
    try:
        verb()
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, words)
    return redirect(found)


def _form_page(
    request: HttpRequest, form: CommunityForm, *, community: Any = None, overtaken: str = "", status: int = 200
) -> HttpResponse:
    shown = {"page_name": "communities", "community": community, "form": form, "held": all_held([form])}
    status = status if status != 200 or not form.errors else 422
    return render(request, "communities/form.html", {**shown, "overtaken": overtaken}, status=status)
