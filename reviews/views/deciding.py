"""Deciding on changes: what waits, reading it blind, and settling what was read differently."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from knowledge import loops
from knowledge.forms.rows import problems
from knowledge.models import Conflict
from knowledge.views.quicker import was_quicker
from nhs_learning.people.models import User
from nhs_learning.people.roles import APPROVE
from nhs_learning.record.forms import all_held, record_confirmations
from reviews.forms.changes import DecisionForm, SettlingForm, governing_rows, names_what_it_redefines
from reviews.models import Change
from reviews.permissions import may_decide, may_settle
from reviews.views.changes import about, change_for

#: How many that one has decided on lately are shown.
LATELY = 10


def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for the reader's decision, the oldest first, and what they decided on lately."""
    me = request.user
    decided = Change.objects.filter(decisions__by=me, trust=me.trust_id).with_subject().as_read_by(me).distinct()
    shown = {
        "page_name": "decisions",
        "waiting": list(Change.objects.waiting_for(me).with_subject()),
        "decided": decided.order_by("-proposed_at")[:LATELY],
        "approves": me.reach.may_anywhere(APPROVE),
        "stands_in_for": User.objects.get_queryset().stood_in_for_by(me),
    }
    return render(request, "changes/decisions.html", shown)


def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """Read a change before anybody else's view of it, and decide."""
    change = change_for(request, reference)
    verdict = may_decide(request.user, change)
    if request.method == "POST" and verdict.late:
        return was_quicker(request, change, verdict.reason, typed=request.POST.get("note", ""))
    verdict.or_refuse()
    form = DecisionForm(request.POST or None, change=change)
    if request.method != "POST":
        return _reading_page(request, change, form)
    if not form.is_valid():
        return _reading_page(request, change, form, status=422)
    try:
        with transaction.atomic():
            decision = change.decide(by=request.user, **form.decision())
            record_confirmations([form], by=request.user, subject=change, trust=change.trust)
    except Conflict as conflict:
        return _quicker(request, reference, form, str(conflict))
    change.refresh_from_db()
    messages.success(request, _told(change, decision.verdict))
    return redirect(change)


def _told(change: Change, verdict: str) -> str:
    """What happened by this decision, in words."""
    if change.state == Change.State.PROPOSED:
        return "Kept. A safety change needs a second approver, who reads it next."
    if change.needs_settling:
        return "Kept. You read its loop otherwise than its author, so somebody else settles which it is."
    return {
        Change.State.IN_FORCE: "Approved. It is in force now.",
        Change.State.APPROVED: "Approved. It comes into force on its day.",
        Change.State.DRAFTING: "Sent back to its author, with your note.",
        Change.State.DECLINED: "Declined. Its author is told why.",
    }[Change.State(change.state)]


def _quicker(request: HttpRequest, reference: str, form: DecisionForm, what: str) -> HttpResponse:
    """Somebody was quicker, or the draft is no longer what was shown: the page as it now is, with what was typed."""
    change = change_for(request, reference)
    form.data = form.data.copy()
    form.data["fingerprint"] = change.fingerprint
    if may_decide(request.user, change):
        return _reading_page(request, change, form, status=409, overtaken=what)
    return was_quicker(request, change, what, typed=form.cleaned_data["note"])


def settle(request: HttpRequest, reference: str) -> HttpResponse:
    """Settle which loop a change is, where an approver read it otherwise than its author."""
    change = change_for(request, reference)
    verdict = may_settle(request.user, change)
    if request.method == "POST" and verdict.late:
        return was_quicker(request, change, verdict.reason, typed=request.POST.get("why", ""))
    verdict.or_refuse()
    data = request.POST or None
    differences = change.edition.differences()
    form, rows = SettlingForm(data), governing_rows(change, data, differences=differences)
    if data is None:
        return _settling_page(request, change, form, rows, differences)
    if not (form.is_valid() and names_what_it_redefines(form, rows)):
        return _settling_page(request, change, form, rows, differences, status=422)
    redefines = form.cleaned_data["loop"] in loops.VARIABLES
    try:
        with transaction.atomic():
            change.settle(by=request.user, governing=rows.named() if redefines else [], **form.cleaned_data)
            record_confirmations([form, *rows.forms], by=request.user, subject=change, trust=change.trust)
    except Conflict as conflict:
        return was_quicker(request, change, str(conflict), typed=form.cleaned_data["why"])
    messages.success(request, "Settled.")
    return redirect(change)


@require_POST
def claim(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a change to read, so that no colleague reads the same; or give it up (``do=leave``)."""
    change = change_for(request, reference)
    may_decide(request.user, change).or_refuse()
    if request.POST.get("do") == "leave":
        change.leave(by=request.user)
        return redirect("decisions")
    try:
        change.take(by=request.user)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
        return redirect("decisions")
    return redirect(reverse("change_decide", args=[change.reference]))


def _reading_page(
    request: HttpRequest, change: Change, form: DecisionForm, *, status: int = 200, overtaken: str = ""
) -> HttpResponse:
    shown = {**about(change), "form": form, "overtaken": overtaken, **_wrong([form], status)}
    return render(request, "changes/decide.html", shown, status=status)


def _settling_page(
    request: HttpRequest, change: Change, form: SettlingForm, rows: Any, differences: Any, *, status: int = 200
) -> HttpResponse:
    shown = {
        **about(change, differences=differences),
        "form": form,
        "rows": rows,
        "named_already": change.governing.exists(),
        **_wrong([form, *rows.forms], status),
    }
    return render(request, "changes/settle.html", {**shown, "approvals": change.approvals()}, status=status)


def _wrong(forms: list[Any], status: int) -> dict[str, Any]:
    if status == 200:
        return {"problems": [], "held": []}
    return {"problems": list(problems(forms)), "held": all_held(forms)}
