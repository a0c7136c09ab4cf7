"""Asking the index: a reader's words, filters and audience tokens in, hits with snippets and counts out."""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass, fields, replace

import tantivy
from tantivy import FieldType, Occur, Query

from knowledge.search import index, reader, schema, snippets
from nhs_learning.record import clock

#: As much of what somebody types as is looked at.
MOST_LETTERS = 500
MOST_TERMS = 32
#: The last page that can be asked for; who has not found it by then should ask for something else.
LAST_PAGE = 50
#: What a hit in the title counts, against one in the text.
TITLE = 3.0
#: What it adds to hold every word, to be of the reader's trust, and to be in date; a good hit scores about ten.
EVERY_WORD = 4.0
OWN_TRUST = 2.0
IN_DATE = 1.0


@dataclass(frozen=True)
class Filters:
    """What results are narrowed to; "" for no narrowing. ``status``: current, overdue or withdrawn; what is withdrawn
    is found only when asked for."""

    kind: str = ""
    subkind: str = ""
    service: str = ""
    topic: str = ""
    status: str = ""


GROUPS = tuple(field.name for field in fields(Filters))
_FIELD = {"kind": "kind", "subkind": "subkind", "service": "service", "topic": "topics"}
_ANY_STATUS = "any"
#: Values of one group that are counted, at the most.
_MOST_VALUES = 500


@dataclass(frozen=True)
class Hit:
    """One found thing, with the piece of its text that matches best."""

    kind: str
    subject_id: int
    snippet: snippets.Marked


@dataclass(frozen=True)
class Results:
    """One page of hits, how many there are in all, and for each group of filters how many each value would show."""

    hits: list[Hit]
    total: int
    counts: dict[str, dict[str, int]]


def search(
    words: str, *, tokens: Collection[str], filters: Filters | None = None, page: int = 1, per_page: int = 20
) -> Results:
    """What somebody who holds ``tokens`` finds with ``words``, best first. Any text will do. Pages count from 1.

    Preparing is raised where there is no index yet, or only a damaged one.
    """
    searcher = reader.searcher()
    terms = _terms(words)
    if not terms:
        return Results([], 0, {group: {} for group in GROUPS})
    ask = functools.partial(_query, terms, frozenset(tokens), clock.today().toordinal())
    try:
        with index.readable():
            return _search(searcher, terms, ask, filters or Filters(), page, per_page)
    except index.Broken as broken:
        raise reader.Preparing from broken


def _search(
    searcher: tantivy.Searcher,
    terms: list[str],
    ask: functools.partial[Query],
    filters: Filters,
    page: int,
    per_page: int,
) -> Results:
    offset = (min(max(page, 1), LAST_PAGE) - 1) * per_page
    found = searcher.search(ask(filters, ranked=True), limit=per_page, offset=offset)
    hits = _hits(searcher, terms, [address for _, address in found.hits])
    return Results(hits, _total(found), _counts(searcher, ask, filters))


def _terms(words: str) -> list[str]:
    """The words as the index has them, each once; small words count only where there are no others."""
    words = words[:MOST_LETTERS].encode(errors="replace").decode()
    terms = schema.analyser(for_asking=True).analyze(words) or schema.analyser().analyze(words)
    return list(dict.fromkeys(terms))[:MOST_TERMS]


@functools.cache
def _schema() -> tantivy.Schema:
    return schema.schema()


def _term(field: str, value: str) -> Query:
    return Query.term_query(_schema(), field, value)


