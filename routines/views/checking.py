"""Checks: what a routine draws on has changed, and its owner says whether the routine still holds."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string

from knowledge import comparing
from knowledge.models import Conflict
from knowledge.views.history import TEXTS
from nhs_learning.people.models import User
from nhs_learning.record.forms import all_held, record_confirmations
from routines import checking, permissions
from routines.forms.checking import StillRightForm
from routines.models import Check, Routine
from routines.sources import drawn_on

#: How many the list shows on a page.
PER_PAGE = 50
#: What a check is shown with.
_NAMED = (
    *("routine__trust", "routine__service", "routine__owner", "routine__deputy", "routine__current"),
    *("guidance__owner", "guidance__service", "insight__service", "insight__withdrawn_by", "since", "revision"),
)


def checks(request: HttpRequest) -> HttpResponse:
    """What needs checking in the trust, the loudest first, for those who answer for it; for others, what waits for
    them."""
    me = cast(User, request.user)
    everything = bool(permissions.may_see_all_checks(me))
    seen = Check.objects.filter(routine__in=Routine.objects.visible_to(me)).waiting()
    if not everything or request.GET.get("mine"):
        seen = seen.of_theirs(me)
    rows = seen.as_read_by(me).select_related("routine__service", "routine__owner", "routine__deputy")
    page = Paginator(rows.loudest_first(), PER_PAGE).get_page(request.GET.get("page"))
    shown = {
        "page_name": "routines",
        "page": page,
        "everything": everything,
        "mine": not everything or bool(request.GET.get("mine")),
        "whom_to_ask": checking.whom_to_ask,
        "address_of_page": lambda number: f"?page={number}{'&mine=1' if request.GET.get('mine') else ''}",
    }
    return render(request, "routines/checks.html", shown)


def check(request: HttpRequest, pk: int) -> HttpResponse:
    """One check: what has changed, where the routine draws on it, and what to do."""
    found = _find(request, pk)
    if request.method != "POST":
        form = StillRightForm(initial={"seen": found.seen}, use_required_attribute=False)
        return _page(request, found, form)
    form = StillRightForm(request.POST, use_required_attribute=False)
    verdict = permissions.may_clear(request.user, found)
    if verdict.late:
        return _overtaken(request, found, verdict.reason)
    verdict.or_refuse()
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        _say_still_right(request, found, form)
    except Conflict as conflict:
        return _overtaken(request, _find(request, pk), str(conflict))
    messages.success(request, "Checked. The routine’s page says that it is still right, and why.")
    return redirect(found.routine)


@transaction.atomic
def _say_still_right(request: HttpRequest, found: Check, form: StillRightForm) -> None:
    found.say_still_right(by=cast(User, request.user), **form.cleaned_data)
    record_confirmations([form], by=request.user, subject=found.routine, trust=found.routine.trust)


def _find(request: HttpRequest, pk: int) -> Check:
    me = cast(User, request.user)
    seen = Check.objects.filter(routine__in=Routine.objects.visible_to(me)).as_read_by(me).select_related(*_NAMED)
    return get_object_or_404(seen, pk=pk)


def _overtaken(request: HttpRequest, found: Check, what: str) -> HttpResponse:
    """Somebody was quicker, or it changed again: the page as it now is, with what was typed."""
    form = StillRightForm(
        initial={"seen": found.seen, "word": request.POST.get("word", "")}, use_required_attribute=False
    )
    return _page(request, found, form, status=409, overtaken=what)


def _page(
    request: HttpRequest, found: Check, form: StillRightForm, *, status: int = 200, overtaken: str = ""
) -> HttpResponse:
    me, routine = cast(User, request.user), found.routine
    edition = routine.current
    assert edition is not None
    edition.routine = routine
    drawn, steps = drawn_on(edition, reader=me), list(edition.steps.all())
    shown = {
        "page_name": "routines",
        "check": found,
        "routine": routine,
        "places": checking.places(found, drawn, steps),
        "changed": checking.what_changed(found, drawn),
        "instead": checking.follow_instead(found, reader=me),
        "withdrawn_by": checking.withdrawn_by(found, reader=me),
        "whom": checking.whom_to_ask(routine),
        "may_clear": permissions.may_clear(me, found),
        "form": form,
        "held": all_held([form]),
        "overtaken": overtaken,
        "TEXTS": TEXTS,
        "runs": comparing.runs,
    }
    return render(request, "routines/check.html", shown, status=status)


def on_a_method(request: HttpRequest, routine: Any) -> str:
    """On the page of a review method: what it draws on has changed."""
    me = cast(User, request.user)
    checks = checking.on_routine(routine, reader=me)
    if not (checks.waiting or checks.lately):
        return ""
    shown = {
        "routine": routine,
        "checks": checks,
        "drawn_on": drawn_on(routine.current, reader=me),
        "steps": list(routine.current.steps.all()),
        "may_check": permissions.may_describe_routine(me, routine),
    }
    return render_to_string("routines/on_checks.html", shown, request=request)
