"""Snippets: the part of a text that best shows why it was found, with its words marked.

Only that part is taken apart, so that a page of twenty long documents costs no more than one of twenty short ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice, takewhile

from knowledge.search import schema

#: Letters of a snippet at the most, and how many of them may come before the first of the words.
LETTERS, BEFORE = 260, 60
#: Places of one word that are looked at: enough to choose from, however long the text.
MOST_PLACES = 12

#: A text in pieces, each with whether it matches.
Marked = tuple[tuple[str, bool], ...]


def snippet(text: str, terms: Collection[str]) -> Marked:
    """The part of the text in which most of the terms come together; the beginning where only the title matches."""
    start = _start(text, terms)
    end = len(text)
    if end - start > LETTERS:
        end = max(text.rfind(" ", start, start + LETTERS), start + LETTERS // 2)
    before = (("… ", False),) if start else ()
    after = ((" …", False),) if end < len(text) else ()
    return (*before, *marked(text[start:end], terms), *after)


def marked(text: str, terms: Collection[str]) -> Marked:
    """The whole text, with these terms marked in it."""
    pieces, at = [], 0
    for token in schema.analyser().pre_tokenize(text).tokens:
        if token.text in terms:
            start, end = token.char_offset_from, token.char_offset_to
            pieces += [(text[at:start], False), (text[start:end], True)]
            at = end
    pieces.append((text[at:], False))
    return tuple(piece for piece in pieces if piece[0])


def _start(text: str, terms: Collection[str]) -> int:
    """Where the snippet begins: 0, or at a word a little before the place where most terms come together."""
    if len(text) <= LETTERS:
        return 0
    place = _where_most_come_together(sorted(_places(text.lower(), terms)), len(set(terms)))
    return text.find(" ", place - BEFORE, place) + 1 or place if place > BEFORE else 0


def _where_most_come_together(places: list[tuple[int, str]], wanted: int) -> int:
    best, most = 0, 0
    for number, (place, _) in enumerate(places):
        last = place + LETTERS - BEFORE
        near = takewhile(lambda other, last=last: other[0] < last, islice(places, number, None))
        together = len({term for _, term in near})
        if together > most:
            best, most = place, together
        if most == wanted:
            break
    return best


def _places(text: str, terms: Collection[str]) -> Iterator[tuple[int, str]]:
    """Where words begin that may have one of these terms as their stem, and which. The last letter of a stem may
    differ from the word's: happi, happy."""
    for term in terms:
        root = term[:-1] if len(term) > 4 else term
        place = -1
        for _ in range(MOST_PLACES):
            place = text.find(root, place + 1)
            if place < 0:
                break
            if place == 0 or not text[place - 1].isalnum():
                yield place, term
