"""What those who hold an insight do for it: say that it is still true, hand it on; and what awaits their word."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import CharField, F, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from knowledge import permissions
from knowledge.forms.insights import HandOnForm
from knowledge.models import Codification, Conflict, Insight
from knowledge.views.insights import insight_for
from nhs_learning.people.models import User

#: How many of a kind the home page names; the rest is a number.
NAMED = 2


@require_POST
def still_true(request: HttpRequest, pk: int) -> HttpResponse:
    """Yes, it is still true."""
    insight = insight_for(request, pk)
    permissions.may_write_insight(request.user, insight).or_refuse()
    try:
        insight.say_still_true(by=request.user)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, "Thank you. You are asked again in a year.")
    return redirect(insight)


def hand_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose a colleague who holds it from now on."""
    insight, me = insight_for(request, pk), request.user
    permissions.may_hand_on(me, insight).or_refuse()
    mine, data = insight.is_held_by(me), request.POST if request.method == "POST" else None
    form = HandOnForm(data, insight=insight, mine=mine, looking="find" in request.POST)
    status = 422 if form.errors else 200
    if form.is_valid():
        said = form.said()
        try:
            insight.hand_on(by=me, **said)
        except Conflict as conflict:
            form.add_error("to_words", str(conflict))
            status = 409
        else:
            messages.success(request, f"{said['to'].name} holds it now, and is told.")
            seen = Insight.objects.visible_to(me).filter(pk=pk).exists()
            return redirect(insight) if seen else redirect("insights")
    return render(request, "insights/hand_on.html", {"insight": insight, "form": form, "mine": mine}, status=status)


def awaiting_me(request: HttpRequest, _: object = None) -> str:
    """For the home page: theirs of which the reader is asked whether they are still true, and what is proposed as
    guidance and theirs to answer. One query; nothing for those for whom nothing waits."""
    if not request.user.is_authenticated or request.user.trust_id is None:
        return ""
    waiting: dict[str, list[dict[str, Any]]] = {}
    for what, pk, title, day in _awaiting(request.user):
        waiting.setdefault(what, []).append({"pk": pk, "title": title, "day": day})
    if not waiting:
        return ""
    return render_to_string("insights/waiting.html", {"waiting": waiting, "NAMED": NAMED}, request=request)


def _awaiting(user: User) -> Any:
    asked = Insight.objects.asked_of(user).annotate(what=_word("true"), day=F("asked_on")).order_by()
    proposed = Codification.objects.to_take_up(user).order_by()
    proposed = proposed.annotate(what=_word("proposed"), day=F("proposed_at__date"))
    rows = asked.values_list("what", "pk", "title", "day")
    return rows.union(proposed.values_list("what", "insight", "insight__title", "day"), all=True).order_by("day")


def _word(text: str) -> Value:
    return Value(text, output_field=CharField())
