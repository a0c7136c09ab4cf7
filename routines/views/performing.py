"""Recording how a routine was done: "we did this", in three taps."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from knowledge.models import Conflict
from routines import permissions
from routines.forms.performing import PerformanceForm
from routines.models import Performance
from routines.views.finding import routine_for


def record(request: HttpRequest, slug: str, how: str) -> HttpResponse:
    """Say how it was done today (``how``: as_described, adapted, departed), which steps differed, and why."""
    found = routine_for(request, slug)
    permissions.may_record_performance(request.user, found).or_refuse()
    form = PerformanceForm(found.current, how, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        shown = {"page_name": "routines", "routine": found, "form": form, "how": Performance.How(how)}
        return render(request, "routines/record.html", shown, status=200 if request.method != "POST" else 422)
    try:
        done = Performance.record(by=request.user, routine=found, how=how, **form.said())
    except Conflict as conflict:
        messages.warning(request, str(conflict))
        return redirect(found)
    messages.success(request, "Recorded. Thank you: this is how we see whether the routine fits the work.")
    return redirect(f"{found.get_absolute_url()}?recorded={done.pk}")


@require_POST
def take_back(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take back what one recorded oneself."""
    found = routine_for(request, slug)
    done = found.performances.filter(pk=pk, by=request.user).first()
    if done is None:
        messages.warning(request, "It is taken back already.")
        return redirect(found)
    done.routine = found
    if not (verdict := permissions.may_take_back_performance(request.user, done)):
        messages.warning(request, verdict.reason)
        return redirect(found)
    try:
        done.take_back(by=request.user)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, "Taken back, as if it had not been recorded.")
    return redirect(found)
