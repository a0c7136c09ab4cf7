"""Where service leads say how their services stand, and see what of it waits for them."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse

from knowledge.assessing import Sheet
from knowledge.models import Conflict, Guidance
from knowledge.permissions import may_assess
from knowledge.standing import picture, pictures_led_by
from knowledge.views.standing import framework_for, wordings_of
from nhs_learning.people.models import Service, User
from nhs_learning.people.roles import LEAD
from nhs_learning.record.forms import all_held

#: How many services that need a look the home page names.
ON_THE_HOME_PAGE = 4


def assess(request: HttpRequest, trust: str, slug: str, service: str) -> HttpResponse:
    """All standards of a framework for one service, to be assessed together or one by one."""
    framework = framework_for(request, trust, slug)
    place = get_object_or_404(framework.applies_to, slug=service)
    may_assess(request.user, place).or_refuse()
    if framework.state != Guidance.State.IN_FORCE:
        raise PermissionDenied("This framework is withdrawn, so services are no longer assessed against it.")
    if request.method == "POST":
        sheet = _sheet(framework, place, request)
        if sheet.is_valid():
            try:
                return _saved(request, sheet)
            except Conflict:
                sheet = _sheet(framework, place, request)  # somebody saved this very moment: look again
                sheet.is_valid()
        return _page(request, sheet, status=409 if sheet.outdated or sheet.overtaken else 200)
    return _page(request, _sheet(framework, place))


def my_frameworks(request: HttpRequest) -> HttpResponse:
    """How each service that the reader leads stands against each framework that applies to it."""
    return render(
        request,
        "frameworks/mine.html",
        {"pictures": pictures_led_by(cast(User, request.user)), "leads": request.user.reach.may_anywhere(LEAD)},
    )


def waiting_for_me(request: HttpRequest, _: object = None) -> str:
    """For the home page: the services of a lead that need a look; nothing for everybody else."""
    if not (request.user.is_authenticated and request.user.reach.may_anywhere(LEAD)):
        return ""
    waiting = [(one.framework, row) for one in pictures_led_by(request.user) for row in one.rows if row.needs_a_look]
    waiting.sort(key=lambda entry: -entry[1].late)
    shown = {"waiting": waiting[:ON_THE_HOME_PAGE], "more": len(waiting) - ON_THE_HOME_PAGE}
    return render_to_string("frameworks/waiting.html", shown, request=request)


def _sheet(framework: Guidance, service: Service, request: HttpRequest | None = None) -> Sheet:
    row = picture(framework, wordings_of(framework), service=service).rows[0]
    return Sheet(framework, row, request.POST if request else None)


def _saved(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    saved = [card.key for card in sheet.save(by=cast(User, request.user))]
    count, row, framework = len(saved), sheet.row, sheet.framework
    if count:
        which = "1 standard is" if count == 1 else f"{count} standards are"
        messages.success(request, f"Saved: {which} newly assessed for {row.service.name}.")
    else:
        messages.info(request, "Nothing was changed, so there was nothing to save.")
    key = request.POST.get("save", "")
    if any(card.key == key for card in sheet.cards):
        again = reverse("guidance_assess", args=[framework.trust.slug, framework.slug, row.service.slug])
        return redirect(f"{again}{f'?saved={key}' if key in saved else ''}#{key}")
    return redirect("guidance_service_standing", framework.trust.slug, framework.slug, row.service.slug)


def _page(request: HttpRequest, sheet: Sheet, status: int = 200) -> HttpResponse:
    shown = {"guidance": sheet.framework, "service": sheet.row.service, "sheet": sheet, "held": all_held(sheet.forms)}
    return render(request, "frameworks/assess.html", shown, status=status)
