"""Some time later: did a change work? And, if it did not, the way back."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from knowledge.models import Conflict, Guidance
from nhs_learning.people.models import User
from nhs_learning.record.forms import all_held, record_confirmations
from reviews.forms.looking_back import LookBackForm
from reviews.models import Change
from reviews.permissions import may_look_back, may_suggest
from reviews.views.changes import change_for


def look_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Say what became of a change in force; once that is said, what follows from it."""
    change = change_for(request, reference)
    if request.method == "POST" and request.POST.get("do") == "way_back":
        return _way_back(request, change)
    if request.method != "POST":
        if not change.checked_at:
            may_look_back(request.user, change).or_refuse()
        return _page(request, change, LookBackForm())
    if not change.checked_at:  # or else the page says who was quicker
        may_look_back(request.user, change).or_refuse()
    form = LookBackForm(request.POST)
    if not form.is_valid():
        return _page(request, change, form)
    try:
        with transaction.atomic():
            change.look_back(by=cast(User, request.user), **form.cleaned_data)
            record_confirmations([form], by=request.user, subject=change, trust=change.trust)
    except Conflict as conflict:
        return _page(request, change_for(request, reference), form, refusal=str(conflict))
    messages.success(request, "Thank you: what became of it is kept with the change.")
    return redirect("change_look_back", reference)


def _way_back(request: HttpRequest, change: Change) -> HttpResponse:
    may_suggest(request.user, change.subject).or_refuse()
    try:
        begun = change.way_back(by=cast(User, request.user))
    except Conflict as conflict:
        return _page(request, change, LookBackForm(), refusal=str(conflict))
    messages.success(request, f"{begun.reference} is begun. Look it through, then send it for a decision.")
    return redirect(begun)


def _page(request: HttpRequest, change: Change, form: LookBackForm, refusal: str = "") -> HttpResponse:
    subject = change.subject
    begun = change.undone_by.open().first() if change.outcome == Change.Outcome.ABANDONED else None
    shown = {
        "change": change,
        "edition": change.edition,
        "subject": subject,
        "form": form,
        "held": all_held([form]),
        "refusal": refusal,
        "typed": request.POST.get("evidence", "") if refusal else "",
        "suggest": may_suggest(request.user, subject),
        "again": subject.get_absolute_url() if isinstance(subject, Guidance) else f"/methods/{subject.slug}/",
        "begun": begun,
        "sees_begun": begun and Change.objects.visible_to(request.user).filter(pk=begun.pk).exists(),
    }
    return render(request, "changes/look_back.html", shown, status=409 if refusal else 200)
