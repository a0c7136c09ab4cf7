"""Headings SET IN CAPITALS written as sentences, with names and abbreviations kept as the text itself writes them."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_][\w’']*")
_LONGEST_ABBREVIATION = 5
_SMALL = {"and", "of", "the", "in", "or", "for", "to", "a", "an", "on", "by", "with", "at", "as", "is", "not", "no", "from"}


def eased(heading: str, text: str) -> str:
    """The heading as a sentence if it is all capitals; otherwise as it is. ``text`` shows how words are really written."""
    letters = [character for character in heading if character.isalpha()]
    capitals = sum(character.isupper() for character in letters)
    if len(letters) < 4 or capitals < 0.9 * len(letters) or max(map(len, _WORD.findall(heading)), default=0) < 4:
        return heading
    spellings = _spellings(text)
    words = _WORD.findall(heading)
    easier = _WORD.sub(lambda word: _easier(word[0], words, spellings), heading)
    first = _WORD.search(easier)
    return easier[: first.start()] + easier[first.start()].upper() + easier[first.start() + 1 :] if first else easier


def _easier(word: str, words: list[str], spellings: dict[str, str]) -> str:
    lower = word.lower()
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
    """How each word is mostly written inside sentences: not first in a line or after a stop, not among other capitals."""
    seen: dict[str, Counter[str]] = {}
    for line in text.split("\n"):
        if sum(map(str.isupper, line)) * 2 > len(line):
            continue
        for word in re.finditer(r"(?<=[\w,)] )[^\W\d_][\w’']*|(?<=\()[A-Z]{2,6}(?=\))", line):
            seen.setdefault(word[0].lower(), Counter())[word[0]] += 1
    return {lower: forms.most_common(1)[0][0] for lower, forms in seen.items()}
