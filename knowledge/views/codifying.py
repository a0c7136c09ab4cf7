"""From tacit to codified: proposing that an insight become guidance, taking it up, leaving it; what grew of what."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from knowledge import permissions
from knowledge.forms.codifying import DeclineForm, ProposeForm, TakeUpForm
from knowledge.models import Codification, Conflict, Insight, Revision
from knowledge.views.history import admin_address
from knowledge.views.insights import insight_for, proposals_of
from nhs_learning.record.forms import all_held, record_confirmations


def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose that it become part of guidance, or guidance of its own."""
    insight, me = insight_for(request, pk), request.user
    proposals_of(insight)
    verdict = permissions.may_propose_insight(me, insight)
    if not verdict and request.method == "POST" and any(one.is_waiting for one in insight.codifications.all()):
        messages.warning(request, "A colleague was quicker: it is proposed already, as you see below.")
        return redirect(insight)
    verdict.or_refuse()
    data = request.POST if request.method == "POST" else None
    form = ProposeForm(data, user=me, insight=insight, looking="find" in request.POST)
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            with transaction.atomic():
                Codification.propose(by=me, insight=insight, **form.said())
                record_confirmations([form], by=me, subject=insight, trust=insight.trust)
        except Conflict as conflict:
            form.add_error(None, str(conflict))
            status = 409
        else:
            messages.success(request, "Proposed. Whoever can take it up is told, and you are told what comes of it.")
            return redirect(insight)
    shown = {"insight": insight, "form": form, "held": all_held([form])}
    return render(request, "insights/propose.html", shown, status=status)


@require_POST
def take_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Make it a draft, and go there."""
    insight, proposal = _waiting(request, pk)
    if proposal is None:
        return redirect(insight)
    permissions.may_take_up(request.user, proposal).or_refuse()
    form = TakeUpForm(request.POST if proposal.guidance is None else {"kind": "guideline"})
    if not form.is_valid():
        messages.warning(request, "Choose what kind of guidance it becomes.")
        return redirect(insight)
    try:
        draft = proposal.take_up(by=request.user, kind=form.cleaned_data["kind"])
    except Conflict as conflict:
        messages.warning(request, str(conflict))
        return redirect(insight)
    first = draft.based_on_id is None
    then = "then adopt it" if first else "then say why, and send it for a decision"
    messages.success(request, f"This is the draft. What was told stands at its end: work it in, {then}.")
    address = admin_address(draft) if first and request.user.may_use_admin() else ""
    return redirect(address) if address else redirect("guidance_draft", *_where(draft), draft.pk)


def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave it an insight, with a word on why."""
    insight, proposal = _waiting(request, pk)
    if proposal is None:
        return redirect(insight)
    permissions.may_decline(request.user, proposal).or_refuse()
    form = DeclineForm(request.POST if request.method == "POST" else None, use_required_attribute=False)
    if form.is_valid():
        try:
            with transaction.atomic():
                proposal.decline(by=request.user, why=form.cleaned_data["why"])
                record_confirmations([form], by=request.user, subject=insight, trust=insight.trust)
        except Conflict as conflict:
            messages.warning(request, str(conflict))
        else:
            messages.success(request, "It stays an insight. Those who hold it and who proposed it are told why.")
        return redirect(insight)
    shown = {"insight": insight, "proposal": proposal, "form": form, "held": all_held([form])}
    return render(request, "insights/decline.html", shown, status=422 if form.errors else 200)


def _waiting(request: HttpRequest, pk: int) -> tuple[Insight, Codification | None]:
    """The insight and the proposal that waits; one that was answered meanwhile is told, one that never was is a 404."""
    insight = insight_for(request, pk)
    proposals = proposals_of(insight)
    waiting = next((one for one in proposals if one.is_waiting), None)
    if waiting is None and not proposals:
        raise Http404("Nobody has proposed that this become guidance.")
    if waiting is None:
        messages.warning(request, "A colleague was quicker: it is answered already, as you see below.")
    return insight, waiting


def _where(draft: Revision) -> tuple[str, str]:
    return draft.guidance.trust.slug, draft.guidance.slug


# What grew out of what, on pages of guidance


def grew_out_of(request: HttpRequest, revision: Revision) -> str:
    """Where a draft or an edition says how it came to be: the insights that it grew out of, named to those who may
    read them. One query for all editions of a page; nothing for somebody who has not signed in."""
    if not request.user.is_authenticated or not getattr(revision, "grew", True):
        return ""
    rows = _grown(request, revision.guidance_id).get(revision.pk)
    return render_to_string("insights/grew_out_of.html", {"rows": rows}, request=request) if rows else ""


def _grown(request: HttpRequest, guidance_id: int) -> dict[int, list[dict[str, Any]]]:
    """By revision; asked once for each page, which is why the request carries it."""
    known: dict[int, dict[int, list[dict[str, Any]]]] = request.__dict__.setdefault("_grew_out_of", {})
    if guidance_id not in known:
        told = Codification.objects.of_editions(guidance_id, reader=request.user)
        known[guidance_id] = {}
        for row in told.values("revision", "insight", "insight__title", "told_by", "seen"):
            known[guidance_id].setdefault(row["revision"], []).append({**row, "title": row["insight__title"]})
    return known[guidance_id]
