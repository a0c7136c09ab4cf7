"""NHS numbers in free text are found however they are written, and nothing else is, but for one in eleven."""

from __future__ import annotations

import random

import pytest

from nhs_learning.record import nhs_numbers


@pytest.mark.parametrize(
    "text",
    [
        "943 476 5919",
        "9434765919",
        "943-476-5919",
        "943 – 476 – 5919",
        "943\u00a0476\u00a05919",
        "Seen on the ward: 401 023 2137, discharged.",
        "NHS:4010232137.",
        "bed 4 943 476 5919",
        "(943 4765919)",
    ],
)
def test_an_nhs_number_is_found(text):
    ((start, end),) = nhs_numbers.find(text)
    assert "".join(filter(str.isdigit, text[start:end])) in ("9434765919", "4010232137")


@pytest.mark.parametrize(
    "text",
    [
        "123 456 7890",
        "Ring 0191 282 4000",
        "94347659190",
        "19434765919",
        "On 12/03/2026 at 14:30",
        "943.476.5919",
        "943 476 591",
        "",
    ],
)
def test_other_numbers_are_not(text):
    assert nhs_numbers.find(text) == []


def test_two_numbers_are_two():
    assert nhs_numbers.find("943 476 5919 and 401 023 2137") == [(0, 12), (17, 29)]


def test_one_random_number_in_eleven_passes():
    numbers = random.Random(1)
    found = sum(bool(nhs_numbers.find(f"{numbers.randrange(10**10):010d}")) for _ in range(11_000))
    assert 850 < found < 1150


def test_a_mark_is_the_same_however_the_number_is_spaced_and_holds_none_of_it():
    assert nhs_numbers.mark("943 476 5919") == nhs_numbers.mark("9434765919") != nhs_numbers.mark("4010232137")
    assert "9434765919" not in nhs_numbers.mark("9434765919")


def test_long_text_is_looked_at_quickly():
    assert nhs_numbers.find("1 2 3 4 5 6 7 8 9 " * 5_000) is not None
