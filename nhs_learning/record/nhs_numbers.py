"""NHS numbers in free text: finding them, so that no text that could identify a patient is kept. Pure.

Ten digits of which the last is a Modulus 11 check digit (NHS Data Dictionary, attribute NHS NUMBER). One random
ten-digit number in eleven passes, so a person may say that what was found is something else.
"""

from __future__ import annotations

import re

from django.utils.crypto import salted_hmac
from stdnum.gb import nhs

#: What people put between the groups: spaces of any width, a hyphen or a dash, or a dash among spaces.
_SPACE = r"[ \t\u00a0\u2007\u2009\u202f]"
_GAP = rf"{_SPACE}{{0,2}}[-\u2010-\u2015]?{_SPACE}{{0,2}}"
#: Overlapping candidates are wanted ("bed 4 943 476 5919"), hence the look-ahead around the whole.
_CANDIDATE = re.compile(rf"(?<![0-9])(?=([0-9](?:{_GAP}[0-9]){{9}})(?![0-9]))")


def find(text: str) -> list[tuple[int, int]]:
    """Where in the text something stands that passes as an NHS number: (start, end) positions, none overlapping."""
    found: list[tuple[int, int]] = []
    for candidate in _CANDIDATE.finditer(text):
        start, end = candidate.span(1)
        if (not found or start >= found[-1][1]) and nhs.is_valid(_digits(candidate[1])):
            found.append((start, end))
    return found


def marks(text: str) -> dict[str, tuple[int, int]]:
    """For each different number found, its position by its mark: a keyed hash, which says nothing of the digits, so
    that a form can send back which numbers a person has said to be something else."""
    return {mark(text[start:end]): (start, end) for start, end in find(text)}


def mark(number: str) -> str:
    """The mark of one number, however it is spaced."""
    return salted_hmac("nhs_learning.record.nhs_numbers", _digits(number), algorithm="sha256").hexdigest()[:32]


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)
