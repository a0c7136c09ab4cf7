"""What a document says about itself is read; what it does not say stays not known."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.importing.dates import date_in
from knowledge.importing.document import Metadata
from knowledge.importing.metadata import metadata_of


def of(body: str, **stated) -> Metadata:
    return metadata_of(body, [], stated)[0]


def test_what_is_not_said_is_not_known():
    assert of("Words about asthma.\n") == Metadata()
    assert of("Words.\n").last_reviewed is None


@pytest.mark.parametrize(
    "body",
    [
        "Version: 3.1\nApproved by: Drugs Committee\nLast reviewed: 20 February 2024\nReview date: 01/02/2027\n",
        "**Version:** 3.1\n\n**Approved by:** Drugs Committee\n\n**Last reviewed:** 20/02/24\n\n"
        "**Next review:** 1st Feb 2027\n",
        "| Version | 3.1 |\n|--|--|\n| Approved by | Drugs Committee |\n| Last reviewed | 20.2.2024 |\n"
        "| Review due | 2027-02-01 |\n",
        "| Version | Approved by | Last reviewed | Next review date |\n|-|-|-|-|\n"
        "| 3.1 | Drugs Committee | 20-Feb-2024 | 1/2/27 |\n",
        "Version 3.1 | Approved by: Drugs Committee | Date reviewed: 20th Feb, 2024 | Expiry date: 01.02.2027\n",
        "- Version No: v3.1\n- Ratified by - Drugs Committee\n- Last review date: 20 Feb 2024\n"
        "- Date of next review: 1 Feb 2027\n",
    ],
)
def test_labels_are_read_however_they_are_set_out(body):
    assert of(body) == Metadata(
        version_label="3.1",
        committee="Drugs Committee",
        last_reviewed=date(2024, 2, 20),
        review_due=date(2027, 2, 1),
    )


def test_running_prose_is_not_mistaken_for_labels():
    assert of("It was approved by the MHRA for adults, and reviewed in March 2023 by NICE.\n") == Metadata()
    assert of("Version control matters.\n\nThe review date of this evidence was 1 May 2020.\n") == Metadata()


def test_a_month_gives_its_first_day_for_a_review_done_and_its_last_for_one_due_and_says_so():
    metadata, guesses = metadata_of("Last reviewed: March 2023\n\nReview due: Feb 2028\n", [], {})
    assert (metadata.last_reviewed, metadata.review_due) == (date(2023, 3, 1), date(2028, 2, 29))
    assert guesses == [
        "“Last reviewed: March 2023” names only a month, so the first day of it was taken.",
        "“Review due: Feb 2028” names only a month, so the last day of it was taken.",
    ]


def test_a_year_alone_is_too_vague():
    metadata, guesses = metadata_of("Review due: 2026\n", [], {})
    assert metadata.review_due is None
    assert guesses == ["“Review due: 2026” names only a year, so no date was taken from it."]


@pytest.mark.parametrize("blank", ["TBC", "n/a", "", "-", "dd/mm/yyyy", "to be confirmed"])
def test_blanks_left_in_a_form_are_not_known(blank):
    assert of(f"Version: {blank}\nApproved by: {blank}\nReview date: {blank}\n") == Metadata()


def test_next_review_is_due_and_last_review_is_done():
    assert of("Review date: 1/1/2026\nNext review: 2/2/2027\n").review_due == date(2027, 2, 2)
    assert of("Last review: 1/1/2026\n") == Metadata(last_reviewed=date(2026, 1, 1))


def test_front_matter_comes_before_the_text():
    assert of("Version: 1\n", version=2).version_label == "2"
    assert of("x", last_reviewed=date(2024, 1, 2), topics=["Asthma"]).topics == ("Asthma",)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("01/02/2026", date(2026, 2, 1)),
        ("31.12.99", date(1999, 12, 31)),
        ("the 3rd of March 2024", date(2024, 3, 3)),
        ("March 3, 2024", date(2024, 3, 3)),
        ("3 Sept 2024", date(2024, 9, 3)),
        ("2024-03-05T10:00", date(2024, 3, 5)),
        ("03/2024", date(2024, 3, 1)),
        ("31/02/2024", None),
        ("13/13/2024", None),
        ("12/31/2024", None),
        ("soon", None),
        ("2024", None),
        ("Section 1.2.3", None),
    ],
)
def test_dates_are_british(words, expected):
    found = date_in(words)
    assert (found and found[0]) == expected
