"""What the index holds of each thing, and how its words are taken apart."""

from __future__ import annotations

import datetime
import functools
from typing import Any

import tantivy

#: Raise it with every change to the fields or the analyser: followers then build their index anew.
VERSION = 2
#: Of a thing without a date: later than any other, so that nothing counts as overdue for want of one.
NEVER = datetime.date.max.toordinal()
ANALYSER = "en"
#: Kinds of things that bear the title of what they are a part of.
PARTS = frozenset({"statement"})
#: Fields by whose value results are filtered and counted.
FACETS = ("kind", "subkind", "service", "topics", "withdrawn")


def schema() -> tantivy.Schema:
    """The fields of a document. Raw ones hold whole values; dates are ordinals, as ``date.toordinal`` gives them."""
    builder = tantivy.SchemaBuilder()
    for name in ("title", "within", "text"):
        builder.add_text_field(name, stored=name == "text", tokenizer_name=ANALYSER)
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("audience", "trust"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in FACETS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("review_due", "last_reviewed", "published_on"):
        builder.add_integer_field(name, indexed=True, fast=True)
    return builder.build()


@functools.cache
def analyser(*, for_asking: bool = False) -> tantivy.TextAnalyzer:
    """Lower case, accents folded, endings taken off (*infusions* finds *infusion*), nothing longer than 40 letters.

    ``for_asking`` leaves out words such as *the*, which documents keep.
    """
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    filters = [tantivy.Filter.remove_long(40), tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold()]
    if for_asking:
        filters.append(tantivy.Filter.stopword("english"))
    for each in [*filters, tantivy.Filter.stemmer("english")]:
        builder = builder.filter(each)
    return builder.build()


def key(kind: str, subject_id: int) -> str:
    return f"{kind}:{subject_id}"


def document(entry: Any) -> tantivy.Document:
    """A search entry (any object with its attributes) as the index keeps it."""
    return tantivy.Document(
        key=key(entry.kind, entry.subject_id),
        **_called(entry),
        text=entry.text,
        kind=entry.kind,
        subkind=entry.subkind,
        service=_id(entry.service_id),
        trust=_id(entry.trust_id),
        topics=list(entry.topics),
        audience=list(entry.audience),
        withdrawn="yes" if entry.withdrawn else "no",
        review_due=_day(entry.review_due),
        last_reviewed=_day(entry.last_reviewed),
        published_on=_day(entry.published_on),
    )


def _called(entry: Any) -> dict[str, str]:
    """A part must not crowd out the whole for bearing its title. A whole is found by its topics, too."""
    if entry.kind in PARTS:
        return {"within": entry.title}
    return {"title": entry.title, "within": " ".join(entry.topics)}


def _id(value: int | None) -> str:
    return "" if value is None else str(value)


def _day(value: datetime.date | None) -> int:
    return NEVER if value is None else value.toordinal()
