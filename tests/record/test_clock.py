"""Working days, as those count who are owed a decision."""

from __future__ import annotations

import datetime

import pytest

from nhs_learning.record.clock import working_days_before, working_days_from


@pytest.mark.parametrize(
    ("asked", "days", "due"),
    [
        ("2026-11-25", 3, "2026-11-30"),  # over a weekend
        ("2026-12-24", 3, "2026-12-31"),  # Christmas is on a Friday, Boxing Day is kept on the Monday
        ("2026-04-02", 1, "2026-04-07"),  # over Easter
    ],
)
def test_weekends_and_bank_holidays_are_no_working_days(asked, days, due):
    date = datetime.date.fromisoformat
    assert working_days_from(date(asked), days) == date(due)


@pytest.mark.parametrize(
    ("today", "days", "since"),
    [
        ("2026-11-30", 3, "2026-11-25"),
        ("2026-12-31", 3, "2026-12-28"),  # the Monday after Christmas is no working day
        ("2026-06-15", 10, "2026-06-01"),
    ],
)
def test_what_has_waited_for_so_many_working_days_began_on_that_day_or_before(today, days, since):
    date = datetime.date.fromisoformat
    assert working_days_before(date(today), days) == date(since)
    assert working_days_from(date(since), days) == date(today)
