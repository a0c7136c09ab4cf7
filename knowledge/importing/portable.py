"""Documents as plain JSON and back, so that what was read can wait to be looked at before it is kept."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

from knowledge.importing.document import Document, Image, Metadata, Recommendation

_DATES = ("last_reviewed", "review_due", "approved", "published")


def as_json(document: Document) -> dict[str, Any]:
    """A document as JSON values: dates as 2026-03-31, and of each picture all but its content, for which ``size`` (in
    bytes) stands in."""
    plain = dataclasses.asdict(document)
    for image in plain["images"]:
        image["size"] = len(image.pop("content"))
    for name in _DATES:
        day = plain["metadata"][name]
        plain["metadata"][name] = day and day.isoformat()
    return plain


def from_json(plain: dict[str, Any], content_of: Callable[[str], bytes]) -> Document:
    """The document that ``as_json`` took down. ``content_of`` gives the content of a picture by its SHA-256."""
    stated = dict(plain["metadata"], topics=tuple(plain["metadata"]["topics"]))
    for name in _DATES:
        stated[name] = stated[name] and datetime.date.fromisoformat(stated[name])
    return Document(
        title=plain["title"],
        body=plain["body"],
        statements=[Recommendation(**said) for said in plain["statements"]],
        images=[
            Image(image["name"], content_of(image["sha256"]), image["content_type"], image["sha256"])
            for image in plain["images"]
        ],
        metadata=Metadata(**stated),
        warnings=list(plain["warnings"]),
        fingerprint=plain["fingerprint"],
    )
