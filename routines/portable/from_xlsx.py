"""Excel workbooks: the first sheet that is shown, its values only."""

from __future__ import annotations

import datetime
import io
import zipfile
import zlib
from typing import Any

from knowledge.importing.archive import holds_entities, refuse_bomb
from knowledge.importing.decoding import decode
from knowledge.importing.document import Unreadable
from routines.portable.reading import MOST_COLUMNS, Table

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_DAMAGED = "This Excel file is damaged and can’t be read; open it in Excel, save it again and bring that."
_OTHER = "This is not an Excel file (.xlsx), whatever its name says."
#: Of rows that look empty, an untidy sheet may have a million.
_MOST_LOOKED_AT = 20_000
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, ValueError)
_MORE_FAULTS = (TypeError, AttributeError, IndexError, OSError, ArithmeticError, AssertionError, SyntaxError)


def read_xlsx(content: bytes) -> Table:
    """Raises Unreadable for what is no workbook, is locked or damaged, holds macros, or would do harm."""
    _refuse_unsafe(content)
    import openpyxl  # after the file was looked into

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
        if not shown:
            raise Unreadable("There is no sheet in this file.")
        table = _rows(shown[0])
    except (RecursionError, MemoryError, *_FAULTS, *_MORE_FAULTS) as error:
        raise Unreadable(_DAMAGED) from error
    if len(shown) > 1:
        table.notes.append(f"Only the first sheet was read, “{shown[0].title}”.")
    return table


def _refuse_unsafe(content: bytes) -> None:
    if content.startswith(_OLD_OFFICE):
        locked = "This Excel file is locked with a password; save it without one and bring that."
        old = "This is an old Excel file named .xlsx; open it in Excel, save it as .xlsx and bring that."
        raise Unreadable(locked if _LOCKED in content else old)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            refuse_bomb(archive.infolist())
            _look_into(archive)
    except _FAULTS as error:
        raise Unreadable(_DAMAGED if content.startswith(b"PK") else _OTHER) from error


def _look_into(archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    if not any(name.lower().endswith("xl/workbook.xml") for name in names):
        raise Unreadable(_OTHER)
    if any("vbaproject" in name.lower() or "macrosheets" in name.lower() for name in names):
        raise Unreadable("This Excel file holds macros; save it as .xlsx, without them, and bring that.")
    for part in archive.infolist():
        if part.filename.lower().endswith((".xml", ".rels")) and holds_entities(archive.read(part)):
            raise Unreadable("This Excel file holds instructions that no workbook needs, so it was not opened.")


def _rows(sheet: Any) -> Table:
    table = Table()
    sheet.reset_dimensions()  # some programs write down wrong ones
    for number, row in enumerate(sheet.iter_rows(max_row=_MOST_LOOKED_AT, max_col=MOST_COLUMNS + 1), start=1):
        cells = [_text(table, cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        table.add(number, cells)
    return table


def _text(table: Table, cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        table.problems.append((cell.row, f"{cell.coordinate} holds a formula: put in its value."))
        return ""
    if cell.data_type == "e":
        table.problems.append((cell.row, f"{cell.coordinate} holds an error ({value}): put in what it should say."))
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.strftime("%d/%m/%Y")
    return decode(str(value).encode("utf-8", errors="ignore")).strip()
