"""How a session went: who came, what was said, what came of it, and what becomes of that."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from knowledge import permissions
from knowledge.forms.sessions import NotesForm, OutputForm
from knowledge.models import Conflict, Output, Session
from knowledge.views.sessions import outputs_for, session_for
from nhs_learning.people.models import User
from nhs_learning.record import clock
from nhs_learning.record.forms import all_held, record_confirmations, written_by_another


def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down how it went: the notes are saved as people type, who came by the button; and what came of it, one by
    one (``add``)."""
    me, found = request.user, session_for(request, pk)
    permissions.may_write_down(me, found).or_refuse()
    if {"add", "find"} & set(request.POST):
        return _bring_out(request, found)
    quietly = request.headers.get("X-Autosave") == "1"
    form = NotesForm(request.POST if request.method == "POST" else None, session=found, people=_people(found))
    if form.is_bound and (another := written_by_another(request)):
        return _not_saved(request, found, form, quietly, another)
    if not form.is_bound:
        return _page(request, found, form, OutputForm(user=me, session=found))
    if not form.is_valid():
        return _not_saved(request, found, form, quietly)
    try:
        _save(request, found, form, held=not quietly)
    except Conflict as conflict:
        return _not_saved(request, found, form, quietly, str(conflict))
    if quietly:
        return JsonResponse({"saved": f"{timezone.localtime(clock.now()):%H:%M}", "fields": {"seen": found.saves}})
    messages.success(request, "Saved. Thank you.")
    return redirect(f"{reverse('session_write', args=[found.pk])}#outputs")


@transaction.atomic
def _save(request: HttpRequest, found: Session, form: NotesForm, *, held: bool) -> None:
    me, said = request.user, form.cleaned_data
    if said["notes"] != found.notes or said["seen"] != found.saves:
        found.write(by=me, seen=said["seen"], notes=said["notes"])
    if held:
        found.hold(by=me, came=form.those_who_came())
    record_confirmations([form], by=me, subject=found, trust=found.trust)


def _bring_out(request: HttpRequest, found: Session) -> HttpResponse:
    me = request.user
    form = OutputForm(request.POST, user=me, session=found, looking="find" in request.POST)
    if not form.is_valid():
        return _page(request, found, NotesForm(session=found, people=_people(found)), form)
    try:
        with transaction.atomic():
            output = found.bring_out(by=me, **form.said())
            record_confirmations([form], by=me, subject=found, trust=found.trust)
    except Conflict as conflict:
        return _not_taken_down(request, found, form, str(conflict))
    messages.success(request, f"Written down: {output.get_kind_display().lower()}.")
    return redirect(f"{reverse('session_write', args=[found.pk])}#outputs")


def _not_taken_down(request: HttpRequest, found: Session, form: OutputForm, why: str) -> HttpResponse:
    notes = NotesForm(session=found, people=_people(found))
    return _page(request, Session.objects.get(pk=found.pk), notes, form, overtaken=why)


@require_POST
def make_insight(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin to write what came of a session as an insight."""
    me, output = request.user, output_for(request, pk, Output.Kind.INSIGHT)
    if not (verdict := permissions.may_take_up_output(me, output)):
        return _not_taken(request, output, verdict.reason)
    try:
        insight = output.make_insight(by=me)
    except Conflict as conflict:
        return _not_taken(request, output, str(conflict))
    messages.success(request, "Here is a beginning. Nobody but its holders sees it before you share it.")
    return redirect("insight_write", insight.pk)


@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a question that came of a session to its community."""
    me, output = request.user, output_for(request, pk, Output.Kind.QUESTION)
    if not (verdict := permissions.may_take_up_output(me, output)):
        return _not_taken(request, output, verdict.reason)
    try:
        conversation = output.ask(by=me)
    except Conflict as conflict:
        return _not_taken(request, output, str(conflict))
    messages.success(request, "Asked: the members are told, and one of them takes it.")
    return redirect(conversation)


def output_for(request: HttpRequest, pk: int, kind: str) -> Output:
    """What came of a session that the reader may see, of this kind."""
    seen = Session.objects.visible_to(request.user).values("pk")
    named = ("session__community", "session__service", "session__facilitator", "guidance", "by", "session__trust")
    found = Output.objects.filter(session__in=seen, kind=kind, pk=pk).select_related(*named).first()
    if found is None:
        raise Http404("There is nothing of that kind here.")
    return found


def _not_taken(request: HttpRequest, output: Output, why: str) -> HttpResponse:
    messages.warning(request, why)
    return redirect(output.session)


def _people(found: Session) -> list[User]:
    """Who may have come: the community's members, who was asked, and who is said to have come."""
    members = found.community.people() if found.community else []
    return sorted({*members, *(one.user for one in found.guests)}, key=lambda person: person.name)


def _not_saved(
    request: HttpRequest, found: Session, form: NotesForm, quietly: bool, overtaken: str = ""
) -> HttpResponse:
    if quietly:
        why = next(iter(form.errors.values()), [overtaken])[0]
        return JsonResponse({"message": f"Not saved. {why}"}, status=409 if overtaken else 422)
    now = Session.objects.get(pk=found.pk)
    if overtaken:
        form.data = form.data.copy()
        form.data["seen"] = str(now.saves)
    return _page(request, now, form, OutputForm(user=request.user, session=found), overtaken=overtaken)


def _page(
    request: HttpRequest, found: Session, form: NotesForm, output_form: Any, *, overtaken: str = ""
) -> HttpResponse:
    shown = {
        "page_name": "communities",
        "session": found,
        "form": form,
        "output_form": output_form,
        "held": all_held([form]),
        "output_held": all_held([output_form]),
        "outputs": outputs_for(request.user, found),
        "overtaken": overtaken,
    }
    status = 409 if overtaken else 422 if form.errors or output_form.errors else 200
    return render(request, "sessions/write.html", shown, status=status)
