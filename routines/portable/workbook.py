"""Steps as an Excel workbook: every cell is text or a number, none a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from routines.drawing.words import plain

#: As much as a cell holds (Microsoft, Excel specifications and limits).
_MOST_LETTERS = 32_767
_WIDTHS = (7, 22, 50, 22, 40, 9, 9, 50)


def as_xlsx(headings: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """The bytes of a workbook with one sheet, "Steps"."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Steps")
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGH", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_cell(sheet, heading, bold=True) for heading in headings])
    for row in rows:
        sheet.append([_cell(sheet, said) for said in row])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _cell(sheet: object, said: str | int, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.font = Font(bold=bold)
    if isinstance(said, int):
        cell.value = said
        return cell
    cell.value = plain(said)[:_MOST_LETTERS]
    cell.data_type = "s"  # whatever it begins with
    cell.number_format = "@"
    cell.quotePrefix = True  # and it stays text when somebody types in it
    return cell
