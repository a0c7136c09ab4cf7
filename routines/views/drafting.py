"""Writing a routine for the first time: what it is called, the draft that is saved as people type, and putting it in
force."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from knowledge.models import Conflict
from knowledge.views import sheets
from nhs_learning.record.forms import all_held, record_confirmations, written_by_another
from routines import drafts, permissions
from routines.forms.describing import NewRoutineForm
from routines.forms.sheet import routine_sheet
from routines.models import Routine, RoutineRevision
from routines.models.routine_revision import VARIABLES
from routines.sources import drawn_on


def new(request: HttpRequest) -> HttpResponse:
    """Begin a routine: its title first, so that one that is there already is seen before another is written."""
    me = request.user
    permissions.may_begin_routine(me).or_refuse()
    form, similar = NewRoutineForm(request.POST or None, user=me), []
    if form.is_valid():
        similar = [] if "anyway" in request.POST else drafts.similar(form.cleaned_data["title"], trust=me.trust)
        if not similar:
            return redirect("routine_draft", _begun(request, form).slug)
    shown = {"page_name": "routines", "form": form, "similar": similar, "held": all_held([form])}
    return render(request, "routines/new.html", shown, status=422 if form.errors else 200)


@transaction.atomic
def _begun(request: HttpRequest, form: NewRoutineForm) -> Routine:
    routine = Routine.begin(by=request.user, trust=request.user.trust, **form.said()).routine
    record_confirmations([form], by=request.user, subject=routine, trust=routine.trust)
    return routine


def draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Write the draft of a first edition."""
    found, me = draft_for(request, slug), request.user
    verdict = permissions.may_write_routine(me, found)
    if verdict.late and request.method != "POST":
        return redirect(found.routine)
    page = routine_sheet(found, request)
    if another := verdict.reason or written_by_another(request):
        return _overtaken(request, page, found, another)
    if request.method != "POST" or page.looking:
        return _sheet_page(request, page, found)
    if not page.is_valid():
        return sheets.needs_a_look(request) or _sheet_page(request, page, found, status=422)
    try:
        with transaction.atomic():
            page.save(found, by=me)
            record_confirmations(page.forms, by=me, subject=found.routine, trust=found.routine.trust)
    except Conflict as conflict:
        return _overtaken(request, page, found, str(conflict))
    url = reverse("routine_draft", args=[slug])
    if answer := sheets.saved_in_background(request, page, found, url=url):
        return answer
    messages.success(request, "Saved.")
    goes_on = page.moved or request.POST.get("then") == "again"
    return redirect(f"{url}{page.moved}" if goes_on else reverse("routine_draft_read", args=[slug]))


def read(request: HttpRequest, slug: str) -> HttpResponse:
    """Read a first edition as its readers will, and put it in force. ``seen`` is the count of edits that was shown."""
    found, me = draft_for(request, slug), request.user
    verdict = permissions.may_adopt_routine(me, found)
    if not found.is_draft:
        messages.warning(request, verdict.reason)
        return redirect(found.routine)
    if request.method != "POST":
        return _reading_page(request, found)
    verdict.or_refuse()
    seen = request.POST.get("seen", "")
    try:
        found.put_in_force(by=me, seen=int(seen) if seen.isdecimal() else -1)
    except Conflict as conflict:
        found.refresh_from_db()
        return _reading_page(request, found, overtaken=str(conflict), status=409)
    messages.success(request, "It is in force. Everybody in the trust finds it now.")
    return redirect(found.routine)


def throw_away(request: HttpRequest, slug: str) -> HttpResponse:
    """Throw away what has never been in force, once it is confirmed."""
    found = draft_for(request, slug)
    verdict = permissions.may_throw_away_routine(request.user, found)
    if verdict.late:
        messages.warning(request, verdict.reason)
        return redirect(found.routine)
    verdict.or_refuse()
    if request.method != "POST":
        return render(request, "routines/throw_away.html", {"page_name": "routines", "routine": found.routine})
    try:
        found.routine.throw_away(by=request.user)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, f"“{found.title}” is thrown away.")
    return redirect("routines")


def draft_for(request: HttpRequest, slug: str) -> RoutineRevision:
    """The first edition at this address, if the reader may write in it, or might have until it came into force."""
    named = RoutineRevision.objects.filter(routine__trust=request.user.trust, routine__slug=slug, based_on=None)
    found = named.select_related("routine__trust", "routine__service", "routine__owner", "created_by").first()
    verdict = found and permissions.may_write_routine(request.user, found)
    if found is None or not (verdict or verdict.late):
        raise Http404("There is no such draft, or it is not yours to write in.")
    return found


def _overtaken(request: HttpRequest, page: Any, found: RoutineRevision, what: str) -> HttpResponse:
    """Somebody was quicker: say so, keep what was typed, and let the next save be a knowing one."""
    found.refresh_from_db()
    answer = sheets.overtaken(request, page, what, edition=found)
    return answer or _sheet_page(request, page, found, status=409, overtaken=what)


def _sheet_page(
    request: HttpRequest, page: Any, found: RoutineRevision, *, status: int = 200, overtaken: str = ""
) -> HttpResponse:
    shown = {
        "page_name": "routines",
        "subject": found.routine,
        "draft": found,
        "overtaken": overtaken,
        "may_throw_away": permissions.may_throw_away_routine(request.user, found),
        **sheets.shown(page),
    }
    return render(request, "routines/draft.html", shown, status=status)


def _reading_page(
    request: HttpRequest, found: RoutineRevision, *, overtaken: str = "", status: int = 200
) -> HttpResponse:
    me, routine = request.user, found.routine
    may_adopt = permissions.may_adopt_routine(me, found)
    shown = {
        "page_name": "routines",
        "routine": routine,
        "draft": found,
        "governing": [(found._meta.get_field(name), getattr(found, name)) for name in VARIABLES],
        "steps": list(found.steps.all()),
        "drawn_on": drawn_on(found, reader=me),
        "missing": found.missing,
        "may_adopt": may_adopt,
        "whom_to_ask": [] if may_adopt else drafts.who_adopts(routine, but=me),
        "overtaken": overtaken,
    }
    return render(request, "routines/read.html", shown, status=status)
