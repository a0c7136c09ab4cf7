"""Dates as British documents write them: day first, months in words, or only a month and a year."""

from __future__ import annotations

import calendar
import datetime
import re

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})")
_FIGURES = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b")
_WORDS = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s-]+({_NAME})\.?,?[\s-]+(\d{{4}}|\d{{2}})\b", re.IGNORECASE
)
_MONTH_FIRST = re.compile(rf"\b({_NAME})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,\s+(\d{{4}})\b", re.IGNORECASE)
_MONTH = re.compile(rf"\b({_NAME})\.?,?[\s’'-]+(\d{{4}}|\d{{2}})\b", re.IGNORECASE)
_MONTH_FIGURES = re.compile(r"(?<![\d/.-])(\d{1,2})[/-](\d{4})\b")


def date_in(words: str, *, end_of_month: bool = False) -> tuple[datetime.date, bool] | None:
    """The first date in these words, and whether its day is our choice, because they name only a month and a year.

    Such a month gives its first day, or its last with ``end_of_month``. A year alone gives None: it is too vague to
    use.
    """
    if found := _ISO.search(words):
        return _made(found[1], found[2], found[3])
    if found := _WORDS.search(words):
        return _made(found[3], str(_MONTHS[found[2].lower()]), found[1])
    if found := _MONTH_FIRST.search(words):
        return _made(found[3], str(_MONTHS[found[1].lower()]), found[2])
    if found := _FIGURES.search(words):
        return _made(found[3], found[2], found[1])
    if found := _MONTH.search(words):
        return _of_month(found[2], _MONTHS[found[1].lower()], end_of_month)
    if found := _MONTH_FIGURES.search(words):
        return _of_month(found[2], int(found[1]), end_of_month)
    return None


def _year(figures: str) -> int:
    return int(figures) if len(figures) == 4 else 2000 + int(figures) if int(figures) < 70 else 1900 + int(figures)


def _made(year: str, month: str, day: str) -> tuple[datetime.date, bool] | None:
    try:
        date = datetime.date(_year(year), int(month), int(day))
    except ValueError:
        return None
    return (date, False) if 1950 <= date.year <= 2100 else None


def _of_month(year: str, month: int, at_end: bool) -> tuple[datetime.date, bool] | None:
    if not 1 <= month <= 12:
        return None
    day = calendar.monthrange(_year(year), month)[1] if at_end else 1
    made = _made(year, str(month), str(day))
    return (made[0], True) if made else None
