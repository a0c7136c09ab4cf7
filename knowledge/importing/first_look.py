"""What can be said of an uploaded file at first sight, before it is stored. Pure."""

from __future__ import annotations

from pathlib import Path

from knowledge.importing.pictures import content_type_of
from knowledge.importing.reading import MOST_BYTES, refusal_of

_PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp"}
_LONGEST_NAME = 200


def is_picture(name: str) -> bool:
    """Is this a picture for the documents beside it, by its name?"""
    return Path(name).suffix.lower() in _PICTURES


def refusal_at_sight(name: str, *, size: int, head: bytes) -> str:
    """Why a file need not be stored at all, in one plain sentence, or ''. ``size`` in bytes; ``head`` is how it
    begins."""
    if len(name.encode()) > _LONGEST_NAME:
        return "This file’s name is too long; shorten it and upload it again."
    if size > MOST_BYTES:
        return f"This file is too large: {size // 1024**2} MB, where at most {MOST_BYTES // 1024**2} MB can be read."
    if not size:
        return "This file is empty."
    if is_picture(name):
        shows = content_type_of(head).startswith("image/")
        return "" if shows else "This is not a PNG, JPEG, GIF or WebP picture, whatever its name says."
    return refusal_of(name)
