"""Plain words made safe to stand in Markdown, with as few backslashes as will do, since people will edit them."""

from __future__ import annotations

import re

_ANYWHERE = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~])      # a backslash that would hide what follows
    | `
    | \*(?=\S) | (?<=\S)\*         # a star that could open or close emphasis
    | (?<!\w)_(?=\S) | (?<=\S)_(?!\w)
    | ~(?=~)
    | <(?=[A-Za-z/!?])             # what would read as a tag
    | &(?=\#?\w{1,31};)
    | \[(?=\^) | \](?=[(\[:])
    """,
    re.VERBOSE,
)
_AT_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|>|[+*](?=\s)|=+\s*$|[-*_](?:\s*[-*_]){2,}\s*$|~{3,}|\|)")
_LIKE_A_YEAR = re.compile(r"^(\s*\d{3,9})([.)])(?=\s)")


def escape(words: str) -> str:
    """Words from inside a line, for Markdown."""
    return _ANYWHERE.sub(lambda found: "\\" + found[0], words)


def escape_start(line: str) -> str:
    """A whole line, so that its first characters are not taken for a heading, a quotation, a rule or item 2019."""
    line = _AT_START.sub(r"\1\\\2", line)
    return _LIKE_A_YEAR.sub(r"\1\\\2", line)


def escape_cell(words: str) -> str:
    """Markdown that is to stand in a table's cell: one line, its bars escaped."""
    words = re.sub(r"\s*\n\s*", "<br>", words.strip())
    return re.sub(r"(?<!\\)\|", r"\\|", words)


def bare(markdown: str) -> str:
    """The words of one line of Markdown: without links, emphasis, tags and backslashes."""
    words = re.sub(r"!?\[((?:[^\[\]\\]|\\.)*)\]\((?:<[^>]*>|[^()\s]*(?:\([^()]*\)[^()\s]*)*)[^)]*\)", r"\1", markdown)
    words = re.sub(r"\[\^[^\]]+\]|</?(?:br|sub|sup)\s*/?>", "", words)
    words = re.sub(r"(?<!\\)(\*{1,3}|`|~~)|(?<![\\\w])_{1,2}|(?<!\\)_{1,2}(?!\w)", "", words)
    return re.sub(r"\s+", " ", re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", words)).strip()
