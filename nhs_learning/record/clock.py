"""The one clock. Everything asks it for the time, so that a demo or a test can be lived through in the past."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import holidays
from django.utils import timezone

#: How long what is kept may be behind, in seconds.
KEPT_SECONDS = 600
_BANK_HOLIDAYS = holidays.country_holidays("GB", subdiv="ENG")
_set_to: ContextVar[datetime.datetime | None] = ContextVar("clock", default=None)


def now() -> datetime.datetime:
    """The time, with its time zone: the real one, or the one that a surrounding ``at`` block has set."""
    return _set_to.get() or timezone.now()


def today() -> datetime.date:
    """The date in the trust's time zone."""
    return timezone.localdate(now())


def ten_minutes() -> int:
    """Which ten minutes these are. What is kept of things that nothing tells of when they change, such as a person's
    name, is kept within them: midnight, on which reviews fall due, always begins new ones."""
    return int(now().timestamp()) // KEPT_SECONDS


def working_days_from(day: datetime.date, days: int) -> datetime.date:
    """The date so many working days (Monday to Friday, without bank holidays in England) after this one."""
    while days > 0:
        day += datetime.timedelta(days=1)
        days -= _is_worked(day)
    return day


def working_days_before(day: datetime.date, days: int) -> datetime.date:
    """The last date from which so many working days have gone by on this one: what began then, or earlier, has waited
    for so long."""
    while days > 0:
        days -= _is_worked(day)
        day -= datetime.timedelta(days=1)
    return day


def _is_worked(day: datetime.date) -> bool:
    return day.weekday() < 5 and day not in _BANK_HOLIDAYS


@contextmanager
def at(moment: datetime.datetime | datetime.date) -> Iterator[None]:
    """Live through the block at another moment (a plain date means nine in the morning of it)."""
    if not isinstance(moment, datetime.datetime):
        moment = timezone.make_aware(datetime.datetime.combine(moment, datetime.time(9)))
    token = _set_to.set(moment)
    try:
        yield
    finally:
        _set_to.reset(token)
