"""Headings SET IN CAPITALS written as sentences, with names and abbreviations kept as the text itself writes them."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_LONGEST_ABBREVIATION = 5
_LETTERED = re.compile(r"\b(vitamin|hepatitis|type|group|factor|influenza|class|stage|grade)\s+$", re.IGNORECASE)
_SMALL = {
    "and",
    "of",
    "the",
    "in",
    "or",
    "for",
    "to",
    "a",
    "an",
    "on",
    "by",
    "with",
    "at",
    "as",
    "is",
    "not",
    "no",
    "from",
}


def eased(heading: str, text: str) -> str:
    """The heading as a sentence if it is all capitals; otherwise as it is.

    ``text`` shows how words are really written.
    """
    letters = [character for character in heading if character.isalpha()]
    capitals = sum(character.isupper() for character in letters)
    words = _WORD.findall(heading)
    if len(letters) < 4 or capitals < 0.9 * len(letters) or (len(words) < 3 and max(map(len, words), default=0) < 4):
        return heading
    spellings = _spellings(text)
    easier = _WORD.sub(lambda word: _easier(word[0], heading[: word.start()], words, spellings), heading)
    first = _WORD.search(easier)
    return easier[: first.start()] + easier[first.start()].upper() + easier[first.start() + 1 :] if first else easier


def _easier(word: str, before: str, words: list[str], spellings: dict[str, str]) -> str:
    lower = word.lower()
    if len(word) == 1 and _LETTERED.search(before):
        return word
    if lower in _SMALL:
        return lower
    if lower in spellings:
        return spellings[lower]
    initials = "".join(other[0] for other in words if other.lower() not in _SMALL)
    stands_for = len(word) > 1 and word != words[0] and word in initials.replace(word[0] + word, word)
    short = len(word) <= _LONGEST_ABBREVIATION and (stands_for or not re.search("[AEIOUY]", word))
    return word if short or re.fullmatch("[IVX]+", word) else lower


@lru_cache(maxsize=8)
def _spellings(text: str) -> dict[str, str]:
    """How each word is written inside sentences: after a word that begins small, so not first, nor in a row of names.

    A word that is ever written small there is small; the rest are names and abbreviations, as are short words that
    stand in capitals among words that don't.
    """
    seen: dict[str, Counter[str]] = {}
    for line in text.split("\n"):
        if any(map(str.islower, line)):
            for word in re.findall(r"\b[A-Z]{2,6}\b", line):
                seen.setdefault(word.lower(), Counter())[word] += 1
        words = re.findall(r"[\w’'-]+[^\w\s]?", line)
        for before, word in itertools.pairwise(words):
            if before[0].islower() and before[-1] not in ".:;?!" and word[0].isalpha():
                plain = word.rstrip('.,:;)?!("”/')
                seen.setdefault(plain.lower(), Counter())[plain] += 1
    return {lower: lower if lower in forms else forms.most_common(1)[0][0] for lower, forms in seen.items()}
