"""Who knows what: the trust's directory, and the page of each person, which is their own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Paginator
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from knowledge import permissions
from knowledge.directory import Directory, by_standing, with_what_they_know
from knowledge.models import Community, Conflict, Expertise, Guidance, Insight, Profile, Vouch
from nhs_learning.people.models import User

PER_PAGE = 25
#: How many insights and pieces of guidance a person's page shows.
SHOWN = 10


def people(request: HttpRequest) -> HttpResponse:
    """Colleagues of the reader's trust, by name, topic, service or profession."""
    directory = Directory(request.user, request.GET.dict())
    page = Paginator(with_what_they_know(directory.found()), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_name": "people",
        "directory": directory,
        "page": page,
        "address_of_page": lambda number: directory.address(page=str(number)),
    }
    return render(request, "people/list.html", context)


def person(request: HttpRequest, pk: int) -> HttpResponse:
    """A colleague of the reader's trust: what to ask them about, how to reach them, what they share."""
    me = request.user
    ours = User.objects.of(me.trust).select_related("profile").prefetch_related("memberships__service")
    found = get_object_or_404(ours.exclude(trust=None), pk=pk)
    guidance = Guidance.objects.visible_to(me).of(me.trust_id).in_force().filter(owner=found)
    shown = {
        "page_name": "people",
        "person": found,
        "profile": profile_of(found),
        "expertise": _expertise(found),
        "insights": list(Insight.objects.visible_to(me).shared().filter(holders=found)[: SHOWN + 1]),
        "guidance": list(guidance.select_related("trust", "service").order_by("title")[: SHOWN + 1]),
        "communities": list(Community.objects.visible_to(me).open().of(found)),
        "most": SHOWN,
        "may_see_leaving": permissions.may_see_leaving(me, found),
    }
    return render(request, "people/person.html", shown)


def profile_of(person: User) -> Profile | None:
    """Whoever has not filled it in has none."""
    try:
        return person.profile
    except Profile.DoesNotExist:
        return None


def _expertise(person: User) -> list[Any]:
    """By standing, each with ``vouched``, who vouches for it, the first of them first."""
    vouches = Vouch.objects.filter(expertise=OuterRef("pk")).order_by("at")
    who = ArraySubquery(vouches.values(who=JSONObject(pk="by", name="by__name")))
    theirs = Expertise.objects.filter(user=person).select_related("topic").annotate(vouched=who)
    return list(theirs.order_by(by_standing(), "topic__name"))


@require_POST
def vouch(request: HttpRequest, pk: int) -> HttpResponse:
    """Vouch for a topic of a colleague (``topic``: its slug), or take one's word back."""
    me = request.user
    asked = request.POST.get("topic", "").replace("\0", "")
    theirs = Expertise.objects.filter(user=pk, user__trust=me.trust_id, user__is_active=True, topic__slug=asked)
    held = theirs.select_related("topic", "user__trust").first()
    if held is None:
        raise Http404("They are not asked about that.")
    if request.POST.get("do") == "take_back":
        held.take_back(by=me)
        messages.success(request, f"You no longer vouch for {held.user.name} on {held.topic.name}.")
        return redirect("person", pk)
    permissions.may_vouch(me, held.user).or_refuse()
    try:
        held.vouch(by=me)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, f"Thank you: {held.user.name} is told that you vouch for them on {held.topic.name}.")
    return redirect("person", pk)
