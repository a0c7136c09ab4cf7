"""Patterns: the same reason, again and again. What was recorded, and what to do about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from knowledge.models import Conflict
from knowledge.views.quicker import was_quicker
from nhs_learning.people.models import User
from nhs_learning.record.forms import all_held, record_confirmations
from routines import permissions
from routines.forms.using import SetAsideForm
from routines.models import Pattern, Routine

#: How many of a kind a page lists at the most.
MOST = 100
#: Of fewer people their number is not told.
SEVERAL = 3


def patterns(request: HttpRequest) -> HttpResponse:
    """Those of the reader's trust: what waits for an answer first, then what was answered, the latest first."""
    seen = Pattern.objects.visible_to(request.user).with_words()
    answered = seen.exclude(state=Pattern.State.NOTICED).order_by("-answered_at", "-pk")
    shown = {
        "page_name": "routines",
        "noticed": list(seen.noticed()[:MOST]),
        "answered": list(answered[:MOST]),
    }
    return render(request, "routines/patterns.html", shown)


def pattern(request: HttpRequest, pk: int) -> HttpResponse:
    """One pattern, with what people said for whoever looks after what it is about. Posted to, it is set aside."""
    seen = Pattern.objects.visible_to(request.user).with_words().select_related("trust", "answered_by")
    found = get_object_or_404(seen, pk=pk)
    if request.method != "POST":
        return _page(request, found, SetAsideForm(use_required_attribute=False))
    form, verdict = SetAsideForm(request.POST, use_required_attribute=False), _may_answer(request, found)
    if verdict.late:
        return was_quicker(request, found, verdict.reason, typed=request.POST.get("why", ""))
    verdict.or_refuse()
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        with transaction.atomic():
            found.set_aside(by=request.user, why=form.cleaned_data["why"])
            record_confirmations([form], by=request.user, subject=found, trust=found.trust)
    except Conflict as conflict:
        return was_quicker(request, found, str(conflict), typed=form.cleaned_data["why"])
    messages.success(request, "Set aside. The same reason is noticed again once it has been given often enough anew.")
    return redirect(found)


def on_the_routine(routine: Routine, *, reader: User) -> list[Pattern]:
    """What was noticed in how a routine is done, for its page: to whoever may answer it. One query."""
    if not permissions.may_describe_routine(reader, routine):
        return []
    return list(routine.patterns.noticed()[:SEVERAL])


def _may_answer(request: HttpRequest, found: Pattern) -> Any:
    return permissions.may_answer_pattern(request.user, found)


def _page(request: HttpRequest, found: Pattern, form: SetAsideForm, status: int = 200) -> HttpResponse:
    reads = permissions.may_read_pattern(request.user, found)
    records = list(found.records.all()[:MOST]) if reads else []
    people = len({record.by_id for record in records})
    shown = {
        "page_name": "routines",
        "pattern": found,
        "records": records,
        "reads": reads,
        "people": people if people >= SEVERAL else 0,
        "may_answer": _may_answer(request, found),
        "form": form,
        "held": all_held([form]),
    }
    return render(request, "routines/pattern.html", shown, status=status)
