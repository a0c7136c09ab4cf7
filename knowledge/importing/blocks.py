"""The blocks of a Markdown body, by their lines, so that some can be taken out and the rest stay as it was."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it.token import Token

from knowledge.importing.escaping import bare
from knowledge.importing.headings import parser


@dataclass(frozen=True)
class Piece:
    """A block at the top level: its kind, Markdown, and lines (start, and one past its end).

    ``level`` is a heading's level or the number that a numbered list begins at; ``items`` are the lines of a list's
    items.
    """

    kind: str
    text: str
    start: int
    end: int
    level: int = 0
    items: tuple[tuple[int, int], ...] = ()


def pieces_of(body: str) -> list[Piece]:
    """The blocks of this Markdown, in order."""
    tokens = parser().parse(body)
    lines = body.split("\n")
    return [
        _piece(tokens, at, lines)
        for at, token in enumerate(tokens)
        if token.level == 0 and token.map and token.nesting >= 0
    ]


def _piece(tokens: list[Token], at: int, lines: list[str]) -> Piece:
    token = tokens[at]
    kind = token.type.removesuffix("_open")
    start, end = token.map or [0, 0]
    end = _without_blank(lines, start, end)
    level = int(token.tag[1]) if kind == "heading" else int(token.attrGet("start") or 1)
    items = _items(tokens, at, lines) if kind.endswith("_list") else ()
    return Piece(
        kind, "\n".join(lines[start:end]) if kind != "heading" else tokens[at + 1].content, start, end, level, items
    )


def _items(tokens: list[Token], at: int, lines: list[str]) -> tuple[tuple[int, int], ...]:
    items = []
    for token in tokens[at + 1 :]:
        if token.level == 0:
            break
        if token.type == "list_item_open" and token.level == 1 and token.map:
            items.append((token.map[0], _without_blank(lines, *token.map)))
    return tuple(items)


def _without_blank(lines: list[str], start: int, end: int) -> int:
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def dedented(lines: list[str]) -> str:
    """What an item of a list holds, without its mark and set back to the margin."""
    mark = re.match(r"\s*(?:[-*+]|\d{1,9}[.)])\s+", lines[0])
    width = len(mark[0]) if mark else 0
    rest = [line[min(width, len(line) - len(line.lstrip())) :] for line in lines[1:]]
    text = "\n".join([lines[0][width:], *rest])
    return re.sub(r"^(.+)\n(?=\s*(?:[-*+]|\d+[.)])\s)", r"\1\n\n", text, count=1)


def section_of(pieces: list[Piece], at: int) -> str:
    """The words of the heading that this block (which may be a heading itself) stands under, '' without one."""
    below = pieces[at].level if pieces[at].kind == "heading" else 7
    above = (piece for piece in reversed(pieces[:at]) if piece.kind == "heading" and piece.level < below)
    return next((bare(piece.text) for piece in above), "")
