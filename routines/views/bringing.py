"""Bringing the steps of a routine as a spreadsheet: read, looked at, and only then kept as a draft."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from knowledge.importing.document import Unreadable
from knowledge.models import Conflict
from nhs_learning.record.forms import CONFIRMATION, all_held, record_confirmations
from nhs_learning.record.spreadsheets import as_csv
from routines import permissions
from routines.forms.bringing import AboutForm, FileForm
from routines.models import Routine, RoutineRevision
from routines.portable.columns import EXAMPLE, HEADINGS
from routines.portable.reading import Table, read_table
from routines.portable.understanding import Understood, understand

#: For so long, in seconds, what was read may be kept.
_HOLDS_FOR = 24 * 60 * 60
_SALT = "routines.bringing"
_TOO_OLD = "This page was open for more than a day. Choose the spreadsheet again."


class Brought:
    """What was brought with this request: the file, or, from the page that shows what was read, what it held.

    ``understood`` is None where nothing is brought yet or it could not be read, of which ``form`` then says why.
    """

    def __init__(self, request: HttpRequest):
        self.read = ""
        self.name = ""
        self.understood: Understood | None = None
        self.again = "read" in request.POST
        self.form = FileForm(None, None) if self.again else FileForm(request.POST or None, request.FILES or None)
        if self.again:
            self._take_again(request)
        elif request.method == "POST":
            self.form = FileForm(request.POST, request.FILES)
            self._take(request)

    def _take(self, request: HttpRequest) -> None:
        if not self.form.is_valid():
            return
        file = self.form.cleaned_data["file"]
        try:
            table = read_table(file.name, file.read())
        except Unreadable as why:
            self.form.add_error("file", str(why))
            return
        said = {"table": asdict(table), "name": file.name, "by": request.user.pk}
        self.read = signing.dumps(said, salt=_SALT, compress=True)
        self._understand(request, table, file.name)

    def _take_again(self, request: HttpRequest) -> None:
        self.read = request.POST["read"]
        try:
            said = signing.loads(self.read, salt=_SALT, max_age=_HOLDS_FOR)
        except signing.BadSignature:
            said = {}
        if said.get("by") != request.user.pk:
            self.form = FileForm({}, {})
            self.form.add_error("file", _TOO_OLD)
            return
        self._understand(request, Table.of(said["table"]), said["name"])

    def _understand(self, request: HttpRequest, table: Table, name: str) -> None:
        self.name = name
        self.understood = understand(table, reader=request.user, confirmed=request.POST.getlist(CONFIRMATION))

    @property
    def held(self) -> list[Any]:
        return all_held(self.understood.forms) if self.understood else []

    @property
    def shown(self) -> dict[str, Any]:
        """What the page shows of it."""
        return {
            "page_name": "routines",
            "file_form": self.form,
            "understood": self.understood,
            "read": self.read,
            "name": self.name,
            "headings": HEADINGS,
        }


def bring(request: HttpRequest) -> HttpResponse:
    """Bring the steps of a new routine."""
    permissions.may_begin_routine(request.user).or_refuse()
    brought = Brought(request)
    title = " ".join(Path(brought.name).stem.replace("_", " ").replace("-", " ").split())[:250].capitalize()
    about = AboutForm(request.POST if brought.again else None, by=request.user, initial={"title": title})
    understood = brought.understood
    if brought.again and understood and understood.may_be_kept and about.is_valid():
        draft = _kept(request, about, understood)
        messages.success(
            request, f"“{draft.title}” is a draft now, with {len(understood.rows)} steps. Nobody follows it yet."
        )
        return redirect(_page_of(draft))
    held = all_held([about]) + brought.held
    shown = {**brought.shown, "about": about, "held": held, "back": reverse("routines"), "back_words": "Routines"}
    return render(request, "routines/bring.html", shown, status=_status(request, brought, about))


@transaction.atomic
def _kept(request: HttpRequest, about: AboutForm, understood: Understood) -> RoutineRevision:
    me = request.user
    draft = Routine.begin(by=me, trust=me.trust, **about.cleaned_data)
    draft.write(by=me, steps=understood.steps())
    record_confirmations([about, *understood.forms], by=me, subject=draft.routine, trust=me.trust)
    return draft


def bring_into_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Bring the steps of a draft of a first edition, in the place of those that it has."""
    drafts = RoutineRevision.objects.drafts().filter(routine__trust=request.user.trust_id, based_on=None)
    draft = get_object_or_404(drafts.select_related("routine__trust"), routine__slug=slug)
    permissions.may_write_routine(request.user, draft).or_refuse()
    return bring_into(request, draft, subject=draft.routine, back=_page_of(draft))


def bring_into(request: HttpRequest, draft: RoutineRevision, *, subject: Any, back: str) -> HttpResponse:
    """The page on which steps are brought into a draft that the reader may write. ``subject``: what the draft is of,
    for the record; ``back``: where the draft is written."""
    brought, overtaken = Brought(request), ""
    understood = brought.understood
    if brought.again and understood and understood.may_be_kept:
        try:
            with transaction.atomic():
                seen = request.POST.get("seen", "")
                seen_edits = int(seen) if seen.isdecimal() else draft.edits
                draft.write(by=request.user, seen=seen_edits, steps=understood.steps(draft))
                record_confirmations(understood.forms, by=request.user, subject=subject, trust=draft.routine.trust)
        except Conflict as conflict:
            overtaken = str(conflict)
            draft.refresh_from_db()
        else:
            messages.success(request, f"The draft has the {len(understood.rows)} steps of “{brought.name}” now.")
            return redirect(back)
    told = {"draft": draft, "held": brought.held, "back": back, "back_words": draft.title, "overtaken": overtaken}
    status = 409 if overtaken else _status(request, brought)
    return render(request, "routines/bring.html", {**brought.shown, **told}, status=status)


def example(request: HttpRequest) -> HttpResponse:
    """A spreadsheet to begin with: the columns, and three steps."""
    permissions.may_begin_routine(request.user).or_refuse()
    return as_csv("steps", HEADINGS, EXAMPLE)


def _status(request: HttpRequest, brought: Brought, about: AboutForm | None = None) -> int:
    if request.method != "POST":
        return 200
    amiss = brought.understood is None or brought.understood.problems or (about is not None and about.errors)
    return 422 if amiss else 200


def _page_of(draft: RoutineRevision) -> str:
    """Where a draft of a first edition is written."""
    return f"{reverse('routine', args=[draft.routine.slug])}draft/"
