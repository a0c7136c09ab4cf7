"""What guidance said before, what changed and why, and what its drafts would change."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse

from knowledge import comparing
from knowledge.models import Confirmation, Guidance, Revision
from knowledge.views.finding import guidance_for
from knowledge.views.guidance import edition, may_see_drafts
from nhs_learning.people.models import User
from nhs_learning.record import clock
from nhs_learning.record.models import Event

#: The texts of an edition that are compared, and what a page calls them.
TEXTS = {"title": "Title", "aim": "Aim", "scope": "Scope", "summary": "Summary", "body": "Main text"}


@dataclass(frozen=True)
class Moment:
    """Something that happened to a piece of guidance. ``kind``: edition, still_correct, extended, withdrew or
    reinstated."""

    kind: str
    at: datetime.datetime
    by: User
    why: str
    revision: Revision | None = None
    confirmation: Confirmation | None = None


@login_not_required
def history(request: HttpRequest, trust: str, slug: str) -> HttpResponse:
    """All that happened to it, the newest first."""
    guidance = guidance_for(request, trust, slug)
    return render(request, "guidance/history.html", {"moments": timeline(guidance), **_about(guidance)})


@login_not_required
def one_edition(request: HttpRequest, trust: str, slug: str, number: int) -> HttpResponse:
    """What one edition says, marked as such where another is in force."""
    guidance = guidance_for(request, trust, slug)
    revision = get_object_or_404(_editions(guidance), number=number)
    return _show(request, guidance, revision)


@login_not_required
def on(request: HttpRequest, trust: str, slug: str) -> HttpResponse:
    """What it said on a day (``?date=2024-05-01``)."""
    guidance = guidance_for(request, trust, slug)
    asked = request.GET.get("date", "").strip()
    day = a_day(asked)
    revision = day and _editions(guidance).filter(published_at__date__lte=day).first()
    if revision and day and day <= clock.today():
        return _show(request, guidance, revision, day=day)
    first = _editions(guidance).last()
    context = {"asked": asked, "day": day, "first": first, "today": clock.today(), **_about(guidance)}
    return render(request, "guidance/no_such_day.html", context, status=400 if asked and not day else 200)


@login_not_required
def compare(request: HttpRequest, trust: str, slug: str) -> HttpResponse:
    """Two editions (``?from=1&to=2``; or the last two), or what is in force and a draft (``?draft=7``)."""
    guidance = guidance_for(request, trust, slug)
    about = _about(guidance)
    if "draft" in request.GET:
        return _compared(request, guidance.current, _draft(request, guidance, request.GET["draft"]), about)
    by_number = {str(revision.number): revision for revision in about["editions"]}
    asked = _asked_numbers(request, last=len(by_number))
    chosen = sorted((by_number[number] for number in asked & set(by_number)), key=lambda found: found.number or 0)
    if len(chosen) == 2:
        whole = Revision.objects.in_bulk([one.pk for one in chosen])
        return _compared(request, *(whole[one.pk] for one in chosen), about)
    unknown = sorted(asked - set(by_number)) if len(by_number) > 1 else []
    context = {"unknown": unknown, "chosen": chosen, **about}
    return render(request, "guidance/nothing_to_compare.html", context, status=404 if unknown else 200)


def _asked_numbers(request: HttpRequest, *, last: int) -> set[str]:
    """The two edition numbers asked for, as they were typed; by default the last one and the one before."""
    later = request.GET.get("to", "").strip() or str(last)
    before = str(int(later) - 1) if later.isdecimal() and int(later) > 1 else "1"
    return {request.GET.get("from", "").strip() or before, later}


def _compared(request: HttpRequest, earlier: Revision | None, later: Revision, about: dict[str, Any]) -> HttpResponse:
    if earlier is None:
        raise Http404("Nothing is in force yet, so there is nothing to compare with.")
    differences = later.differences_from(earlier)
    context = {"earlier": earlier, "later": later, "differences": differences, "TEXTS": TEXTS, "runs": comparing.runs}
    return render(request, "guidance/compare.html", {**context, **about})


def draft(request: HttpRequest, trust: str, slug: str, pk: int) -> HttpResponse:
    """A draft as it would look in force, for those who work on it."""
    guidance = guidance_for(request, trust, slug, among=Guidance.objects.curated_by(request.user))
    drafts = guidance.revisions.drafts().select_related("based_on", "created_by").prefetch_related("attachments")
    revision = get_object_or_404(drafts, pk=pk)
    rendered = revision.render()
    revision.html, revision.contents = rendered.html, rendered.contents
    attached = [one for one in revision.attachments.all() if not one.is_inline_image]
    return _show(request, guidance, revision, attachments=attached, admin_address=admin_address(revision))


def timeline(guidance: Guidance) -> list[Moment]:
    """Editions, confirmations, extensions, withdrawals and what was put back, the newest first."""
    moments = [
        Moment("edition", revision.published_at, revision.published_by, revision.reason, revision=revision)
        for revision in _editions(guidance).defer("body", "html", "contents")
    ]
    moments += [
        Moment(confirmation.kind, confirmation.at, confirmation.by, confirmation.why, confirmation=confirmation)
        for confirmation in guidance.confirmations.select_related("by")
    ]
    deeds = Event.objects.about(guidance).filter(verb__in=("withdrew", "reinstated")).select_related("by")
    moments += [Moment(deed.verb, deed.at, deed.by, deed.what["why"]) for deed in deeds if deed.by]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def a_day(text: str) -> datetime.date | None:
    """A date as a browser sends it (2024-05-01), or as people write it (1/5/2024); None for anything else."""
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d %B %Y"):
        try:
            return datetime.datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def admin_address(revision: Revision) -> str:
    """Where a draft is edited, or "" where this site has no such page."""
    try:
        return reverse("admin:knowledge_revision_change", args=[revision.pk])
    except NoReverseMatch:
        return ""


def _about(guidance: Guidance) -> dict[str, Any]:
    return {"guidance": guidance, "editions": list(_editions(guidance).defer("body", "html", "contents"))}


def _editions(guidance: Guidance) -> Any:
    """Its published revisions, the newest first, each with who put it in force."""
    return guidance.revisions.published().select_related("published_by").order_by("-number")


def _draft(request: HttpRequest, guidance: Guidance, pk: str) -> Revision:
    """A draft of this guidance, for those who work on it; 404 for others."""
    if not (pk.isdecimal() and may_see_drafts(request, guidance)):
        raise Http404("There is no such draft, or it is not open to you.")
    return get_object_or_404(guidance.revisions.drafts(), pk=pk)


def _show(request: HttpRequest, guidance: Guidance, revision: Revision, **more: Any) -> HttpResponse:
    """The page of one revision, in or out of force."""
    following = _editions(guidance).filter(number=revision.number + 1).first() if revision.number else None
    context = {"guidance": guidance, "following": following, **edition(guidance, revision), **more}
    return render(request, "guidance/one_edition.html", context)
