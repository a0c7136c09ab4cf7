"""Reads a spreadsheet (CSV or XLSX) into rows of text, in a process of its own, so that a file made to do harm can't
hang or swell the one that asks."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from knowledge.importing.apart import keep_within, run_apart
from knowledge.importing.document import Unreadable

#: The largest file that is taken, in bytes, and the most that a routine has.
MOST_BYTES = 2 * 1024 * 1024
MOST_STEPS = 500
_MOST_ROWS = 5000
MOST_COLUMNS = 100
_MOST_LETTERS = 1_000_000
_SECONDS = 45
_REFUSALS = {
    ".xls": "This is an old Excel file; open it in Excel, save it as .xlsx and bring that.",
    ".xlsm": "This is an Excel file with macros; save it as .xlsx, without them, and bring that.",
    ".xlsb": "This is a binary Excel file; save it as .xlsx and bring that.",
    ".xltm": "This is an Excel template with macros; save it as .xlsx and bring that.",
    ".ods": "OpenDocument files can’t be read; save it as .xlsx or CSV and bring that.",
    ".numbers": "Numbers files can’t be read; export it as .xlsx or CSV and bring that.",
    ".bpmn": "BPMN can be taken away from here, not brought; bring the steps as .xlsx or CSV.",
}


@dataclass
class Table:
    """What a file holds. ``rows``: each with its number in the file, from 1, and its cells as text; empty ones are
    left out. ``problems``: what can't be taken, each with its row. ``notes``: what was passed over."""

    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, number: int, cells: list[str]) -> None:
        """Raises Unreadable when it gets to be more than steps ever are."""
        if not any(cells):
            return
        self.rows.append((number, cells))
        if len(self.rows) > _MOST_ROWS:
            raise Unreadable(f"This file has more than {_MOST_ROWS:,} rows; a routine has at most {MOST_STEPS} steps.")

    @classmethod
    def of(cls, told: dict[str, Any]) -> Table:
        """From JSON, which knows no tuples."""
        rows, problems = ([tuple(one) for one in told[name]] for name in ("rows", "problems"))
        return cls(rows, problems, told["notes"])


def refusal_of(name: str, size: int) -> str:
    """Why a file of this name and size (in bytes) need not be looked at; '' where it may be read."""
    kind = Path(name).suffix.lower()
    if kind not in (".csv", ".xlsx"):
        return _REFUSALS.get(kind, "Files of this kind can’t be read; bring the steps as .xlsx or CSV.")
    if size > MOST_BYTES:
        return f"This file is too large: {size / 1024**2:.1f} MB, where at most {MOST_BYTES // 1024**2} MB can be read."
    return "" if size else "This file is empty."


def read_table(name: str, content: bytes) -> Table:
    """The rows of a file of this name. Raises Unreadable, with one plain sentence."""
    if refused := refusal_of(name, len(content)):
        raise Unreadable(refused)
    with tempfile.TemporaryDirectory(prefix="steps-") as folder:
        path = Path(folder, f"steps{Path(name).suffix.lower()}")
        path.write_bytes(content)
        run_apart("routines.portable.reading", str(path), seconds=_SECONDS)
        told = json.loads(Path(folder, "told.json").read_text(encoding="utf-8"))
    if "unreadable" in told:
        raise Unreadable(told["unreadable"])
    return _seen_whole(Table.of(told))


def _seen_whole(table: Table) -> Table:
    steps = len(table.rows) - 1
    if steps < 1 and not table.problems:
        raise Unreadable("There are no steps in this file: it needs a row of headings, and a row for each step.")
    if steps > MOST_STEPS:
        raise Unreadable(f"This file has {steps:,} steps; a routine has at most {MOST_STEPS}.")
    if max(len(cells) for _, cells in table.rows or [(0, [])]) > MOST_COLUMNS:
        raise Unreadable(f"This file has more than {MOST_COLUMNS} columns, so it is no list of steps.")
    if sum(len(cell) for _, cells in table.rows for cell in cells) > _MOST_LETTERS:
        raise Unreadable("This file holds more text than a routine ever does.")
    return table


def main(path: str, seconds: str) -> None:
    """What the process of its own does: read, and write down what it read, or why it can't be."""
    keep_within(int(seconds))
    # Only here, since whoever asks need not load what reads workbooks.
    from routines.portable.from_csv import read_csv
    from routines.portable.from_xlsx import read_xlsx

    reader = read_xlsx if path.endswith(".xlsx") else read_csv
    try:
        told: dict[str, object] = asdict(reader(Path(path).read_bytes()))
    except Unreadable as why:
        told = {"unreadable": str(why)}
    Path(path).with_name("told.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
