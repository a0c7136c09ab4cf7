"""Photographs of people: told by their content, made small and square, stripped of where and when they were taken."""

from __future__ import annotations

import io
import struct
import warnings
from typing import IO, Any

from PIL import Image, ImageOps

#: How large a file may be, in bytes, and how many points its picture may have.
LARGEST, MOST_POINTS = 5 * 1024 * 1024, 36_000_000
#: The side of the square that is kept, in pixels.
SIDE = 256
_WRONG = "That is not a photograph that can be shown: choose a JPEG, PNG or WebP file"
#: What Pillow raises over files that are broken or made to do harm.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, MemoryError, Image.DecompressionBombError)


class Unusable(Exception):
    """It cannot be shown; the words say why and what to do."""


def small(file: IO[bytes] | Any) -> bytes:
    """A square JPEG of SIDE pixels, without any of the original's metadata. Unusable says why not. Nothing is decoded
    before its size is known, so that a small file that unfolds into a huge picture does no harm."""
    size = getattr(file, "size", 0)
    if size > LARGEST:
        raise Unusable(f"That file has {size / 1024 / 1024:.1f} MB: choose one of at most 5 MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # ours is the lower limit
            picture = Image.open(file, formats=["JPEG", "PNG", "WEBP"])
        if picture.width * picture.height > MOST_POINTS:
            raise Unusable("That photograph is too large: choose one of at most 36 megapixels")
        return _square(picture)
    except _BROKEN as why:
        raise Unusable(_WRONG) from why


def _square(picture: Image.Image) -> bytes:
    picture.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded no larger than needed
    upright = ImageOps.exif_transpose(picture)
    kept = io.BytesIO()
    ImageOps.fit(_plain(upright), (SIDE, SIDE)).save(kept, "JPEG", quality=85)
    return kept.getvalue()


def _plain(picture: Image.Image) -> Image.Image:
    """In plain colours; what is seen through is white."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    plain = Image.new("RGB", picture.size, "white")
    plain.paste(seen, mask=seen)
    return plain
