"""Reads lists of trusts in the shape in which the Organisation Data Service (ODS) of NHS England gives them."""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: The English NHS trusts; LICENCE.md beside it says where it comes from.
BUNDLED = Path(__file__).parent / "data" / "trusts.csv"
NEEDED = ("ods_code", "name")
#: Words that are small in a name, except at its beginning, and words that keep their capitals.
SMALL = {"and", "at", "by", "for", "in", "of", "on", "the", "to", "under", "upon", "with"}
CAPITALS = {"NHS", "UK"}


class Unreadable(Exception):
    """The file, or a line of it, can't be read. The message is one plain sentence."""


@dataclass(frozen=True)
class Listed:
    """A trust in the list: the line it stands on, and what ``Trust.register`` takes."""

    line: int
    details: dict[str, Any]


def read_trusts(path: Path) -> Iterator[Listed | Unreadable]:
    """Each trust of a CSV file (columns ods_code and name; nhse_region, icb, open_date and close_date as YYYYMMDD if
    it has them), or in its place why that line can't be read. Raises Unreadable when the whole file can't be."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [column for column in NEEDED if column not in (rows.fieldnames or ())]
            if missing:
                raise Unreadable(f"{path} has no column {' and no column '.join(missing)} in its first line.")
            yield from _each(rows)
    except OSError as problem:
        raise Unreadable(f"{path} can't be opened: {problem.strerror}.") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{path} is not text in UTF-8.") from None
    except csv.Error as problem:
        raise Unreadable(f"{path} is not a CSV file: {problem}.") from None


def _each(rows: csv.DictReader) -> Iterator[Listed | Unreadable]:
    seen: dict[str, int] = {}
    for row in rows:
        try:
            details = _details(row)
            first = seen.setdefault(details["ods_code"], rows.line_num)
            if first != rows.line_num:
                raise Unreadable(f"{details['ods_code']} is on line {first} already")
            yield Listed(rows.line_num, details)
        except Unreadable as problem:
            yield Unreadable(f"Line {rows.line_num}: {problem}.")


def _details(row: dict[Any, Any]) -> dict[str, Any]:
    if None in row or None in row.values():
        raise Unreadable("it has more or fewer columns than the first line")
    code = row["ods_code"].strip().upper()
    if not re.fullmatch(r"[A-Z0-9]{3,12}", code):
        raise Unreadable(f"an ODS code is 3 to 12 letters and digits, and “{row['ods_code'][:40]}” is not")
    name = tidy(row["name"])
    if not name or not name.isprintable():
        raise Unreadable(f"{code} has no name that can be read")
    opened, closed = _date(row.get("open_date", "")), _date(row.get("close_date", ""))
    if opened and closed and closed < opened:
        raise Unreadable(f"{code} closed before it opened")
    places = {"region": row.get("nhse_region", "").strip(), "icb": row.get("icb", "").strip()}
    if len(name) > 200 or max(map(len, places.values())) > 20:
        raise Unreadable(f"the name, region or board of {code} is too long")
    return {"ods_code": code, "name": name, **places, "opened_on": opened, "closed_on": closed}


def _date(text: str) -> datetime.date | None:
    text = text.strip()
    if not text:
        return None
    try:
        return datetime.datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        raise Unreadable(f"a date is written like 20240331, and “{text[:40]}” is not") from None


def tidy(name: str) -> str:
    """ODS writes names in capitals; pages don't: Manchester University NHS Foundation Trust."""
    words = name.split()
    if not name.isupper():
        return " ".join(words)
    return " ".join(_word(word, first=index == 0) for index, word in enumerate(words))


def _word(word: str, *, first: bool) -> str:
    if word.strip("(),.") in CAPITALS:
        return word
    if word.lower() in SMALL and not first:
        return word.lower()
    parts = word.split("-")
    return "-".join(part.lower() if part.lower() in SMALL and len(parts) > 2 else _capital(part) for part in parts)


def _capital(word: str) -> str:
    """The first letter large, the others small: (Acute), King's."""
    return re.sub(r"[a-z]", lambda letter: letter[0].upper(), word.lower(), count=1)
