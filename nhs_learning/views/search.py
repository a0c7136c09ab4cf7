"""The search page: what a reader finds, narrowed by what they choose, behind both of search's locks."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from knowledge import markdown
from knowledge.models import Guidance
from knowledge.search.query import GROUPS, LAST_PAGE, MOST_LETTERS, Filters, Hit, Results, marked, search
from knowledge.search.reader import Preparing, state
from nhs_learning.people.models import Service
from nhs_learning.people.reach import ANYBODY
from nhs_learning.record import clock, findables
from nhs_learning.record.models import SearchEntry
from nhs_learning.record.prepared import Prepared, given_ids
from routines.models import Routine

PER_PAGE = 20
#: Values of a group that show at once; the rest unfold.
SHOWN_AT_ONCE = 6
STATUSES = {"current": "In date", "overdue": "Review overdue", "withdrawn": "Withdrawn"}
#: Kinds of guidance, and of routines, by their names.
SUBKINDS = {**dict(Guidance.Kind.choices), **{kind.value: f"{kind.label} routine" for kind in Routine.Kind}}
GROUP_LABELS = {
    "kind": "Show",
    "subkind": "Kind of guidance or routine",
    "status": "Status",
    "service": "Service",
    "topic": "Topic",
}


@dataclass(frozen=True)
class Choice:
    """One value that results can be narrowed to; ``href`` chooses it, or leaves it where it is chosen."""

    label: str
    count: int
    href: str
    chosen: bool


@login_not_required
def results(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").replace("\x00", "").strip()[:MOST_LETTERS]
    filters = _filters(request)
    page = _number(request.GET.get("page", "1"))
    tokens = request.user.audience_tokens() if request.user.is_authenticated else ANYBODY
    shown = {
        "page_name": "search",
        "q": words,
        "filters": filters,
        "here": reverse("search") + _address(words, filters, page),
    }
    if not words:
        return render(request, "search.html", {**shown, "state": "nothing_typed"})
    try:
        # The same words asked by people who may find the same are answered once, until anything findable changes: a
        # narrower audience or a withdrawal moves the last position in the same transaction, so nothing is shown too
        # long.
        shown["key"] = (
            state(),
            SearchEntry.objects.last_position(),
            sorted(tokens),
            words,
            filters,
            page,
            clock.today(),
        )
        shown["found"] = SimpleLazyObject(lambda: _page(request.user, words, tokens, filters, page))
        return render(request, "search.html", {**shown, "state": "asked"})  # the index is asked in here, if at all
    except Preparing:
        response = render(request, "search.html", {**shown, "state": "preparing"}, status=503)
        response["Retry-After"] = "5"
        return response


def _page(user: Any, words: str, tokens: Iterable[str], filters: Filters, page: int) -> dict[str, Any]:
    """What the page of results shows."""
    found = search(words, tokens=tokens, filters=filters, page=page, per_page=PER_PAGE)
    if page > _last_page(found.total) > 0:
        page = _last_page(found.total)
        found = search(words, tokens=tokens, filters=filters, page=page, per_page=PER_PAGE)
    hits = _load(user, found.hits)
    # Both locks count: what the second held back is not spoken of.
    total = found.total - (len(found.hits) - len(hits))
    return {
        "state": "found" if hits else "nothing_found",
        "hits": hits,
        "total": total,
        "groups": _groups(words, filters, found),
        "pages": _pages(words, filters, page, total),
        "narrowed": filters != Filters(),
        "without_filters": _address(words, Filters()),
        "in_words": lambda text: marked(words, _plain(text)),
    }


@functools.lru_cache(maxsize=5000)
def _plain(text: str) -> str:
    """A recommendation without its Markdown. The same ones are found again and again."""
    return markdown.plain(text)


def _load(user: Any, hits: Iterable[Hit]) -> list[dict[str, Any]]:
    """Search's second lock: each hit with its thing and its template, where the person may see it."""
    kinds = findables.all_kinds()
    wanted: dict[Any, dict[str, list[int]]] = {}
    for hit in hits:
        if hit.kind in kinds:
            wanted.setdefault(kinds[hit.kind].load, {}).setdefault(hit.kind, []).append(hit.subject_id)
    things = {key: thing for load, ids in wanted.items() for key, thing in load(user, ids).items()}
    return [
        {"thing": thing, "snippet": hit.snippet, "template": kinds[hit.kind].template, "kind": kinds[hit.kind].label}
        for hit in hits
        if (thing := things.get((hit.kind, hit.subject_id))) is not None
    ]


def _filters(request: HttpRequest) -> Filters:
    """What is chosen. A value that there is not counts as none."""
    known: dict[str, Any] = {"kind": findables.all_kinds(), "subkind": SUBKINDS, "status": STATUSES}
    chosen = {group: request.GET.get(group, "").replace("\x00", "")[:100] for group in GROUPS}
    for group, values in known.items():
        if chosen[group] not in values:
            chosen[group] = ""
    if not _is_id(chosen["service"]):
        chosen["service"] = ""
    return Filters(**chosen)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _number(text: str) -> int:
    return min(int(text), LAST_PAGE) if _is_id(text) and int(text) else 1


def _groups(words: str, filters: Filters, found: Results) -> list[dict[str, Any]]:
    """The groups of filters, each with the values that would show something, the commonest first."""
    labels = _labels(filters, found)
    groups = []
    for group, label in GROUP_LABELS.items():
        chosen, counts = getattr(filters, group), dict(found.counts[group])
        if chosen:
            counts.setdefault(chosen, 0)
        choices = [
            _choice(words, filters, group, value, labels[group].get(value, value), count)
            for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            if count or value == chosen
        ]
        choices.sort(key=lambda choice: not choice.chosen)
        if choices:
            groups.append(
                {"name": group, "label": label, "few": choices[:SHOWN_AT_ONCE], "more": choices[SHOWN_AT_ONCE:]}
            )
    return groups


def _choice(words: str, filters: Filters, group: str, value: str, label: str, count: int) -> Choice:
    chosen = getattr(filters, group) == value
    return Choice(label, count, _address(words, replace(filters, **{group: "" if chosen else value})), chosen)


def _labels(filters: Filters, found: Results) -> dict[str, dict[str, str]]:
    """How values are called. One query, for the names of services."""
    ids = {*found.counts["service"], *filter(None, [filters.service])}
    services = _services().rows(ids=[int(pk) for pk in ids]) if ids else []
    several = len({trust for *_, trust in services}) > 1  # then each says whose it is
    return {
        "kind": {kind: findable.label for kind, findable in findables.all_kinds().items()},
        "subkind": SUBKINDS,
        "status": STATUSES,
        "service": {str(pk): f"{name}, {trust}" if several else name for pk, name, trust in services},
        "topic": {},
    }


@functools.cache
def _services() -> Prepared:
    named = Service.objects.filter(pk__any_of=given_ids("ids")).order_by()
    return Prepared(named.values_list("pk", "name", "trust__name"))


def _pages(words: str, filters: Filters, page: int, total: int) -> dict[str, Any]:
    """Which page of how many this is, with the addresses of those beside it."""
    last = _last_page(total)
    return {
        "page": page,
        "last": last,
        "before": _address(words, filters, page - 1) if page > 1 else None,
        "after": _address(words, filters, page + 1) if page < last else None,
    }


def _last_page(total: int) -> int:
    return min(-(-total // PER_PAGE), LAST_PAGE)


def _address(words: str, filters: Filters, page: int = 1) -> str:
    parts = {"q": words, **vars(filters), **({"page": page} if page > 1 else {})}
    return "?" + urlencode({name: value for name, value in parts.items() if value})
