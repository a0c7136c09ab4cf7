"""Reads plain text, typed or from a scanner, finding headings, lists, tables and paragraphs by their shape."""

from __future__ import annotations

from pathlib import Path

from knowledge.importing.capitals import eased
from knowledge.importing.decoding import decode
from knowledge.importing.document import Draft, Metadata
from knowledge.importing.metadata import metadata_of
from knowledge.importing.pictures import Gallery
from knowledge.importing.shapes import Block, blocks_of, written

_LONGEST_TITLE = 150


def read_text(content: bytes, path: Path, gallery: Gallery) -> Draft:
    """A plain text file. Its first line is its title where it is short and stands out.

    Raises Unreadable for what isn't text.
    """
    text = decode(content)
    title, rest = _titled(text)
    blocks = [_eased(block, text) for block in blocks_of(rest)]
    return Draft(body=written(_without_echoes(blocks, title)), title=eased(title, text))


def _titled(text: str) -> tuple[str, str]:
    """The first line, if it is a title by its shape, and what follows it."""
    first, _, rest = text.strip("\n").partition("\n")
    words = first.strip().lstrip("#=*- ").rstrip("#=*: ")
    looks = 0 < len(words) <= _LONGEST_TITLE and not words.endswith((".", ",", ";")) and any(map(str.isalpha, words))
    following = next((line for line in rest.split("\n") if line.strip()), "")
    if not looks or _label_and_value(words) or not following or following[:1].islower():
        return "", text
    return words, rest


def _label_and_value(words: str) -> bool:
    """ "Version: 3.1" is no title; "Fevers: management" and "FEVERS: MANAGEMENT" are."""
    return bool(metadata_of(words, [], {})[0] != Metadata())


def _eased(block: Block, text: str) -> Block:
    return Block(block.kind, eased(block.text, text), block.level) if block.kind == "heading" else block


def _without_echoes(blocks: list[Block], title: str) -> list[Block]:
    """Drop a heading that only repeats the title or the heading just above it ("Treatment of gout", "Treatment")."""
    kept: list[Block] = []
    above = title
    for block in blocks:
        if block.kind == "heading" and above and _words(block.text) <= _words(above):
            continue
        above = block.text if block.kind == "heading" else ""
        kept.append(block)
    return kept


def _words(heading: str) -> set[str]:
    return set(heading.lower().strip(" :").split())
