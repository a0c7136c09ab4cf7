"""The list of what colleagues have told: to read, to take away as a spreadsheet, to follow as a feed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed

from knowledge.listening import ORDERS, Listening
from knowledge.models import Codification, Insight
from nhs_learning.record.spreadsheets import as_csv

PER_PAGE = 25
#: How many a feed tells of.
FED = 50
HEADINGS = (
    "Title",
    "Kind",
    "Told by",
    "Service",
    "Trust",
    "Shared",
    "Said to be true",
    "Helped",
    "About",
    "How it stands to it",
    "Topics",
    "When it matters",
    "What we do",
    "Why it works",
    "When it doesn’t",
    "Who may read it",
    "Address",
)


def insights(request: HttpRequest) -> HttpResponse:
    """What is shared with the reader, narrowed and ordered as asked; what they have not shared yet comes before it."""
    asked = Listening(request.user, request.GET.dict())
    page = Paginator(asked.found().prefetch_related("topics"), PER_PAGE).get_page(request.GET.get("page"))
    shown = {
        "page_name": "insights",
        "asked": asked,
        "page": page,
        "ORDERS": ORDERS,
        "KINDS": Insight.Kind.choices,
        "begun": [] if asked.is_narrowed or page.number > 1 else _begun(request),
        "proposed": Codification.objects.to_take_up(request.user).count(),
        "address_of_page": lambda number: asked.address(page=str(number)),
    }
    return render(request, "insights/list.html", shown)


def _begun(request: HttpRequest) -> list[Insight]:
    """What the reader began and has not shared."""
    mine = Insight.objects.held_by(request.user).filter(state=Insight.State.DRAFT)
    return list(mine.order_by("-began_at")[:PER_PAGE])


def insights_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same list, narrowed in the same way, for a spreadsheet."""
    found = Listening(request.user, request.GET.dict()).named().prefetch_related("topics")
    return as_csv("insights", HEADINGS, _rows(request, found.iterator(chunk_size=500)))


def _rows(request: HttpRequest, found: Iterator[Insight]) -> Iterator[tuple[str, ...]]:
    for one in found:
        told: dict = vars(one)
        yield (
            one.title,
            one.get_kind_display(),
            ", ".join(told["told_by"]),
            one.service.name,
            one.trust.name,
            timezone.localtime(one.shared_at).date().isoformat() if one.shared_at else "",
            one.still_true_on.isoformat() if one.still_true_on else "",
            str(told["helped"]),
            told["about"] or "",
            one.get_relation_display() if told["about"] else "",
            ", ".join(topic.name for topic in one.topics.all()),
            one.situation,
            one.practice,
            one.why,
            one.when_not,
            one.get_audience_display(),
            request.build_absolute_uri(one.get_absolute_url()),
        )


def insights_feed(request: HttpRequest) -> HttpResponse:
    """The newest that are shared with whoever is signed in, as Atom, narrowed as the list is."""
    asked = Listening(request.user, {**request.GET.dict(), "order": "newest"})
    whole = request.build_absolute_uri(f"{reverse('insights')}{asked.address()}")
    feed = Atom1Feed(
        title="What colleagues have learned",
        link=whole,
        description="Insights that are shared with you, the newest first.",
        feed_url=request.build_absolute_uri(),
        language="en-gb",
    )
    for one in asked.found().filter(state=Insight.State.SHARED).prefetch_related("topics")[:FED]:
        address = request.build_absolute_uri(one.get_absolute_url())
        feed.add_item(
            title=_printable(one.title),
            link=address,
            unique_id=address,
            description=_printable(one.practice),
            author_name=", ".join(vars(one)["told_by"]),
            categories=[topic.name for topic in one.topics.all()],
            pubdate=one.shared_at,
            updateddate=one.shared_at,
        )
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    return response


def _printable(words: str) -> str:
    """Without the signs that XML has no way to say; what is pasted from Word brings some."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", " ", words)
