"""Saying of guidance in force that it was reviewed and is still correct, or that its review is given longer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from knowledge.forms.guidance import ConfirmForm, ExtendForm
from knowledge.models import Conflict, Guidance
from knowledge.permissions import may_confirm, may_extend
from knowledge.views.finding import guidance_for
from nhs_learning.record.forms import all_held, record_confirmations


def confirm(request: HttpRequest, trust: str, slug: str) -> HttpResponse:
    """Reviewed and still correct."""
    guidance = guidance_for(request, trust, slug)
    may_confirm(request.user, guidance).or_refuse()
    return _deal_with(request, guidance, ConfirmForm, guidance.confirm, "confirm", "Confirmed as still correct.")


def extend(request: HttpRequest, trust: str, slug: str) -> HttpResponse:
    """The review is given longer."""
    guidance = guidance_for(request, trust, slug)
    may_extend(request.user, guidance).or_refuse()
    return _deal_with(request, guidance, ExtendForm, guidance.extend, "extend", "The review date is extended.")


def _deal_with(
    request: HttpRequest, guidance: Guidance, form_class: Any, verb: Callable[..., Any], what: str, done: str
) -> HttpResponse:
    """Show the form, or do what it says. ``seen`` tells which edition and which confirmation the person had before
    them; where there is another by now, nothing is saved until they have looked again."""
    form = form_class(request.POST if request.method == "POST" else None, guidance=guidance)
    made = list(guidance.confirmations.select_related("by", "revision").defer("revision__body", "revision__html"))
    seen = f"{guidance.current_id}-{made[0].pk if made else 0}"
    overtaken = request.method == "POST" and request.POST.get("seen") != seen
    if form.is_valid() and not overtaken:
        try:
            _do(request, guidance, form, verb)
        except Conflict as conflict:
            messages.error(request, str(conflict))
        else:
            messages.success(request, done)
        return redirect(guidance)
    shown = {"guidance": guidance, "form": form, "made": made, "seen": seen, "overtaken": overtaken, "what": what}
    shown["held"] = all_held([form])
    return render(request, "guidance/confirm.html", shown, status=409 if overtaken else 200)


@transaction.atomic
def _do(request: HttpRequest, guidance: Guidance, form: Any, verb: Callable[..., Any]) -> None:
    verb(by=request.user, **form.cleaned_data)
    record_confirmations([form], by=request.user, subject=guidance, trust=guidance.trust)
