"""Suggesting a change: from the page of what is in force to a draft, saved as people type, and on to its approvers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from knowledge import loops
from knowledge.forms.rows import problems
from knowledge.models import Conflict, Guidance, Output, Revision
from knowledge.views import sheets
from knowledge.views.finding import guidance_for
from nhs_learning.record.forms import all_held, record_confirmations, written_by_another
from reviews.forms.changes import ProposalForm, governing_rows, names_what_it_redefines
from reviews.forms.drafts import sheet
from reviews.models import Change
from reviews.permissions import may_propose, may_suggest, may_write
from reviews.similar import in_the_making
from reviews.views.changes import about, change_for
from reviews.views.from_sessions import output_asked, reason_from_session
from routines.models import Routine

#: As much Markdown as a preview renders.
MOST_LETTERS = 200_000


def suggest_guidance(request: HttpRequest, trust: str, slug: str) -> HttpResponse:
    """Begin a change to guidance. Nothing is kept until something is saved."""
    return _suggest(request, guidance_for(request, trust, slug))


def suggest_routine(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a change to a routine."""
    visible = Routine.objects.visible_to(request.user).select_related("current", "trust", "service")
    return _suggest(request, get_object_or_404(visible, slug=slug))


def _suggest(request: HttpRequest, subject: Any) -> HttpResponse:
    verdict = may_suggest(request.user, subject)
    page = sheet(subject.current, request) if subject.current else None
    if request.method == "POST" and page and verdict.late:
        return _too_late(request, page, subject, verdict.reason)
    verdict.or_refuse()
    output = output_asked(request, subject)
    if request.method != "POST" or page.looking:
        return _sheet_page(request, page, subject=subject, output=output)
    if another := written_by_another(request):
        return _too_late(request, page, subject, another)
    if not page.is_valid():
        return _not_saved(request, page, subject=subject, output=output)
    try:
        change = _begun(request, subject, page, output)
    except Conflict as conflict:
        return _too_late(request, page, subject, str(conflict))
    return _saved(request, page, change)


@transaction.atomic
def _begun(request: HttpRequest, subject: Any, page: Any, output: Output | None) -> Change:
    draft = subject.start_draft(by=request.user)
    change = Change.suggest(by=request.user, edition=draft)
    page.texts.cleaned_data["seen"] = draft.edits
    page.save(draft, by=request.user)
    _note_numbers(request, page, change)
    if output is not None:
        output.became(change_reference=change.reference)
    return change


