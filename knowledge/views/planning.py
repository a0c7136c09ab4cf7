"""Planning a session, changing it, calling it off, drawing pairs for it, reminding people of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from knowledge import meeting, permissions
from knowledge.forms.sessions import CancelForm, HarvestForm, PlanForm, SessionForm
from knowledge.models import Conflict, Session
from knowledge.views.communities import community_for
from knowledge.views.sessions import session_for
from nhs_learning.people.models import Service, User
from nhs_learning.people.permissions import holds, holds_anywhere
from nhs_learning.people.roles import ADMINISTER, LEAD
from nhs_learning.record.forms import all_held, record_confirmations


def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """Plan a session of a community: the method first (``?method=``), then one form, which begins as the method has
    it."""
    me, community = request.user, community_for(request, slug)
    permissions.may_plan_session(me, community).or_refuse()
    asked = request.GET.get("method")
    if asked is None:
        shown = {"page_name": "communities", "community": community, "methods": meeting.METHODS.values()}
        return render(request, "sessions/choose.html", shown)
    if (method := meeting.METHODS.get(asked)) is None:
        raise Http404("There is no such method.")
    form = PlanForm(_data(request), user=me, method=method, looking="find" in request.POST)
    return _planned(request, form, community=community)


def harvest(request: HttpRequest) -> HttpResponse:
    """Plan a session that gathers what somebody knows who is about to leave (``?harvest_of=``)."""
    me, asked = request.user, request.GET.get("harvest_of", "")
    if not asked.isdecimal() or len(asked) > 18:
        return redirect("sessions")
    person = get_object_or_404(User.objects.of(me.trust), pk=int(asked))
    permissions.may_harvest(me, person).or_refuse()
    method, services = meeting.METHODS[meeting.HARVEST], _services_to_harvest(me, person)
    if not services:
        raise Http404("The trust has no services yet, so there is none whose session it could be.")
    looking = "find" in request.POST
    form = HarvestForm(_data(request), person=person, services=services, user=me, method=method, looking=looking)
    return _planned(request, form, person=person)


def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is planned. Those who come are told if day, time or place change."""
    me, found = request.user, session_for(request, pk)
    permissions.may_run_session(me, found).or_refuse()
    form = SessionForm(_data(request), user=me, method=found.method, session=found, looking="find" in request.POST)
    if not form.is_valid():
        return _form_page(request, form, session=found, community=found.community)
    try:
        with transaction.atomic():
            found.write(by=me, seen=form.cleaned_data["seen"] or 0, **form.said())
            record_confirmations([form], by=me, subject=found, trust=found.trust)
    except Conflict as conflict:
        found.refresh_from_db()
        form.data = form.data.copy()
        form.data["seen"] = str(found.saves)
        return _form_page(request, form, session=found, community=found.community, overtaken=str(conflict))
    messages.success(request, "Saved.")
    return redirect(found)


def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Call it off, with a word on why."""
    me, found = request.user, session_for(request, pk)
    permissions.may_run_session(me, found).or_refuse()
    form = CancelForm(_data(request), use_required_attribute=False)
    if form.is_valid():
        try:
            with transaction.atomic():
                found.cancel(by=me, why=form.cleaned_data["why"])
                record_confirmations([form], by=me, subject=found, trust=found.trust)
        except Conflict as conflict:
            messages.warning(request, str(conflict))
        else:
            messages.success(request, "It is cancelled, and those who would have come are told.")
        return redirect(found)
    shown = {"page_name": "communities", "session": found, "form": form, "held": all_held([form])}
    return render(request, "sessions/cancel.html", shown, status=422 if form.errors else 200)


def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw pairs for a coffee trial; where they are drawn already, ask first (``again``)."""
    me, found = request.user, session_for(request, pk)
    permissions.may_run_session(me, found).or_refuse()
    if found.kind != meeting.COFFEE:
        raise Http404("Pairs are drawn for a coffee trial.")
    if request.method != "POST":
        people, drawn = found.who_may_come(), found.groups.exists()
        shown = {"page_name": "communities", "session": found, "people": people, "drawn": drawn}
        return render(request, "sessions/draw.html", shown)
    try:
        found.draw(by=me, again=request.POST.get("again") == "yes")
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, "Drawn. Everybody is told whom they meet.")
    return redirect(f"{found.get_absolute_url()}#groups")


@require_POST
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Remind those who may come."""
    me, found = request.user, session_for(request, pk)
    permissions.may_run_session(me, found).or_refuse()
    try:
        told = found.remind(by=me)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, f"{told} {'person is' if told == 1 else 'people are'} reminded.")
    return redirect(found)


def _planned(request: HttpRequest, form: PlanForm, *, community: Any = None, person: Any = None) -> HttpResponse:
    me = request.user
    if not form.is_valid():
        return _form_page(request, form, community=community, person=person)
    with transaction.atomic():
        found = Session.plan(by=me, kind=form.method.kind, community=community, **form.said())
        record_confirmations([form], by=me, subject=found, trust=found.trust)
    told = "The members are told." if community else "Those who are asked to it are told."
    messages.success(request, f"It is planned. {told}")
    return redirect(found)


def _services_to_harvest(me: User, person: User) -> list[Service]:
    """Of which services the session may be: those of the person that the planner answers for or shares; where the
    person has a role in the whole trust only, any."""
    own = list(Service.objects.filter(memberships__user=person, trust=person.trust).distinct().order_by("name"))
    if me == person or holds_anywhere(me, ADMINISTER):
        return own or list(Service.objects.of(person.trust).order_by("name"))
    return [service for service in own if holds(me, LEAD, service.pk)]


def _data(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _form_page(
    request: HttpRequest,
    form: SessionForm,
    *,
    session: Any = None,
    community: Any = None,
    person: Any = None,
    overtaken: str = "",
) -> HttpResponse:
    shown = {
        "page_name": "communities",
        "form": form,
        "method": form.method,
        "session": session,
        "community": community,
        "person": person,
        "held": all_held([form]),
        "overtaken": overtaken,
    }
    status = 409 if overtaken else 422 if form.errors else 200
    return render(request, "sessions/form.html", shown, status=status)
