"""Words put into boxes: wrapped by how wide they will be in Arial, as near as needs be. Pure."""

from __future__ import annotations

import re
import unicodedata

_NARROW = set("iljtfrI.,:;|!'’‘()[]/\\ ")
_WIDE = set("mwMW@%—…")
#: What neither XML nor a page may hold (W3C, XML 1.0, production 2).
_NEVER_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(text: str) -> str:
    """The text without the characters that XML can't hold."""
    return _NEVER_IN_XML.sub("", text)


def width(text: str, size: float) -> float:
    """About how wide this is, in the unit of ``size``, and rather too wide than too narrow."""
    return sum(map(_share, text)) * size


def _share(letter: str) -> float:
    if letter in _NARROW:
        return 0.32
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    if unicodedata.combining(letter):
        return 0.0
    return 0.92 if letter in _WIDE else 0.72 if letter.isupper() else 0.57


def wrap(text: str, *, size: float, room: float, most: int) -> list[str]:
    """Lines no wider than ``room``; words longer than a line are broken. What needs more than ``most`` lines ends
    with an ellipsis."""
    lines: list[str] = [""]
    for word in plain(text).split():
        for piece in _pieces(word, size, room):
            longer = f"{lines[-1]} {piece}".strip()
            if width(longer, size) <= room:
                lines[-1] = longer
            else:
                lines.append(piece)
    if len(lines) <= most:
        return [line for line in lines if line]
    last = lines[most - 1]
    while last and width(f"{last}…", size) > room:
        last = last[:-1]
    return [*lines[: most - 1], f"{last.rstrip()}…"]


def _pieces(word: str, size: float, room: float) -> list[str]:
    pieces, piece = [], ""
    for letter in word:
        if piece and width(piece + letter, size) > room:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]