@require_POST
def from_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Suggest a draft that was begun elsewhere, in the admin or from an insight, by a change with a desk review of its
    own: to go on writing (``then=write``), or to send it."""
    curated = Guidance.objects.curated_by(request.user)
    draft = get_object_or_404(Revision.objects.drafts().filter(guidance__in=curated), pk=pk)
    may_suggest(request.user, draft.guidance).or_refuse()
    try:
        change = Change.suggest(by=request.user, edition=draft)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
        return redirect(draft.guidance)
    return redirect("change_write" if request.POST.get("then") == "write" else "change_send", change.reference)


def write(request: HttpRequest, reference: str) -> HttpResponse:
    """Go on writing the draft of a change."""
    change = change_for(request, reference)
    verdict = may_write(request.user, change)
    page = sheet(change.edition, request)
    if request.method == "POST" and verdict.late:
        return _overtaken(request, page, change, verdict.reason)
    verdict.or_refuse()
    if request.method != "POST" or page.looking:
        return _sheet_page(request, page, subject=change.subject, change=change)
    if another := written_by_another(request):
        return _overtaken(request, page, change, another)
    if not page.is_valid():
        return _not_saved(request, page, subject=change.subject, change=change)
    try:
        with transaction.atomic():
            page.save(change.edition, by=request.user)
            _note_numbers(request, page, change)
    except Conflict as conflict:
        return _overtaken(request, page, change, str(conflict))
    return _saved(request, page, change)


@require_POST
def bring_up_to_date(request: HttpRequest, reference: str) -> HttpResponse:
    """Base the draft on what came into force since it was begun, and show what both changed."""
    change = change_for(request, reference)
    may_write(request.user, change).or_refuse()
    try:
        clashes = change.edition.bring_up_to_date(by=request.user)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
        return redirect(change)
    if not clashes:
        messages.success(request, "Brought up to date. Nothing that you changed was changed by others.")
        return redirect("change_send", change.reference)
    kind = change.subject.kind
    shown = {**about(change), "clashes": clashes, "called": lambda part: loops.called_in(kind, part)}
    return render(request, "changes/brought_up_to_date.html", shown)


def send(request: HttpRequest, reference: str) -> HttpResponse:
    """See what the draft changes, say what it is and why, and send it to its approvers."""
    change = change_for(request, reference)
    verdict, data = may_propose(request.user, change), request.POST or None
    differences = change.edition.differences()
    form = ProposalForm(data, change=change, differences=differences, reason=reason_from_session(change))
    rows = governing_rows(change, data, differences=differences)
    if data and verdict.late:
        return _proposal_page(request, change, form, rows, status=409, overtaken=verdict.reason)
    verdict.or_refuse()
    if data is None:
        return _proposal_page(request, change, form, rows)
    if not (form.is_valid() and names_what_it_redefines(form, rows)):
        return _proposal_page(request, change, form, rows, status=422)
    redefines = form.cleaned_data["loop"] in loops.VARIABLES
    try:
        _propose(request, change, form, rows, redefines=redefines)
    except Conflict as conflict:
        change.refresh_from_db()
        return _proposal_page(request, change, form, rows, status=409, overtaken=str(conflict))
    sent = "It is in force already." if change.state == Change.State.IN_FORCE else "You are told what is decided."
    messages.success(request, f"Sent. {sent}")
    return redirect(change)


@transaction.atomic
def _propose(request: HttpRequest, change: Change, form: ProposalForm, rows: Any, *, redefines: bool) -> None:
    given = dict(form.cleaned_data)
    trigger = given.pop("trigger", change.review.trigger)
    if trigger != change.review.trigger:
        change.review.describe(by=request.user, trigger=trigger)
    change.propose(by=request.user, governing=rows.named() if redefines else [], **given)
    record_confirmations([form, *rows.forms], by=request.user, subject=change, trust=change.trust)


@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Markdown as it would look, with the edition's own pictures, for the page on which it is written."""
    readable = Guidance.objects.visible_to(request.user)
    edition = get_object_or_404(Revision.objects.filter(guidance__in=readable), pk=pk)
    edition.body = request.POST.get("text", "")[:MOST_LETTERS]
    return HttpResponse(edition.render().html)


# What the sheet answers


def _saved(request: HttpRequest, page: Any, change: Change) -> HttpResponse:
    url = reverse("change_write", args=[change.reference])
    if answer := sheets.saved_in_background(request, page, change.edition, url=url):
        return answer
    if page.moved or request.POST.get("then") == "again":
        messages.success(request, "Saved.")
        return redirect(f"{url}{page.moved}")
    return redirect("change_send", change.reference)


def _not_saved(request: HttpRequest, page: Any, **shown: Any) -> HttpResponse:
    return sheets.needs_a_look(request) or _sheet_page(request, page, status=422, **shown)


def _overtaken(request: HttpRequest, page: Any, change: Change, what: str) -> HttpResponse:
    """Somebody was quicker: say so, keep what was typed, and let the next save be a knowing one."""
    if answer := sheets.overtaken(request, page, what, edition=change.edition):
        return answer
    return _sheet_page(request, page, status=409, subject=change.subject, change=change, overtaken=what)


def _too_late(request: HttpRequest, page: Any, subject: Any, what: str) -> HttpResponse:
    """It went out of force while somebody was writing, or somebody else was: say so, and keep what was typed on the
    page."""
    if answer := sheets.overtaken(request, page, what):
        return answer
    return _sheet_page(request, page, status=409, subject=subject, overtaken=what)


def _sheet_page(request: HttpRequest, page: Any, *, status: int = 200, **shown: Any) -> HttpResponse:
    if "change" not in shown:
        shown["similar"] = in_the_making(shown["subject"], reader=request.user)
    return render(request, "changes/write.html", {**sheets.shown(page), **shown}, status=status)


def _proposal_page(
    request: HttpRequest, change: Change, form: ProposalForm, rows: Any, *, status: int = 200, overtaken: str = ""
) -> HttpResponse:
    forms = [form, *rows.forms]
    shown = {
        **about(change, differences=form.differences),
        "form": form,
        "rows": rows,
        "suggestion": form.suggested,
        "problems": list(problems(forms)) if status != 200 else [],
        "held": all_held(forms) if status != 200 else [],
        "overtaken": overtaken,
    }
    return render(request, "changes/send.html", shown, status=status)


def _note_numbers(request: HttpRequest, page: Any, change: Change) -> None:
    record_confirmations(page.forms, by=request.user, subject=change, trust=change.trust)
