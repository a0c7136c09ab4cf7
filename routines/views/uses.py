"""How guidance is used: the page of its figures, and what people said, as a list to take away."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from knowledge.models import Guidance
from knowledge.views.finding import guidance_for
from nhs_learning.people.permissions import is_of
from nhs_learning.record.spreadsheets import as_csv
from routines import in_use, permissions
from routines.models import Use
from routines.models.use import UseQuerySet

A_PAGE = 20
_HEADINGS = ("Month", "Edition", "Recommendation", "How it was used", "Why", "In their own words", "Routine")


def uses(request: HttpRequest, trust: str, slug: str) -> HttpResponse:
    """Month by month, by statement, and the reasons; people's own words for whoever may see them."""
    guidance = _guidance(request, trust, slug)
    me, reads = request.user, permissions.may_see_reasons(request.user, guidance)
    said = Paginator(_said(guidance).exclude(words=""), A_PAGE) if reads else None
    shown = {
        "guidance": guidance,
        "picture": in_use.whole(guidance),
        "hows": Use.How,
        "said": said and said.get_page(request.GET.get("page")),
        "mine": Use.objects.lately(by=me).filter(guidance=guidance, pattern=None).with_number()[:A_PAGE],
        "reads": reads,
        "may_record": permissions.may_record_use(me, guidance),
        "address_of_page": lambda number: f"?page={number}#words",
    }
    return render(request, "routines/uses.html", shown)


def uses_csv(request: HttpRequest, trust: str, slug: str) -> StreamingHttpResponse:
    """All that was not simply followed, with what people said: no names, and months, not days."""
    guidance = _guidance(request, trust, slug)
    permissions.may_see_reasons(request.user, guidance).or_refuse()
    return as_csv(f"uses-of-{guidance.slug}", _HEADINGS, _rows(guidance))


def _rows(guidance: Guidance) -> Iterator[tuple[str, ...]]:
    for one in _said(guidance).select_related("revision", "routine").iterator(chunk_size=500):
        edition = f"{one.revision.number}"
        where = one.statement_number or ("no longer part of it" if one.statement_id else "")
        title = one.routine.title if one.routine else ""
        how = in_use.PAST[one.how]
        yield (f"{one.on:%Y-%m}", edition, where, how, one.get_reason_display(), one.words, title)


def _said(guidance: Guidance) -> UseQuerySet:
    return Use.objects.otherwise().filter(guidance=guidance).with_number().order_by("-on", "-pk")


def _guidance(request: HttpRequest, trust: str, slug: str) -> Guidance:
    """Guidance that is or was in force, for people of its trust. Otherwise 404."""
    guidance = guidance_for(request, trust, slug)
    if not is_of(request.user, guidance.trust_id) or guidance.current_id is None:
        raise Http404("There is no such guidance, or how it is used is not open to you.")
    return guidance
