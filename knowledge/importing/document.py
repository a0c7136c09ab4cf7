"""The nouns of importing: what a document turned out to hold, and the kind refusals of those that can't be read."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path


class Unreadable(Exception):
    """A document that can't be read. The message is one plain sentence that says why, and what to do."""


@dataclass(frozen=True)
class Failure:
    """A path that can't be read, and the reason in one plain sentence."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Recommendation:
    """One numbered recommendation.

    ``number`` is used once in a document ("1.2.3"). ``text`` is Markdown: a sentence, perhaps with a list under it.
    ``strength`` is a guess from NICE's wording: must, must_not, offer, do_not_offer, consider, do_not_consider or ''.
    ``label`` is the update label as printed, "[2015, amended 2020]", or ''. ``section`` is the heading it stood under.
    """

    number: str
    text: str
    strength: str = ""
    label: str = ""
    section: str = ""


@dataclass(frozen=True)
class Image:
    """A picture (or linked PDF) that goes with a document; the body refers to it as ``attachment:NAME``.

    ``name`` is unique within the document, and safe as a file name; ``sha256`` is of ``content``, in hexadecimal.
    """

    name: str
    content: bytes
    content_type: str
    sha256: str


@dataclass(frozen=True)
class Metadata:
    """What a document says about itself. None or '' means that it does not say: nothing here is ever assumed."""

    version_label: str = ""
    committee: str = ""
    last_reviewed: datetime.date | None = None
    review_due: datetime.date | None = None
    approved: datetime.date | None = None
    published: datetime.date | None = None
    author: str = ""
    reference: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A document as it will be kept.

    ``body`` is Markdown (CommonMark, tables, footnotes) whose headings start at ``##``, without the title and
    without the ``statements``, which a page shows before it. ``warnings`` are plain sentences about what was left
    out or guessed. ``fingerprint`` is the SHA-256 of the source and of the images it refers to: the same while
    neither changes.
    """

    title: str
    body: str
    statements: list[Recommendation]
    images: list[Image]
    metadata: Metadata
    warnings: list[str]
    fingerprint: str


@dataclass
class Draft:
    """What a reader makes of a file, before what all kinds have in common is done to it.

    ``title`` is given where it is certain; ``hint`` is used where the headings don't tell. ``asides`` are lines that
    were left out of the body (running headers and footers), which may still say version and dates. ``stated`` is
    what front matter or properties say.
    """

    body: str
    title: str = ""
    hint: str = ""
    asides: list[str] = field(default_factory=list)
    stated: dict[str, object] = field(default_factory=dict)
