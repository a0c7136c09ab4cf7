"""An area for improvement that was written down in a review: to reword it, and to take it out."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from knowledge.models import Conflict
from nhs_learning.record.forms import all_held, record_confirmations
from reviews import permissions
from reviews.forms.writing import FindingForm
from reviews.models import Finding, Review
from reviews.views.reviews import review_for


def finding(request: HttpRequest, reference: str, finding: int) -> HttpResponse:
    """Reword one, or (``do=take_out``) take it out. ``seen`` tells what the form began with."""
    review = review_for(request, reference)
    found = _found(review, finding)
    if found is None:
        return _gone(request, review)
    verdict = permissions.may_reword(request.user, found)
    if request.method != "POST":
        verdict.or_refuse()
        return _page(request, found, FindingForm(finding=found), seen=found.mark)
    form = FindingForm(request.POST, finding=found)
    if not verdict:
        return _page(request, found, form, refused=verdict.reason, status=403)
    takes_out, seen = request.POST.get("do") == "take_out", request.POST.get("seen", "")
    if not takes_out and not form.is_valid():
        return _page(request, found, form, seen=seen)
    try:
        found.take_out(by=request.user, seen=seen) if takes_out else _reword(request, found, form)
    except Conflict as conflict:
        return _overtaken(request, review, finding, str(conflict))
    messages.success(request, "It is taken out." if takes_out else "Saved.")
    return redirect(f"{review.get_absolute_url()}#findings")


@transaction.atomic
def _reword(request: HttpRequest, found: Finding, form: FindingForm) -> None:
    found.reword(by=request.user, seen=request.POST.get("seen", ""), **form.cleaned_data)
    record_confirmations([form], by=request.user, subject=found.review, trust=found.review.trust)


def _found(review: Review, pk: int) -> Finding | None:
    found = review.findings.filter(pk=pk).first() if pk < 2**63 else None
    if found:
        found.review = review
    return found


def _gone(request: HttpRequest, review: Review) -> HttpResponse:
    """Somebody took it out. What was typed is shown once more."""
    if request.method != "POST":
        raise Http404("There is no such area for improvement in this review.")
    messages.warning(request, "Somebody has taken this out of the review meanwhile.")
    if typed := request.POST.get("what", ""):
        messages.info(request, f"What you typed was not kept. In case you need it: {typed}")
    return redirect(review)


def _overtaken(request: HttpRequest, review: Review, pk: int, why: str) -> HttpResponse:
    """Somebody was quicker: how it is now, with what was typed."""
    review.refresh_from_db(fields=["state"])
    now = _found(review, pk)
    if now is None:
        return _gone(request, review)
    form = FindingForm(request.POST if "what" in request.POST else None, finding=now)
    return _page(request, now, form, seen=now.mark, refused=why, status=409)


def _page(
    request: HttpRequest, found: Finding, form: FindingForm, *, seen: str = "", refused: str = "", status: int = 200
) -> HttpResponse:
    shown = {
        "page_name": "reviews",
        "review": found.review,
        "finding": found,
        "form": form,
        "seen": seen,
        "held": all_held([form]),
        "refused": refused,
        "may_reword": permissions.may_reword(request.user, found),
    }
    return render(request, "reviews/finding.html", shown, status=status)
