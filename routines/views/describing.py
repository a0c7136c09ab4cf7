"""Looking after a routine: whose it is and where it is done; and taking it out of force."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from knowledge.models import Conflict
from knowledge.views.quicker import was_quicker
from nhs_learning.record.forms import all_held, record_confirmations
from routines import permissions
from routines.forms.describing import DescribeForm, WithdrawRoutineForm
from routines.views.finding import routine_for


def describe(request: HttpRequest, slug: str) -> HttpResponse:
    """Say who looks after it, where it is done, and what it is filed under."""
    found = routine_for(request, slug)
    permissions.may_describe_routine(request.user, found).or_refuse()
    looking = "find" in request.POST
    form = DescribeForm(request.POST or None, routine=found, looking=looking)
    if request.method == "POST" and not looking and form.is_valid():
        found.describe(by=request.user, **form.said())
        messages.success(request, "Saved.")
        return redirect(found)
    shown = {"page_name": "routines", "routine": found, "form": form, "held": all_held([form])}
    return render(request, "routines/describe.html", shown, status=422 if form.errors else 200)


def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    """Take it out of force, with a word on why."""
    found = routine_for(request, slug)
    verdict = permissions.may_withdraw_routine(request.user, found)
    if verdict.late:
        return was_quicker(request, found, verdict.reason, typed=request.POST.get("why", ""))
    verdict.or_refuse()
    form = WithdrawRoutineForm(request.POST or None, use_required_attribute=False)
    if request.method != "POST" or not form.is_valid():
        shown = {"page_name": "routines", "routine": found, "form": form, "held": all_held([form])}
        return render(request, "routines/withdraw.html", shown, status=422 if form.errors else 200)
    try:
        with transaction.atomic():
            found.withdraw(by=request.user, why=form.cleaned_data["why"])
            record_confirmations([form], by=request.user, subject=found, trust=found.trust)
    except Conflict as conflict:
        return was_quicker(request, found, str(conflict), typed=form.cleaned_data["why"])
    messages.success(request, "It is withdrawn. Its page stays, and says why.")
    return redirect(found)
