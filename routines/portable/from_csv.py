"""CSV as Excel and others write it: by commas, semicolons or tabs, in UTF-8 or in what Windows had before it."""

from __future__ import annotations

import csv
import io

from knowledge.importing.decoding import decode
from knowledge.importing.document import Unreadable
from nhs_learning.record.spreadsheets import as_meant
from routines.portable.columns import known_as
from routines.portable.reading import Table

_LONGEST_CELL = 1_000_000


def read_csv(content: bytes) -> Table:
    """Raises Unreadable where it is no text, or its quotation marks don't match."""
    text = decode(content, declared="cp1252")
    first, _, rest = text.partition("\n")
    between = _separator(first)
    if first.lower().startswith("sep="):  # by which Excel is told, and nobody else
        between, text = first[4:5] or ",", rest
    table = Table()
    csv.field_size_limit(_LONGEST_CELL)
    # A row may go over several lines: it is known by where it stands among the rows, as a spreadsheet shows it.
    reader = csv.reader(io.StringIO(text), delimiter=between, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            table.add(number, [_meant(table, number, column, cell) for column, cell in enumerate(cells)])
    except csv.Error:
        near = f"The quotation marks don’t match near line {reader.line_num}"
        raise Unreadable(f"{near}; open it in a spreadsheet, save it again as CSV and bring that.") from None
    return table


def _separator(heading: str) -> str:
    """What stands between the headings: that by which most of them are known."""
    return max(",;\t", key=lambda mark: sum(bool(known_as(cell.strip(' "'))) for cell in heading.split(mark)))


def _meant(table: Table, number: int, column: int, cell: str) -> str:
    said = cell.strip()
    if said.startswith("="):
        place = f"{chr(65 + column) if column < 26 else f'column {column + 1}, row '}{number}"
        table.problems.append((number, f"{place} holds a formula: put in its value."))
    return as_meant(said)
