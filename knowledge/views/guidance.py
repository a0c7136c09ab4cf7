"""The guidance page, and the files that it carries."""

from __future__ import annotations

import datetime
import functools
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.postgres.expressions import ArraySubquery
from django.core.files.storage import default_storage
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from knowledge.models import Attachment, Guidance, LastRead, Milestone, Revision, Wording
from knowledge.permissions import may_describe
from knowledge.views import standing
from knowledge.views.finding import guidance_to_read
from knowledge.whom import Colleague, whom_to_ask
from nhs_learning.people.permissions import is_of
from nhs_learning.record.prepared import Prepared, given


@login_not_required
def page(request: HttpRequest, trust: str, slug: str) -> HttpResponse:
    """A piece of guidance as it is in force (or was, when it is withdrawn).

    Its text is the same for all who may read it, so it is rendered once for each version and kept; what is the
    reader's own (what changed since they last read it, what they may do) is asked each time.
    """
    guidance, last = guidance_to_read(request, trust, slug)
    if guidance.current is None:
        return _not_yet(request, guidance)
    reads = request.method == "GET" and request.user.is_authenticated and guidance.state == Guidance.State.IN_FORCE
    last_read = LastRead.note(user=request.user, guidance=guidance, last=last) if reads else None
    whole: Any = guidance.current
    if whole.get_deferred_fields():
        whole = SimpleLazyObject(lambda: _revision().objects(pk=guidance.current_id)[0])
    shown = edition(guidance, whole)
    shown |= {"whole": whole, "revision": guidance.current, "last_read": last_read}
    shown |= standing.panels(request, guidance, shown["wordings"])
    shown["drafts"] = _drafts(request, guidance)
    shown["whom"] = _whom(request, guidance)
    return render(request, "guidance/page.html", {"guidance": guidance, **shown})


def _whom(request: HttpRequest, guidance: Guidance) -> list[Colleague] | None:
    """Whom a reader of its own trust may ask. None for others, who are told who answers for it and no more."""
    if not is_of(request.user, guidance.trust_id):
        return None
    return whom_to_ask(request.user, guidance=guidance, topics=[topic["id"] for topic in guidance.topic_list])


def _not_yet(request: HttpRequest, guidance: Guidance) -> HttpResponse:
    """Nothing is in force: the drafts, for those who work on them."""
    return render(request, "guidance/not_yet.html", {"guidance": guidance, "drafts": _drafts(request, guidance)})


def _drafts(request: HttpRequest, guidance: Guidance) -> list[Revision]:
    """The drafts that the reader may see; readers who see none cost no query."""
    if not may_see_drafts(request, guidance):
        return []
    return list(guidance.revisions.drafts().select_related("created_by").defer("body"))


def may_see_drafts(request: HttpRequest, guidance: Guidance) -> bool:
    """Is the reader its owner, deputy or a curator who reaches its service?"""
    return request.user.is_authenticated and bool(may_describe(request.user, guidance))


def edition(guidance: Guidance, revision: Revision) -> dict[str, Any]:
    """What a page shows of one revision: its statements, each with its milestones, and its attachments, each asked
    for when it is first looked at. The guidance comes from ``guidance_for``, which found its topics too."""
    wordings: Any = SimpleLazyObject(lambda: _wordings().objects(revision=revision.pk))
    return {
        "revision": revision,
        "wordings": wordings,
        "milestones": SimpleLazyObject(lambda: {one.statement_id: _milestones(one) for one in wordings}),
        "attachments": SimpleLazyObject(lambda: [a for a in _attached(guidance, revision) if not a.is_inline_image]),
        "topics": guidance.topic_list,
    }


@functools.cache
def _revision() -> Prepared:
    return Prepared(Revision.objects.filter(pk=given("pk")).order_by())


@functools.cache
def _wordings() -> Prepared:
    """What a revision says, each with ``expected``, its milestones, in the same query."""
    expected = Milestone.objects.filter(revision=OuterRef("revision"), statement=OuterRef("statement"))
    told = JSONObject(what="what", by_when="by_when", measure="measure")
    said = Wording.objects.filter(revision=given("revision")).select_related("statement")
    return Prepared(said.annotate(expected=ArraySubquery(expected.values(told=told))))


@functools.cache
def _attachments() -> Prepared:
    return Prepared(Attachment.objects.filter(revision=given("revision")))


def _attached(guidance: Guidance, revision: Revision) -> list[Attachment]:
    """The files of a revision; those of the one in force may have come with the guidance (``guidance_to_read``)."""
    if revision.pk == guidance.current_id and hasattr(guidance, "attached"):
        return [Attachment(**told) for told in guidance.attached]
    return _attachments().objects(revision=revision.pk)


def _milestones(wording: Any) -> list[Milestone]:
    """Those that came with what is said, their dates read again."""
    day = datetime.date.fromisoformat
    return [Milestone(**{**told, "by_when": told["by_when"] and day(told["by_when"])}) for told in wording.expected]


@login_not_required
def attachment(request: HttpRequest, pk: int, name: str) -> FileResponse:
    """A file: images as they are, everything else as a download. Whoever may read the guidance may have it."""
    visible = Guidance.objects.visible_to(request.user)
    found = Attachment.objects.filter(pk=pk, name=name, revision__guidance__in=visible).first()
    if found is None or (found.revision.is_draft and not may_see_drafts(request, found.revision.guidance)):
        raise Http404("There is no such file, or it is not open to you.")
    response = FileResponse(
        default_storage.open(found.path),
        as_attachment=not found.is_inline_image,
        filename=found.name,
        content_type=found.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
