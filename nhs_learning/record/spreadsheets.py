"""Lists to take away: CSV that a spreadsheet opens as it is meant, and that does nothing in it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

from nhs_learning.record import clock

#: A spreadsheet would take a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(name: str, headings: Sequence[str], rows: Iterable[Iterable[str]]) -> StreamingHttpResponse:
    """A download of these rows, called after ``name`` and the day, sent line by line; nobody between keeps it."""
    response = StreamingHttpResponse(_lines(headings, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{clock.today().isoformat()}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _lines(headings: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # by which Excel knows that it is UTF-8
    yield writer.writerow(headings)
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection): what begins like one is put behind an
    apostrophe, and so is what begins with apostrophes before it, so that ``as_meant`` takes back just the one."""
    said = cell.lstrip("'")
    return f"'{cell}" if said.startswith(_FORMULA) or said.lstrip().startswith(_FORMULA) else cell


def as_meant(cell: str) -> str:
    """What ``harmless`` was given."""
    return cell[1:] if cell.startswith("'") and harmless(cell[1:]) == cell else cell
