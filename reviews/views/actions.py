"""The page of one action: what was agreed, what came of it; its owner ends it or hands it over."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format

from knowledge.models import Conflict
from nhs_learning.record.forms import all_held, record_confirmations
from reviews import permissions
from reviews.forms.actions import EndForm, HandOverForm
from reviews.models import Action, Review


def action(request: HttpRequest, reference: str) -> HttpResponse:
    """One action."""
    found = _action_for(request, reference)
    may_end = permissions.may_end_action(request.user, found)
    data = request.POST if request.method == "POST" else None
    asked = request.POST.get("do", "") or request.POST.get("find", "")
    ending = EndForm(data if asked == "end" else None, use_required_attribute=False)
    handing = HandOverForm(data if asked == "hand_over" else None, action=found, looking="find" in request.POST)
    status = 200
    if data is not None:
        if not may_end and found.state == Action.State.OPEN:
            may_end.or_refuse()
        form = ending if asked == "end" else handing
        if form.is_valid():
            try:
                _do(request, found, form, asked)
                return redirect(found)
            except Conflict as conflict:
                messages.error(request, str(conflict))
                found, status = _action_for(request, reference), 409
                may_end = permissions.may_end_action(request.user, found)
    shown = {
        "page_name": "reviews",
        "action": found,
        "sees_review": Review.objects.visible_to(request.user).filter(pk=found.review_id).exists(),
        "may_end": bool(may_end),
        "ending": ending,
        "handing": handing,
        "held": all_held([ending]),
    }
    return render(request, "reviews/action.html", shown, status=status)


@transaction.atomic
def _do(request: HttpRequest, found: Action, form: EndForm | HandOverForm, asked: str) -> None:
    me, said = request.user, form.cleaned_data
    if asked == "end":
        found.end(by=me, done=said["state"] == Action.State.DONE, outcome=said["outcome"])
        messages.success(request, "Thank you. What came of it is kept with the action.")
    else:
        found.hand_over(by=me, owner=said["owner"], due=said["due"])
        messages.success(request, f"{found.owner.name} sees to it, by {date_format(found.due, 'j F Y')}.")
    record_confirmations([form], by=me, subject=found, trust=found.trust)


def _action_for(request: HttpRequest, reference: str) -> Action:
    named = ("owner", "review__service", "finding", "ended_by", "agreed_by", "trust")
    found = Action.objects.visible_to(request.user).select_related(*named).filter(reference=reference).first()
    if found is None:
        raise Http404("There is no such action, or it is not open to you.")
    return found
