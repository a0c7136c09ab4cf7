"""Recording how a routine was done: "we did this", in three taps."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from knowledge.models import Conflict
from nhs_learning.people.models import User
from nhs_learning.record.forms import all_held, record_confirmations
from routines import permissions
from routines.forms.performing import PerformanceForm
from routines.models import Performance, Routine
from routines.views.finding import routine_for

#: What people tap, in their own words.
TAPS = {"as_described": "As described", "adapted": "We adapted it", "departed": "We did it otherwise"}


def record(request: HttpRequest, slug: str, how: str) -> HttpResponse:
    """Say how it was done today (``how``: as_described, adapted, departed), which steps differed, and why."""
    found = routine_for(request, slug)
    permissions.may_record_performance(request.user, found).or_refuse()
    form = _form(request, found, how)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, found, how, form, status=200 if request.method != "POST" else 422)
    try:
        done = _record(cast(User, request.user), found, how, form)
    except Conflict as conflict:
        return _ask_again(request, slug, how, str(conflict))
    return redirect(f"{found.get_absolute_url()}?recorded={done.pk}#we-did-this")


def _form(request: HttpRequest, routine: Routine, how: str, data: Any = None) -> PerformanceForm:
    assert routine.current is not None
    return PerformanceForm(routine.current, how, cast(User, request.user), data or request.POST or None)


@transaction.atomic
def _record(by: User, routine: Routine, how: str, form: PerformanceForm) -> Performance:
    done = Performance.record(by=by, routine=routine, how=how, **form.said())
    record_confirmations([form], by=by, subject=done, trust=routine.trust)
    return done


def _ask(request: HttpRequest, found: Routine, how: str, form: PerformanceForm, **more: Any) -> HttpResponse:
    shown = {
        "page_name": "routines",
        "routine": found,
        "form": form,
        "how": how,
        "tap": TAPS[how],
        "held": all_held([form]),
        "overtaken": more.pop("overtaken", ""),
    }
    return render(request, "routines/record.html", shown, **more)


def _ask_again(request: HttpRequest, slug: str, how: str, overtaken: str) -> HttpResponse:
    """The page as it was filled in, on the edition that came into force meanwhile."""
    now = routine_for(request, slug)
    data = request.POST.copy()
    data["seen"] = str(now.current_id)
    form = _form(request, now, how, data)
    form.is_valid()
    return _ask(request, now, how, form, overtaken=overtaken, status=409)


@require_POST
def take_back(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take back what one recorded oneself."""
    found = routine_for(request, slug)
    done = _one_of(found, pk).filter(by=request.user.pk).first()
    if done is None:
        messages.warning(request, "It is taken back already.")
        return redirect(found)
    done.routine = found
    if not (verdict := permissions.may_take_back_performance(request.user, done)):
        messages.warning(request, verdict.reason)
        return redirect(found)
    try:
        done.take_back(by=cast(User, request.user))
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, "Taken back, as if it had not been recorded.")
    return redirect(found)


@require_POST
def worth_spreading(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Say that others could do it like that."""
    found = routine_for(request, slug)
    done = _one_of(found, pk).first()
    if done is None:
        messages.warning(request, "Whoever recorded it has taken it back.")
        return redirect(found)
    done.routine = found
    permissions.may_mark_worth_spreading(request.user, done).or_refuse()
    done.mark_worth_spreading(by=cast(User, request.user))
    messages.success(request, "Marked as worth spreading. It stands out among what people said.")
    if done.by_id == request.user.pk:
        return redirect(f"{found.get_absolute_url()}?recorded={done.pk}#we-did-this")
    return redirect("otherwise", found.slug)


def _one_of(routine: Routine, pk: int) -> Any:
    return Performance.objects.filter(routine=routine, pk=pk)


def we_did_this(request: HttpRequest, routine: Routine) -> dict[str, Any]:
    """For the routine's page: what was recorded just now (``?recorded=``), and what can be done with it; otherwise the
    latest that is worth spreading. One query."""
    asked = request.GET.get("recorded", "")
    done = (
        _one_of(routine, int(asked)).filter(by=request.user.pk).first()
        if asked.isdecimal() and len(asked) < 19
        else None
    )
    if done is None and asked:
        return {"recorded": None, "spread": [], "TAPS": TAPS}  # it is taken back, or somebody else's
    if done is None:
        spread = Performance.objects.filter(routine=routine).worth_spreading().in_words()
        return {"recorded": None, "spread": list(spread.only("on", "words", "how", "reason")[:3]), "TAPS": TAPS}
    done.routine = routine
    return {
        "recorded": done,
        "may_undo": permissions.may_take_back_performance(request.user, done),
        "may_spread": permissions.may_mark_worth_spreading(request.user, done),
        "spread": [],
        "TAPS": TAPS,
    }
