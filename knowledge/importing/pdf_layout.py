"""The lines, tables and pictures of a PDF's pages put together as Markdown."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from knowledge.importing.escaping import escape, escape_start
from knowledge.importing.headings import GENERIC
from knowledge.importing.pages import END_SUB, END_SUP, SUB, SUP, Line, Page, PagePicture, PageTable
from knowledge.importing.tables import markdown_table

_BULLET = re.compile(r"^([■•・▪◼●○◦▫►➢✓✔§·‣⁃－−\uf0b7\uf0a7\uf0d8]|[–-](?=\s)|o(?=\s[A-Z]))\s*(?=\S)")
_NUMBER = re.compile(r"^(\d{1,2}|[a-z]|[ivx]{1,4})([.)])\s*(?=[A-Z“\"(])")
_DOTTED = re.compile(r"^\d{1,2}(\.\d{1,3}){1,3}\.?\s")
_LEADERS = re.compile(r"(\.\s?){5,}\s*\d*$")
_SENTENCE_END = re.compile(r"[.:;!?]['”\")\]]*$")
_CONTENTS = re.compile(r"(table of )?contents\W*", re.IGNORECASE)
_LONGEST_HEADING = 160
_MOST_LEVELS = 4


@dataclass
class _Part:
    """A piece in the making: heading, item, paragraph or ready Markdown."""

    kind: str
    text: str
    level: int = 0
    mark: str = "-"
    left: float = 0.0


@dataclass(frozen=True)
class _Style:
    """How the text is set: its size, the sizes above it (largest first), the step between lines, its right edge."""

    size: float
    larger: list[float]
    step: float
    right: float


def markdown_of(pages: list[Page]) -> tuple[str, str]:
    """The title ('' where its size doesn't tell it), and the body."""
    style = _style(pages)
    title = _title(pages, style)
    parts: list[_Part] = []
    for page in pages:
        _add_page(parts, page, style)
    while parts and parts[-1].kind == "heading":
        parts.pop()
    return title, _written(parts)


def _style(pages: list[Page]) -> _Style:
    lines = [line for page in pages for line in page.lines]
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    size = letters.most_common(1)[0][0] if letters else 10.0
    larger = sorted(
        {line.size for line in lines if line.size > size * 1.08 and re.search(r"\w{2}", line.text)}, reverse=True
    )
    steps: Counter[float] = Counter()
    for page in pages:
        for one, other in zip(page.lines, page.lines[1:], strict=False):
            if one.size == other.size == size and other.top > one.top:
                steps[round(other.top - one.top, 0)] += 1
    step = steps.most_common(1)[0][0] if steps else size * 1.3
    rights = sorted(line.right for line in lines if abs(line.size - size) < 0.6)
    return _Style(size, larger, step, rights[int(len(rights) * 0.9)] if rights else 500.0)


def _title(pages: list[Page], style: _Style) -> str:
    """The largest words of the first page, if they are clearly larger than the rest; they are taken from the page."""
    page = pages[0]
    if not style.larger or not page.lines:
        return ""
    largest = max(line.size for line in page.lines)
    if largest < style.size * 1.2:
        return ""
    first = next(at for at, line in enumerate(page.lines) if line.size == largest)
    taken = [line for line in page.lines[first : first + 8] if line.size >= largest * 0.97]
    if len(" ".join(line.text for line in taken)) > _LONGEST_HEADING + 40 or not re.search(
        r"[^\W\d]{3}", taken[0].text
    ):
        return ""
    if GENERIC.fullmatch(taken[0].text):
        return ""
    for line in taken:
        page.lines.remove(line)
    return re.sub(f"[{SUP}{END_SUP}{SUB}{END_SUB}]", "", " ".join(line.text for line in taken))


def _add_page(parts: list[_Part], page: Page, style: _Style) -> None:
    pieces: list[Line | PageTable | PagePicture] = [*page.lines, *page.tables, *page.pictures]
    before: Line | None = None
    for piece in sorted(pieces, key=lambda piece: piece.top):
        if isinstance(piece, PageTable):
            _add_table(parts, piece)
        elif isinstance(piece, PagePicture):
            parts.append(_Part("ready", f"![](attachment:{piece.name})"))
        elif _LEADERS.search(piece.text):
            if parts and parts[-1].kind == "heading" and _CONTENTS.fullmatch(parts[-1].text):
                parts.pop()
        elif piece.text:
            _add_line(parts, piece, before, style)
            before = piece
            continue
        before = None


def _add_table(parts: list[_Part], table: PageTable) -> None:
    """A table, or the rest of one that the page before began."""
    rows = [[escape(re.sub(r"\s*\n\s*", " ", cell)) for cell in row] for row in table.rows]
    last = parts[-1] if parts else None
    if last and last.kind == "table" and last.level == len(rows[0]):
        above = last.text.split("\n")
        again = markdown_table(rows).split("\n")
        last.text = "\n".join(above + (again[2:] if again[0] == above[0] else [again[0], *again[2:]]))
    else:
        parts.append(_Part("table", markdown_table(rows), level=len(rows[0])))


def _add_line(parts: list[_Part], line: Line, before: Line | None, style: _Style) -> None:
    last = parts[-1] if parts else None
    level = _heading_level(line, style)
    close = before is not None and 0 < line.top - before.top < style.step * 1.45
    if level and last and last.kind == "paragraph" and before and before.bold and close:
        level = 0  # a paragraph that is bold throughout
    if level:
        _add_heading(parts, line, level, before)
        return
    if last and last.kind == "heading" and close and line.text[0].islower():
        last.kind, last.left = "paragraph", line.left  # the heading turns out to be the first line of a sentence
    if item := _item(line):
        item.level = 1 if last and last.kind == "item" and item.left > last.left + 8 else 0
        if last and last.kind == "item" and last.level and abs(item.left - last.left) <= 8:
            item.level = last.level
        parts.append(item)
    elif last and last.kind in ("item", "paragraph") and _continues(line, before, last, style):
        joined = re.search(r"[a-z]-$", last.text) and line.text[0].islower()
        last.text = (
            last.text[:-1] + line.text if joined and not last.text.endswith(" -") else f"{last.text} {line.text}"
        )
    else:
        parts.append(_Part("paragraph", line.text, left=line.left))


def _add_heading(parts: list[_Part], line: Line, level: int, before: Line | None) -> None:
    """A heading, or the rest of one that takes several lines."""
    last = parts[-1] if parts else None
    goes_on = last is not None and last.kind == "heading" and last.level == level
    if last and goes_on and before and line.top - before.bottom < line.size * 0.9:
        last.text += f" {line.text}"
        if len(last.text) > _LONGEST_HEADING and line.bold:
            last.kind = "paragraph"
    else:
        parts.append(_Part("heading", line.text, level, left=line.left))


def _heading_level(line: Line, style: _Style) -> int:
    """2 and deeper for a heading, 0 for the rest: larger than the text, or a short line that is all bold."""
    text = line.text
    if len(text) > _LONGEST_HEADING or not re.search(r"[^\W\d_]{2}", text) or _BULLET.match(text):
        return 0
    if line.size > style.size * 1.08:
        return min(2 + style.larger.index(line.size), 1 + _MOST_LEVELS) if line.size in style.larger else 0
    short = len(text) < 90 and not text.endswith((".", ",", ";")) and not _NUMBER.match(text)
    return 2 + min(len(style.larger), _MOST_LEVELS - 1) if line.bold and short and line.size >= style.size * 0.97 else 0


def _item(line: Line) -> _Part | None:
    if bullet := _BULLET.match(line.text):
        return _Part("item", line.text[bullet.end() :], left=line.left)
    number = _NUMBER.match(line.text)
    if number and number[1].isdigit():
        return _Part("item", line.text[number.end() :], mark=f"{number[1]}.", left=line.left)
    return (
        _Part("item", f"{number[1]}) {line.text[number.end() :]}", left=line.left)
        if number and number[1] in "abcdefghij"
        else None
    )


def _continues(line: Line, before: Line | None, last: _Part, style: _Style) -> bool:
    """Whether this line goes on with the piece above: no gap between, the line above full or unfinished."""
    if _DOTTED.match(line.text) and not re.match(r"[\d.]+\s*(mg|g|ml|mL|%|mmol|kg)\b", line.text):
        return False
    unfinished = not _SENTENCE_END.search(last.text)
    if before is None:  # the top of a page
        return unfinished and line.text[0].islower()
    if line.top - before.top > style.step * 1.45 or line.top < before.top:
        return False
    if last.kind == "item" and line.left < last.left - 4:
        return unfinished and line.text[0].islower()
    full = before.right > style.right - 0.18 * (style.right - last.left)
    return full or line.text[0].islower() or (unfinished and last.kind == "item" and line.left > last.left + 4)


def _written(parts: list[_Part]) -> str:
    lines: list[str] = []
    before = ""
    indent = "  "
    for part in parts:
        if part.kind != "item" or before != "item":
            lines.append("")
        if part.kind == "heading":
            lines.append(f"{'#' * part.level} {escape(part.text).rstrip(' :')}")
        elif part.kind == "item":
            indent = indent if part.level else " " * (len(part.mark) + 1)
            lines.append(f"{indent * part.level}{part.mark} {escape_start(escape(part.text))}")
        elif part.kind == "paragraph":
            lines.append(escape_start(escape(part.text)))
        else:
            lines.append(part.text)
        before = part.kind
    text = "\n".join(lines).strip() + "\n"
    for mark, tag in ((SUP, "<sup>"), (END_SUP, "</sup>"), (SUB, "<sub>"), (END_SUB, "</sub>")):
        text = text.replace(mark, tag)
    return text
