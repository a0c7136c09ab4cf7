"""The one numbered series of a trust and year."""

from __future__ import annotations

import datetime

import pytest
from django.db import IntegrityError, transaction

from nhs_learning.people.models import Trust
from nhs_learning.record import clock
from reviews.models import Action, Series
from tests.reviews.trying import at_once, sent


def test_reviews_changes_and_actions_share_one_series(asthma, registrar, nurse):
    with clock.at(datetime.date(2026, 3, 1)):
        change = sent(asthma, by=registrar, loop="single")
        review = Action.agree(
            by=registrar, review=change.review, what="Teach.", owner=nurse, due=clock.today(), measure="All were there."
        )
    assert [change.review.reference, change.reference, review.reference] == [
        "ZNB-2026-0001",
        "ZNB-2026-0002",
        "ZNB-2026-0003",
    ]


def test_each_trust_and_each_year_begins_at_one(northbridge, southgate):
    with clock.at(datetime.date(2025, 12, 31)):
        assert Series.draw(northbridge) == "ZNB-2025-0001"
        assert Series.draw(northbridge) == "ZNB-2025-0002"
        assert Series.draw(southgate) == "ZSG-2025-0001"
    with clock.at(datetime.date(2026, 1, 1)):
        assert Series.draw(northbridge) == "ZNB-2026-0001"


def test_the_year_is_that_of_the_trusts_own_calendar(northbridge):
    summer_midnight = datetime.datetime(2026, 6, 30, 23, 30, tzinfo=datetime.UTC)
    new_year_in_sydney = datetime.datetime(2025, 12, 31, 23, 30, tzinfo=datetime.UTC)
    with clock.at(summer_midnight):
        assert Series.draw(northbridge).startswith("ZNB-2026-")
    with clock.at(new_year_in_sydney):
        assert Series.draw(northbridge).startswith("ZNB-2025-")


def test_a_number_that_was_drawn_and_not_used_leaves_no_trace_when_all_is_rolled_back(northbridge):
    with transaction.atomic():
        Series.draw(northbridge)
        transaction.set_rollback(True)
    assert Series.draw(northbridge).endswith("-0001")


def test_after_nine_thousand_nine_hundred_and_ninety_nine_comes_ten_thousand(northbridge):
    with clock.at(datetime.date(2026, 3, 1)):
        Series.draw(northbridge)
        Series.objects.update(last=9999)
        assert Series.draw(northbridge) == "ZNB-2026-10000"


def test_a_trust_has_one_counter_a_year(northbridge):
    Series.objects.create(trust=northbridge, year=2026)
    with pytest.raises(IntegrityError, match="a_trust_has_one_series_a_year"), transaction.atomic():
        Series.objects.create(trust=northbridge, year=2026)


@pytest.mark.django_db(transaction=True)
def test_numbers_drawn_by_several_at_once_differ_from_the_first_of_the_year_on(northbridge):
    drawn = at_once(*[lambda: Series.draw(Trust.objects.get(pk=northbridge.pk))] * 6)
    year = clock.today().year
    assert sorted(drawn) == [f"ZNB-{year}-{number:04d}" for number in range(1, 7)]
