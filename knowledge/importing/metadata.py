"""What a document says about itself: its version, who approved it, when it was reviewed and when it is due again."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from knowledge.importing.dates import date_in
from knowledge.importing.document import Metadata
from knowledge.importing.escaping import bare

#: What documents call each thing, in the order in which a name is believed.
_LABELS: dict[str, tuple[str, ...]] = {
    "version_label": (
        "version label", "version number", "version no", "document version", "version", "issue number", "edition",
    ),
    "committee": (
        "approving committee", "approval committee", "approved by committee", "committee", "ratifying committee",
        "ratified by", "approved by", "approval body", "approving body", "authorised by", "agreed by", "approved at",
    ),
    "last_reviewed": (
        "last reviewed", "date last reviewed", "last review", "last review date", "date of last review",
        "page last reviewed",
        "reviewed on", "date reviewed", "reviewed", "review completed",
    ),
    "review_due": (
        "review due", "next review due", "review due date", "due for review", "next review", "next review date",
        "date of next review", "date for review", "review date", "date of review", "review by", "review on",
        "to be reviewed",
        "expiry date", "expiry", "expires", "expires on", "valid until",
    ),
    "approved": (
        "date approved", "approval date", "approved on", "date of approval", "approved", "date ratified", "ratified on",
        "ratified", "ratification date",
    ),
    "published": (
        "published", "publication date", "date published", "date of publication", "issue date", "date issued",
        "date of issue",
        "issued", "effective from", "effective date", "first published", "date",
    ),
    "author": ("author", "authors", "author(s)", "lead author", "written by", "document author", "prepared by"),
    "reference": (
        "reference", "reference number", "document reference", "document number", "document id", "document ref", "ref",
        "ref no", "policy number", "guideline number", "guideline reference", "trust reference",
    ),
}  # fmt: skip
_WHAT_FOR = {label: name for name, labels in _LABELS.items() for label in labels}
_DATES = {"last_reviewed", "review_due", "approved", "published"}
_LONGEST_VALUE = 200
_PAIR = re.compile(r"^\W*([A-Za-z][A-Za-z()’' /-]{2,40}?)\s*(?::|\s[–—-]\s)\s*(.+?)\s*$")
_ROW = re.compile(r"^\s*\|(.*)\|\s*$")
_VERSION_LINE = re.compile(r"^\W*(?:version|v)\.?\s*(\d+(?:\.\d+){0,2}[a-z]?)\W*$", re.IGNORECASE)
_NOTHING = re.compile(
    r"[\W_]*(tbc|tba|n/?a|none|not known|unknown|to be confirmed|dd/mm/yy(yy)?|insert.*|date|xx+)?[\W_]*", re.I
)
_FIRST_LINES, _LAST_LINES = 80, 60


def metadata_of(body: str, asides: Iterable[str], stated: Mapping[str, object]) -> tuple[Metadata, list[str]]:
    """What is stated outright (front matter), or on lines of its own near the start or end; and what was guessed.

    Running prose is never searched: "approved by the MHRA for adults" names no committee. None and '' mean not known.
    """
    found: dict[str, Any] = {}  # each of its field’s kind, as _value reads it
    guesses: list[str] = []
    for label, value in [*_from_front_matter(stated), *_from_lines(body, asides)]:
        name = _WHAT_FOR.get(_label(label))
        if name and name not in found and (known := _value(name, label, value, guesses)):
            found[name] = known
    return Metadata(**found, topics=_topics(stated)), guesses


def _label(words: str) -> str:
    return re.sub(r"\s+", " ", words.replace("_", " ").replace("-", " ")).strip(" :.*").lower()


def _from_front_matter(stated: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    by_trust = sorted(stated.items(), key=lambda item: _rank(item[0]))
    for key, value in by_trust:
        if isinstance(value, str | int | float | datetime.date):
            yield key, value


def _rank(label: str) -> int:
    name = _WHAT_FOR.get(_label(label))
    return _LABELS[name].index(_label(label)) if name else 0


def _from_lines(body: str, asides: Iterable[str]) -> list[tuple[str, object]]:
    lines = body.split("\n")
    near = lines if len(lines) <= _FIRST_LINES + _LAST_LINES else lines[:_FIRST_LINES] + lines[-_LAST_LINES:]
    pairs = [pair for line in [*near, *asides] for pair in _pairs(line)]
    pairs += _pairs_down(near)
    return sorted(pairs, key=lambda pair: _rank(pair[0]))


def _pairs(line: str) -> Iterator[tuple[str, object]]:
    """Each "Label: value" of a line, in a table's row or between bars, tabs or wide gaps too."""
    if row := _ROW.match(line):
        cells = [bare(cell) for cell in re.split(r"(?<!\\)\|", row[1])]
        yield from itertools.pairwise(cells)
    parts = [part for cell in re.split(r"\s*\|\s*|\t| {3,}|<br>|\\$|;\s", line) for part in [bare(cell)] if part]
    for part in parts:
        if version := _VERSION_LINE.match(part):
            yield "version", version[1]
        elif pair := _PAIR.match(part):
            yield pair[1], pair[2]


