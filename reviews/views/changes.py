"""The page of one change: what it changes and why, where it stands, what each person may do next."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from knowledge import comparing
from knowledge.models import Conflict
from knowledge.views import history
from knowledge.views.quicker import was_quicker
from nhs_learning.record.forms import all_held, record_confirmations
from nhs_learning.record.history import deed_in_words as in_words
from nhs_learning.record.models import Event
from reviews import permissions
from reviews.forms.changes import WithdrawingForm
from reviews.models import Change, Decision, Review

#: What the compared texts of guidance and of routines are called.
TEXTS = {
    **history.TEXTS,
    "goal": "Goal",
    "norms": "Norms",
    "policies": "Policies",
    "procedure": "Procedure",
    "structure": "Structure",
    "steps": "Steps",
}


def change_for(request: HttpRequest, reference: str) -> Change:
    """The change of this reference, if the reader may see it; otherwise 404, whether or not there is one."""
    found = Change.objects.visible_to(request.user).whole().filter(reference=reference).first()
    if found is None:
        raise Http404("There is no such change, or it is not open to you.")
    return found


def about(change: Change, *, differences: comparing.Differences | None = None) -> dict[str, Any]:
    """What every page about a change shows: what it changes, side by side; ``differences`` where they are known."""
    edition, subject = change.edition, change.subject
    return {
        "change": change,
        "edition": edition,
        "subject": subject,
        "differences": edition.differences() if differences is None else differences,
        "one": f"Edition {edition.based_on.number}" if edition.based_on else "Before",
        "two": f"Edition {edition.number}" if edition.number else "As suggested",
        "noun": "Standard" if subject.kind == "service_framework" else "Recommendation",
        "TEXTS": TEXTS,
        "runs": comparing.runs,
    }


def page(request: HttpRequest, reference: str) -> HttpResponse:
    """One change, as this reader may see it."""
    change = change_for(request, reference)
    me = request.user
    decisions = list(change.decisions.select_related("by")) if change.proposed_at else []
    sees_reading = permissions.may_see_reading(me, change)
    unsettled = change.state == Change.State.APPROVED and not change.settled_at and change.read_otherwise
    sent_back = decisions[-1] if decisions and decisions[-1].verdict == Decision.Verdict.SEND_BACK else None
    shown = {
        **about(change),
        "decisions": decisions,
        "sent_back": sent_back,
        "unsettled": unsettled,
        "sees_review": Review.objects.visible_to(me).filter(pk=change.review_id).exists(),
        "governing": list(change.governing.all()) if sees_reading and change.loop else [],
        "sees_reading": sees_reading,
        "may": {
            name: getattr(permissions, f"may_{name}")(me, change)
            for name in ("write", "take_back", "withdraw", "decide", "settle", "look_back")
        },
        "deeds": Event.objects.about(change).select_related("by"),
        "deed_in_words": in_words,
    }
    return render(request, "changes/page.html", shown)


@require_POST
def take_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Open the draft again, and go on writing."""
    change = change_for(request, reference)
    permissions.may_take_back(request.user, change).or_refuse()
    try:
        change.take_back(by=request.user)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
        return redirect(change)
    messages.success(request, "Taken back. Approvals hold only if it says the same when you send it again.")
    return redirect("change_write", change.reference)


def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Withdraw a suggestion, with a word on why."""
    change = change_for(request, reference)
    verdict = permissions.may_withdraw(request.user, change)
    if request.method == "POST" and verdict.late:
        return was_quicker(request, change, verdict.reason, typed=request.POST.get("why", ""))
    verdict.or_refuse()
    form = WithdrawingForm(request.POST or None, use_required_attribute=False)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                change.withdraw(by=request.user, why=form.cleaned_data["why"])
                record_confirmations([form], by=request.user, subject=change, trust=change.trust)
        except Conflict as conflict:
            return was_quicker(request, change, str(conflict), typed=form.cleaned_data["why"])
        else:
            messages.success(request, "Withdrawn. What you suggested stays as a record.")
        return redirect(change)
    shown = {"change": change, "form": form, "edition": change.edition, "held": all_held([form])}
    return render(request, "changes/withdraw.html", shown, status=422 if form.errors else 200)
