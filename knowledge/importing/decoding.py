"""Bytes to text: the encoding found where it isn't said, and what isn't text refused."""

from __future__ import annotations

import codecs
import re
import unicodedata

import charset_normalizer

from knowledge.importing.document import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What documents in a British hospital are written in, when it isn't UTF-8.
_LIKELY = ["cp1252", "utf_16_le", "utf_16_be", "mac_roman", "latin_1"]
_NEVER_IN_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ufffd]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ue000-\ue013\ufeff]")


def decode(content: bytes, *, declared: str | None = None) -> str:
    """The text of these bytes: NFC, lines ended by LF, no control or invisible characters.

    ``declared`` is the encoding that the document names itself, believed if it works. Raises Unreadable for what
    isn't text.
    """
    text = _decoded(content, declared)
    strange = len(_NEVER_IN_TEXT.findall(text))
    if strange > len(text) / 200:
        raise Unreadable("This is not a text file, whatever its name says; save it as what it is and import it again.")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").replace("\x85", "\n")
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", _NEVER_IN_TEXT.sub("", text)).replace("\x1b", ""))


def _decoded(content: bytes, declared: str | None) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    for said in ("utf-8", declared or "utf-8"):
        try:
            return content.decode(said)
        except (UnicodeDecodeError, LookupError):
            continue
    return _guessed(content)


def _guessed(content: bytes) -> str:
    best = charset_normalizer.from_bytes(content[:100_000], cp_isolation=_LIKELY).best()
    encoding = best.encoding if best else "cp1252"
    return content.decode(encoding, errors="replace")
