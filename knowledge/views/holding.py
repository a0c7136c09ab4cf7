"""What those who hold an insight do for it: say that it is still true, hand it on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from knowledge import permissions
from knowledge.forms.insights import HandOnForm
from knowledge.models import Conflict, Insight
from knowledge.views.insights import insight_for


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