def _pairs_down(lines: list[str]) -> list[tuple[str, object]]:
    """The columns of a table with a row of labels over a row of values."""
    pairs: list[tuple[str, object]] = []
    for above, rule, below in zip(lines, lines[1:], lines[2:], strict=False):
        if re.fullmatch(r"\s*\|[\s:|-]+\|\s*", rule) and _ROW.match(above) and _ROW.match(below):
            labels, values = (re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in (above, below))
            if sum(_label(bare(label)) in _WHAT_FOR for label in labels) > 1:
                pairs += [(bare(label), bare(value)) for label, value in zip(labels, values, strict=False)]
    return pairs


def _value(name: str, label: str, value: object, guesses: list[str]) -> object:
    if isinstance(value, datetime.datetime):
        value = value.date()
    if name in _DATES:
        return value if isinstance(value, datetime.date) else _date(name, label, str(value), guesses)
    words = re.sub(r"\s+", " ", str(value)).strip(" .;|")
    if not words or _NOTHING.fullmatch(words) or len(words) > _LONGEST_VALUE or _label(words) in _WHAT_FOR:
        return None
    if name == "version_label":
        return _version(words)
    if name == "committee" and date_in(words) and not re.search("[A-Za-z]{4,}", re.sub(r"\w+ \d{4}", "", words)):
        return None
    return (
        re.sub(r"\s*[,(–-]?\s*\b(on )?\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\)?$", "", words) if name == "committee" else words
    )


def _version(words: str) -> str | None:
    """ "Version 2.0 (final)" gives "2.0 (final)"; what holds no figure and isn't a word or two is no version."""
    words = re.sub(r"^(version|ver|v)[\s.:]*(?=\d)", "", words, flags=re.IGNORECASE)
    if figures := re.match(r"\d+(\.\d+)*[a-z]?\b(\s*\([^)]{1,20}\)|\s+(final|draft( \d+)?)\b)?", words, re.IGNORECASE):
        return figures[0]
    return words if len(words) <= 40 and (re.search(r"\d", words) or len(words.split()) <= 2) else None


def _date(name: str, label: str, words: str, guesses: list[str]) -> datetime.date | None:
    if len(words) > 80:
        return None
    due = name == "review_due"
    found = date_in(words, end_of_month=due)
    if found is None:
        if re.fullmatch(r"\s*(19|20)\d\d\s*", words):
            guesses.append(f"“{label.strip()}: {words.strip()}” names only a year, so no date was taken from it.")
        return None
    if found[1]:
        which = "last" if due else "first"
        guesses.append(f"“{label.strip()}: {words.strip()}” names only a month, so the {which} day of it was taken.")
    return found[0]


def _topics(stated: Mapping[str, object]) -> tuple[str, ...]:
    value = stated.get("topics") or stated.get("tags") or stated.get("keywords") or ()
    words = re.split(r"[,;]", value) if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(
        dict.fromkeys(str(word).strip().lstrip("#") for word in words[:50] if isinstance(word, str) and word.strip())
    )
