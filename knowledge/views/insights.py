"""What colleagues have learned: shared, read beside the guidance, thanked for."""

from __future__ import annotations

import functools
from typing import Any

from django.contrib import messages
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST

from knowledge import permissions
from knowledge.forms.codifying import TakeUpForm
from knowledge.forms.finders import InForce
from knowledge.forms.insights import InsightForm, ThanksForm, WithdrawForm
from knowledge.models import Codification, Conflict, Guidance, Insight
from nhs_learning.people.picking import MOST
from nhs_learning.people.reach import ANY_REACH
from nhs_learning.record import clock
from nhs_learning.record.forms import all_held, record_confirmations, written_by_another
from nhs_learning.record.prepared import Prepared, given

#: How many stand beside a piece of guidance; the rest are a click away.
BESIDE = 3


def new(request: HttpRequest) -> HttpResponse:
    """Write one down, about a piece of guidance (``?guidance=``) or about none."""
    return _write(request, None, _guidance(request))


def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on writing in one's own, perhaps about guidance that was found meanwhile (``?guidance=``)."""
    insight = insight_for(request, pk)
    permissions.may_write_insight(request.user, insight).or_refuse()
    return _write(request, insight, _guidance(request) or insight.guidance)


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One insight, with who holds it and whom it helped."""
    return _page(request, insight_for(request, pk), ThanksForm(use_required_attribute=False))


@require_POST
def thank(request: HttpRequest, pk: int) -> HttpResponse:
    """This helped me."""
    insight, form = insight_for(request, pk), ThanksForm(request.POST, use_required_attribute=False)
    permissions.may_thank(request.user, insight).or_refuse()
    if not form.is_valid():
        return _page(request, insight, form, status=422)
    try:
        with transaction.atomic():
            insight.thank(by=request.user, how=form.cleaned_data["how"])
            record_confirmations([form], by=request.user, subject=insight, trust=insight.trust)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, "Thank you: those who shared it are told.")
    return redirect(insight)


def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back, with a word on why."""
    insight = insight_for(request, pk)
    permissions.may_write_insight(request.user, insight).or_refuse()
    form = WithdrawForm(request.POST or None, use_required_attribute=False)
    if form.is_valid():
        try:
            with transaction.atomic():
                insight.withdraw(by=request.user, why=form.cleaned_data["why"])
                record_confirmations([form], by=request.user, subject=insight, trust=insight.trust)
        except Conflict as conflict:
            messages.warning(request, str(conflict))
        else:
            messages.success(request, "It is withdrawn: nobody but you sees it.")
        return redirect(insight)
    return render(request, "insights/withdraw.html", {"insight": insight, "form": form, "held": all_held([form])})


def beside(request: HttpRequest, guidance: Guidance) -> str:
    """Beside the text of guidance: what colleagues have learned about it, and the way to share what one knows."""
    if not request.user.is_authenticated:
        return ""
    found = _beside().objects(guidance=guidance.pk, **request.user.reach.given)
    shown = {"guidance": guidance, "insights": found[:BESIDE], "more": len(found) > BESIDE}
    return render_to_string("insights/beside.html", shown, request=request)


@functools.cache
def _beside() -> Prepared:
    return Prepared(Insight.objects.within(ANY_REACH).beside(given("guidance"))[: BESIDE + 1])


def insight_for(request: HttpRequest, pk: int) -> Insight:
    """The insight at this address, if the reader may see it. Otherwise 404, whether or not there is one."""
    named = Insight.objects.visible_to(request.user).select_related("service", "trust", "guidance__trust", "statement")
    insight = named.prefetch_related("holders", "topics").filter(pk=pk).first()
    if insight is None:
        raise Http404("There is no such insight, or it is not shared with you.")
    return insight


def _guidance(request: HttpRequest) -> Guidance | None:
    """The guidance that the address names, if the reader may see it."""
    asked = request.GET.get("guidance", "")
    if not asked.isdecimal():
        return None
    found = Guidance.objects.visible_to(request.user).published().filter(pk=int(asked)).select_related("current")
    return found.select_related("trust", "service", "owner").first()


