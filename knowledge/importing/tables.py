"""HTML tables as Markdown tables that can be read and edited, joined cells included."""

from __future__ import annotations

import re
from collections.abc import Callable

from bs4 import Tag

from knowledge.importing.escaping import escape_cell, escape_start

_MOST_COLUMNS = 60
_LONGEST_REPEATED = 120
_LONGEST_HEADING = 60
Grid = list[list[str]]


def markdown_table(rows: Grid, *, has_header: bool = True) -> str:
    """A Markdown table of these rows (cells in Markdown already); the first row heads it, or else an empty one does."""
    width = max(len(row) for row in rows)
    full = [[escape_cell(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    if not has_header:
        full.insert(0, [""] * width)
    lines = ["| " + " | ".join(row) + " |" for row in full]
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(line.replace("|  |", "| |").replace("|  |", "| |") for line in lines)


def convert_table(table: Tag, convert_cell: Callable[[Tag], str]) -> str:
    """Markdown for an HTML table; ``convert_cell`` gives the Markdown of what one cell holds.

    A joined cell is repeated in each row and column that it spans, so that every row can be read by itself. Tables
    that only lay out a page (one cell wide, or holding headings or tables) become what they hold, one thing after
    another.
    """
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    cells = [list(row.find_all(["td", "th"], recursive=False)) for row in rows]
    cells = [row for row in cells if row]
    if not cells:
        return ""
    caption = table.find("caption", recursive=False)
    above = f"**{words}**\n\n" if caption and (words := convert_cell(caption).strip().strip("*")) else ""
    if _is_layout(table, cells):
        return above + "\n\n".join(text for row in cells for cell in row if (text := convert_cell(cell).strip()))
    grid = _grid(cells, convert_cell)
    heads = _header_rows(table, cells, grid)
    if heads:
        grid = [_joined_header(grid[:heads]), *grid[heads:]]
    grid, notes = _without_notes(_without_empty(grid, keep_first=bool(heads)))
    if not grid:
        return above + "\n\n".join(notes)
    return "\n\n".join([above + markdown_table(grid, has_header=bool(heads)), *notes])


def _is_layout(table: Tag, cells: list[list[Tag]]) -> bool:
    if table.find(["table", "h1", "h2", "h3", "h4"]) is not None:
        return True
    return max(len(row) for row in cells) == 1 and not any(cell.name == "th" for row in cells for cell in row)


def _span(cell: Tag, which: str, most: int) -> int:
    value = str(cell.get(which) or "1")
    return max(1, min(int(value), most)) if value.isdigit() and len(value) < 6 else (most if value.endswith("%") else 1)


def _grid(cells: list[list[Tag]], convert_cell: Callable[[Tag], str]) -> Grid:
    """Every row with a cell for every column, what is joined repeated."""
    plain_width = max(sum(_span(cell, "colspan", 1) for cell in row) for row in cells)
    width = min(
        max(plain_width, max(sum(_span(c, "colspan", plain_width) for c in row) for row in cells)), _MOST_COLUMNS
    )
    grid: list[dict[int, str]] = [{} for _ in cells]
    for at, row in enumerate(cells):
        column = 0
        for cell in row:
            while column in grid[at]:
                column += 1
            text = re.sub(r"\n{2,}", "\n", convert_cell(cell).strip())
            across, down = _span(cell, "colspan", width), _span(cell, "rowspan", len(cells) - at)
            for below in range(down):
                for beside in range(across):
                    if column + beside < width:
                        again = text if len(text) <= _LONGEST_REPEATED or not beside + below else "(as above)"
                        grid[at + below][column + beside] = "" if beside and across >= width > 1 else again
            column += across
    return [[row.get(column, "") for column in range(width)] for row in grid]


def _header_rows(table: Tag, cells: list[list[Tag]], grid: Grid) -> int:
    """How many rows head the table: those that say so; in tables that never say, a first row of short words."""
    heads = 0
    for row in cells:
        in_head = row[0].find_parent("thead") is not None
        if not in_head and not all(cell.name == "th" for cell in row):
            break
        heads += 1
    if heads or table.find("th") is not None:
        return min(heads, len(grid))
    first = grid[0]
    short = all(cell and len(cell) <= _LONGEST_HEADING and "\n" not in cell for cell in first)
    pairs = len(first) == 2 and first[0].endswith(":")
    return (
        1 if short and len(grid) > 1 and len(set(first)) == len(first) and not pairs and not _figures(first[1:]) else 0
    )


def _figures(cells: list[str]) -> bool:
    return any(re.match(r"[<>≤≥~]?\s*\d", cell) for cell in cells)


def _joined_header(rows: Grid) -> list[str]:
    """One heading for each column, from several rows of them: "Dose – Adult"."""
    joined = []
    for column in zip(*rows, strict=True):
        words = list(dict.fromkeys(re.sub(r"^\*\*(.*)\*\*$", r"\1", cell) for cell in column if cell))
        joined.append(" – ".join(words))
    return joined


def _without_empty(grid: Grid, *, keep_first: bool) -> Grid:
    """The grid without empty rows and without columns that are empty throughout."""
    rows = [row for at, row in enumerate(grid) if any(row) or (at == 0 and keep_first)]
    columns = [column for column in range(len(grid[0])) if any(row[column] for row in rows)]
    return [[row[column] for column in columns] for row in rows] if columns else []


def _without_notes(grid: Grid) -> tuple[Grid, list[str]]:
    """Long notes across the whole width at the foot become paragraphs under the table."""
    notes: list[str] = []
    while len(grid) > 1 and len(grid[0]) > 1 and len(grid[-1][0]) > _LONGEST_REPEATED and not any(grid[-1][1:]):
        notes.insert(0, "\\\n".join(escape_start(line.strip()) for line in grid.pop()[0].split("\n")))
    return grid, notes