def _query(terms: list[str], tokens: frozenset[str], today: int, filters: Filters, *, ranked: bool = False) -> Query:
    """The words, behind search's first lock: nothing matches that does not carry one of the reader's tokens."""
    parts = [
        (Occur.Must, _words(terms)),
        (Occur.Must, _unscored(Query.term_set_query(_schema(), "audience", sorted(tokens)))),
        *((Occur.Must, _unscored(_term(field, value))) for group, field in _FIELD.items()
          if (value := getattr(filters, group))),
        *_status(filters.status, today),
    ]  # fmt: skip
    if ranked:
        own = [token.removeprefix("trust:") for token in tokens if token.startswith("trust:")]
        parts += [(Occur.Should, Query.const_score_query(_term("trust", trust), OWN_TRUST)) for trust in own]
        parts.append((Occur.Should, Query.const_score_query(_due(today, None), IN_DATE)))
        if len(terms) > 1:
            every = Query.boolean_query([(Occur.Must, _anywhere(term)) for term in terms])
            parts.append((Occur.Should, Query.const_score_query(every, EVERY_WORD)))
    return Query.boolean_query(parts)


def _words(terms: list[str]) -> Query:
    return Query.boolean_query([(Occur.Should, _anywhere(term)) for term in terms])


def _anywhere(term: str) -> Query:
    title = Query.boost_query(_term("title", term), TITLE)
    others = [(Occur.Should, _term(field, term)) for field in ("within", "text")]
    return Query.boolean_query([(Occur.Should, title), *others])


def _unscored(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)


def _status(status: str, today: int) -> list[tuple[Occur, Query]]:
    if status == _ANY_STATUS:
        return []
    withdrawn = _unscored(_term("withdrawn", "yes" if status == "withdrawn" else "no"))
    within = {"overdue": (None, today - 1), "current": (today, None)}.get(status)
    return [(Occur.Must, withdrawn), *([(Occur.Must, _unscored(_due(*within)))] if within else [])]


def _due(first: int | None, last: int | None) -> Query:
    return Query.range_query(_schema(), "review_due", FieldType.Integer, first, last)


def _counts(searcher: tantivy.Searcher, ask: functools.partial[Query], filters: Filters) -> dict[str, dict[str, int]]:
    """For each group what each value would show, given what is chosen in the other groups."""
    asked: dict[Filters, list[str]] = {}
    for group in _FIELD:
        asked.setdefault(replace(filters, **{group: ""}), []).append(group)
    counts: dict[str, dict[str, int]] = {}
    for others, groups in asked.items():
        wanted = {group: {"terms": {"field": _FIELD[group], "size": _MOST_VALUES}} for group in groups}
        for group, answer in searcher.aggregate(ask(others), wanted).items():
            counts[group] = {bucket["key"]: bucket["doc_count"] for bucket in answer["buckets"] if bucket["key"]}
    counts["status"] = _statuses(searcher, ask(replace(filters, status=_ANY_STATUS)))
    return counts


def _statuses(searcher: tantivy.Searcher, query: Query) -> dict[str, int]:
    today = clock.today().toordinal()
    due = {"field": "review_due", "ranges": [{"key": "overdue", "to": today}, {"key": "current", "from": today}]}
    wanted = {"withdrawn": {"terms": {"field": "withdrawn"}, "aggs": {"due": {"range": due}}}}
    found = {bucket["key"]: bucket for bucket in searcher.aggregate(query, wanted)["withdrawn"]["buckets"]}
    in_force = {bucket["key"]: bucket["doc_count"] for bucket in found["no"]["due"]["buckets"]} if "no" in found else {}
    return {**in_force, "withdrawn": found["yes"]["doc_count"] if "yes" in found else 0}


def _total(found: tantivy.SearchResult) -> int:
    return found.count  # type: ignore[attr-defined]  # which its stub forgets


def _hits(searcher: tantivy.Searcher, terms: list[str], addresses: list[tantivy.DocAddress]) -> list[Hit]:
    hits = []
    for address in addresses:
        document = searcher.doc(address)
        kind, _, subject_id = str(document.get_first("key")).partition(":")
        text = str(document.get_first("text") or "")
        hits.append(Hit(kind, int(subject_id), snippets.snippet(text, terms)))
    return hits


def marked(words: str, text: str) -> snippets.Marked:
    """The whole of a text with the words marked in it, for what must not be cut short."""
    return snippets.marked(text, _terms(words))
