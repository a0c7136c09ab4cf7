"""Taking guidance out of force at once, and the second signature that this needs."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from knowledge.models import Conflict, Guidance
from knowledge.views.finding import guidance_for
from knowledge.views.quicker import was_quicker
from nhs_learning.people.models import User
from nhs_learning.people.roles import APPROVE
from nhs_learning.record.forms import all_held, record_confirmations
from reviews.forms.withdrawing import PutBackForm, WithdrawForm
from reviews.models import Withdrawal
from reviews.permissions import may_put_back, may_sign, may_withdraw_guidance

#: How many the home page names, and how many that are settled the list does.
ON_THE_HOME_PAGE, LATELY = 5, 20


def withdraw(request: HttpRequest, trust: str, slug: str) -> HttpResponse:
    """Withdraw a piece of guidance, saying why and what to follow instead."""
    guidance = guidance_for(request, trust, slug)
    verdict = may_withdraw_guidance(request.user, guidance)
    if request.method == "POST" and verdict.late:
        return was_quicker(request, guidance, verdict.reason, typed=request.POST.get("why", ""))
    verdict.or_refuse()
    form = WithdrawForm(request.POST or None, guidance=guidance, reader=cast(User, request.user))
    refusal = ""
    if form.is_valid():
        try:
            with transaction.atomic():
                Withdrawal.begin(by=request.user, guidance=guidance, **form.cleaned_data)
                record_confirmations([form], by=request.user, subject=guidance, trust=guidance.trust)
        except Conflict as conflict:
            refusal = str(conflict)
        else:
            messages.success(request, "It is withdrawn. A second approver confirms that within 72 hours.")
            return redirect(guidance)
    shown = {"guidance": guidance, "form": form, "held": all_held([form]), "refusal": refusal}
    return render(request, "withdrawals/withdraw.html", shown, status=409 if refusal else 200)


def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for a second signature, the most urgent first, and what was settled lately."""
    seen = Withdrawal.objects.visible_to(request.user).with_names()
    shown = {
        "waiting": [(one, may_sign(request.user, one)) for one in seen.waiting().order_by("sign_by", "pk")],
        "stands_in_for": User.objects.get_queryset().stood_in_for_by(request.user).select_related("stand_in"),
        "settled": seen.exclude(state=Withdrawal.State.WAITING).order_by("-ended_at")[:LATELY],
    }
    return render(request, "withdrawals/list.html", shown)


def page(request: HttpRequest, reference: str) -> HttpResponse:
    """One withdrawal: why, what instead, what became of it; and to sign it or put the guidance back in force."""
    withdrawal = Withdrawal.objects.visible_to(request.user).with_names().filter(reference=reference).first()
    if withdrawal is None:
        raise Http404("There is no such withdrawal, or it is not open to you.")
    if request.method != "POST":
        return _page(request, withdrawal, PutBackForm())
    if request.POST.get("do") == "sign":
        return _sign(request, withdrawal)
    return _put_back(request, withdrawal)


def _sign(request: HttpRequest, withdrawal: Withdrawal) -> HttpResponse:
    if withdrawal.is_waiting:  # or else it says below how things are now
        may_sign(request.user, withdrawal).or_refuse()
    try:
        withdrawal.sign(by=cast(User, request.user))
    except Conflict as conflict:
        return _page(request, withdrawal, PutBackForm(), refusal=str(conflict))
    messages.success(request, "Confirmed: it stays withdrawn.")
    return redirect(withdrawal)


def _put_back(request: HttpRequest, withdrawal: Withdrawal) -> HttpResponse:
    if withdrawal.is_waiting:
        may_put_back(request.user, withdrawal).or_refuse()
    form = PutBackForm(request.POST)
    if not form.is_valid():
        return _page(request, withdrawal, form)
    try:
        with transaction.atomic():
            withdrawal.put_back(by=cast(User, request.user), why=form.cleaned_data["why"])
            record_confirmations([form], by=request.user, subject=withdrawal.guidance, trust=withdrawal.trust)
    except Conflict as conflict:
        return _page(request, withdrawal, form, refusal=str(conflict))
    messages.success(request, "It is back in force.")
    return redirect(withdrawal.guidance)


def _page(request: HttpRequest, withdrawal: Withdrawal, form: PutBackForm, refusal: str = "") -> HttpResponse:
    shown = {
        "withdrawal": withdrawal,
        "guidance": withdrawal.guidance,
        "form": form,
        "held": all_held([form]),
        "refusal": refusal,
        "typed": request.POST.get("why", "") if refusal else "",
        "sign": may_sign(request.user, withdrawal),
        "put_back": may_put_back(request.user, withdrawal),
    }
    return render(request, "withdrawals/page.html", shown, status=409 if refusal else 200)


# On other floors' pages


def waiting_for_me(request: HttpRequest, _: object = None) -> str:
    """For the home page: what waits for this approver's signature; nothing for everybody else."""
    me = request.user
    if not (me.is_authenticated and me.reach.may_anywhere(APPROVE)):
        return ""
    found = list(Withdrawal.objects.to_be_signed_by(me).with_names()[: ON_THE_HOME_PAGE + 1])
    return _part("waiting", request, waiting=found[:ON_THE_HOME_PAGE], more=found[ON_THE_HOME_PAGE:]) if found else ""


def on_the_page(request: HttpRequest, guidance: Guidance) -> str:
    """Beneath "withdrawn", on its page: by whom, and who is still to confirm it."""
    found = guidance.withdrawals.waiting().with_names().first()
    if found is None:
        return ""
    may = {"sign": may_sign(request.user, found), "put_back": may_put_back(request.user, found)}
    return _part("on_the_page", request, withdrawal=found, **may)


def offered(request: HttpRequest, guidance: Guidance) -> str:
    """Beside the text, for those who may: the way to withdraw it."""
    may = may_withdraw_guidance(request.user, guidance)
    return _part("offered", request, guidance=guidance) if may else ""


def _part(name: str, request: HttpRequest, **shown: Any) -> str:
    return render_to_string(f"withdrawals/{name}.html", shown, request=request)