def _page(request: HttpRequest, insight: Insight, form: ThanksForm, status: int = 200) -> HttpResponse:
    me = request.user
    proposals = proposals_of(insight)
    named = {insight.guidance_id, *(one.guidance_id for one in proposals)} - {None}
    # The guidance may be for fewer people than the insight.
    open_to_me = Guidance.objects.visible_to(me).select_related("trust", "service").in_bulk(named) if named else {}
    shown = {
        "insight": insight,
        "about": open_to_me.get(insight.guidance_id),
        "proposals": proposals,
        "open_to_me": open_to_me,
        "works_on": {pk for pk, guidance in open_to_me.items() if permissions.may_describe(me, guidance)},
        "taking_up": TakeUpForm(),
        "thanks": list(insight.thanks.select_related("by")),
        "form": form,
        "held": all_held([form]),
        "may": {
            "write": permissions.may_write_insight(me, insight),
            "hand_on": permissions.may_hand_on(me, insight),
            "thank": permissions.may_thank(me, insight),
            "propose": permissions.may_propose_insight(me, insight),
            "take_up": any(permissions.may_take_up(me, one) for one in proposals),
            "decline": any(permissions.may_decline(me, one) for one in proposals),
        },
    }
    return render(request, "insights/insight.html", shown, status=status)


def proposals_of(insight: Insight) -> list[Codification]:
    """How it was proposed as guidance, the latest first. The insight keeps them, so that they are asked for once."""
    beside = ("proposed_by", "ended_by", "revision", "guidance__service", "guidance__owner", "guidance__deputy")
    models.prefetch_related_objects(
        [insight], models.Prefetch("codifications", Codification.objects.select_related(*beside))
    )
    proposals = list(insight.codifications.all())
    for one in proposals:
        one.insight = insight
    return proposals


def _write(request: HttpRequest, insight: Insight | None, guidance: Guidance | None) -> HttpResponse:
    me, quietly, sharing = request.user, request.headers.get("X-Autosave") == "1", "share" in request.POST
    data = request.POST if request.method == "POST" else None
    topic = request.GET.get("topic", "")
    form = InsightForm(data, user=me, guidance=guidance, insight=insight, sharing=sharing, topic=topic)
    if data is not None and (another := written_by_another(request)):
        return _form_page(request, insight, guidance, form, quietly=quietly, overtaken=another)
    if data is None or not form.is_valid():
        return _form_page(request, insight, guidance, form, quietly=quietly and data is not None)
    try:
        insight = _save(request, insight, form, share=sharing)
    except Conflict as conflict:
        return _form_page(request, insight, guidance, form, quietly=quietly, overtaken=str(conflict))
    if quietly:
        now = f"{timezone.localtime(clock.now()):%H:%M}"
        address = f"{insight.get_absolute_url()}write/"
        return JsonResponse({"saved": now, "fields": {"seen": insight.saves}, "url": address})
    messages.success(request, "Shared. Thank you." if sharing else "Saved.")
    return redirect(insight)


@transaction.atomic
def _save(request: HttpRequest, insight: Insight | None, form: InsightForm, *, share: bool) -> Insight:
    me, said = request.user, form.said()
    if insight is None:
        permissions.may_share(me, said["service"]).or_refuse()
        insight = Insight.begin(by=me, **said)
    else:
        insight.edit(by=me, seen=form.cleaned_data["seen"], **said)
    record_confirmations([form], by=me, subject=insight, trust=insight.trust)
    if share:
        insight.share(by=me)
    return insight


def _form_page(
    request: HttpRequest, insight: Any, guidance: Any, form: InsightForm, *, quietly: bool, overtaken: str = ""
) -> HttpResponse:
    status = 409 if overtaken else 422 if form.errors else 200
    if quietly:
        why = next(iter(form.errors.values()), [overtaken])[0]
        return JsonResponse({"message": f"Not saved. {why}"}, status=status)
    if insight:
        insight.refresh_from_db()
    words = request.GET.get("about", "").replace("\0", "").strip()[:100]
    shown = {
        "insight": insight,
        "guidance_asked": guidance,
        "form": form,
        "held": all_held([form]),
        "about": words,
        "found": InForce(request.user).called(words)[:MOST] if words and not guidance else [],
    }
    return render(
        request, "insights/form.html", {**shown, "overtaken": overtaken, "page_name": "insights"}, status=status
    )
