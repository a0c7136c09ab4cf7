"""Saying how guidance was used: followed with one tap, otherwise with a reason; and taking it back within a day."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from knowledge.models import Conflict, Guidance, Wording
from knowledge.views.finding import guidance_for
from knowledge.views.quicker import was_quicker
from nhs_learning.record.forms import all_held, record_confirmations
from routines import permissions
from routines.forms.using import UseForm
from routines.models import Use


def use(request: HttpRequest, trust: str, slug: str) -> HttpResponse:
    """Say how the guidance, or one statement of it (``statement``: its key), was used today (``how``: as ``Use.How``).
    Without ``how`` the page offers the four ways."""
    found = guidance_for(request, trust, slug)
    sent = request.POST if request.method == "POST" else request.GET
    verdict = permissions.may_record_use(request.user, found)
    if not verdict and (typed := request.POST.get("words", "")):
        return was_quicker(request, found, verdict.reason, typed=typed)
    verdict.or_refuse()
    key, how = sent.get("statement", ""), sent.get("how", "")
    said = _said(found, key)
    if key and said is None:
        gone = "This recommendation is no longer part of the guidance. Look at it as it is now."
        return was_quicker(request, found, gone, typed=request.POST.get("words", ""))
    about = {"guidance": found, "said": said, "choices": Use.How.choices}
    if how not in Use.How:
        return render(request, "routines/how_used.html", about)
    if how == Use.How.FOLLOWED:
        return _record(request, about) if request.method == "POST" else render(request, "routines/how_used.html", about)
    data, looking = request.POST if request.method == "POST" else None, "find" in request.POST
    form = UseForm(data, user=request.user, guidance=found, looking=looking)
    if form.is_valid():
        return _record(request, about, how=how, form=form)
    shown = {**about, "how": Use.How(how), "form": form, "held": all_held([form])}
    return render(request, "routines/why_used.html", shown, status=422 if form.errors else 200)


def _said(guidance: Guidance, key: str) -> Wording | None:
    """What the edition in force says for the statement of this key."""
    found = Wording.objects.filter(revision=guidance.current_id, statement__key=key).select_related("statement")
    return found.first() if key and guidance.current_id else None


def _record(
    request: HttpRequest, about: dict[str, Any], *, how: str = Use.How.FOLLOWED, form: UseForm | None = None
) -> HttpResponse:
    me, guidance, said = request.user, about["guidance"], about["said"]
    typed = form.said() if form else {}
    try:
        with transaction.atomic():
            done = Use.record(by=me, guidance=guidance, how=how, statement=said and said.statement, **typed)
            record_confirmations([form] if form else [], by=me, subject=done, trust=guidance.trust)
    except Conflict as conflict:
        return was_quicker(request, guidance, str(conflict), typed=typed.get("words", ""))
    return redirect(f"{guidance.get_absolute_url()}?{urlencode({'used': done.pk})}#did-you-use-this")


@require_POST
def take_back(request: HttpRequest, trust: str, slug: str, pk: int) -> HttpResponse:
    """Take back what one recorded oneself."""
    guidance = guidance_for(request, trust, slug)
    done = guidance.uses.filter(pk=pk, by=request.user).first() if pk < 2**63 else None
    if done is None:
        messages.warning(request, "It is taken back already.")
        return redirect(guidance)
    done.guidance = guidance
    if not (verdict := permissions.may_take_back_use(request.user, done)):
        messages.warning(request, verdict.reason)
        return redirect(guidance)
    try:
        done.take_back(by=request.user)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, "Taken back, as if it had not been recorded.")
    return redirect(guidance)
