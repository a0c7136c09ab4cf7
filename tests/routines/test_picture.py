"""The picture of a routine: as prescribed beside as done. Counts that could point to somebody are not shown."""

from __future__ import annotations

import csv
import datetime
import io
from collections import Counter

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from nhs_learning.record import clock
from routines import picture
from routines.models import Performance, Routine
from tests.routines.changing import next_edition


def many(routine: Routine, nurse, *done: tuple[int, dict], days_ago: int = 0, steps: dict | None = None) -> None:
    """So many performances that say this: ``many(huddle, nurse, (6, {"how": "adapted", "shift": "early"}))``."""
    day = clock.today() - datetime.timedelta(days=days_ago)
    at = timezone.make_aware(datetime.datetime.combine(day, datetime.time(9)))
    about = {"routine": routine, "revision": routine.current, "on": day, "at": at, "by": nurse}
    rows = []
    for number, said in done:
        reason = "" if said.get("how", "as_described") == "as_described" else "no_time"
        said = {"how": "as_described", "shift": "early", "reason": reason, **said}
        rows += [(Performance(**about, **said), steps or {}) for _ in range(number)]
    Performance.record_many(rows)


def shown_by_shift(*rows: tuple[int, int]) -> list[bool]:
    """Which of early, late and night are shown, given how often it was done as described and otherwise in each."""
    done = picture.AsDone()
    for shift, (described, otherwise) in zip(("early", "late", "night"), rows, strict=True):
        done.shifts[shift] = Counter({"as_described": described, "departed": otherwise})
    return [row is not None for _, row in done.by_shift()]


def test_a_step_is_shown_as_prescribed_beside_as_done(huddle, nurse, lead, signed_in):
    many(huddle, nurse, (6, {}))
    many(huddle, nurse, (3, {"how": "adapted"}), steps={"s2": "left_out"})
    many(huddle, nurse, (1, {"how": "departed"}), steps={"s2": "adapted"})
    done = picture.picture_of(huddle)[0]
    call, oxygen, first = huddle.current.steps.all()
    assert [done.of_step(step) for step in (call, oxygen, first)] == [[10, 0, 0], [6, 1, 3], [10, 0, 0]]
    assert done.of_whole() == [6, 3, 1]
    assert done.most_reasons() == [("There wasn’t time", 4)]
    page = signed_in(lead).get(huddle.get_absolute_url()).text
    assert "<strong>10 times</strong>" in page
    assert "Left out <strong>3</strong>" in page
    assert "30%" in page


def test_before_anything_is_recorded_the_page_says_what_will_be_there_and_how_to_begin(huddle, nurse, signed_in):
    page = signed_in(nurse).get(huddle.get_absolute_url()).text
    assert "Nothing is recorded since edition 1 came into force" in page
    assert "it takes one tap" in page


def test_months_in_which_nothing_was_recorded_have_their_place(huddle, nurse):
    many(huddle, nurse, (2, {}), days_ago=70)
    many(huddle, nurse, (1, {"how": "adapted"}))
    months = picture.picture_of(huddle)[0].by_month()
    assert [parts for _, parts in months] == [[2, 0, 0], *[[0, 0, 0]] * (len(months) - 2), [0, 1, 0]]
    assert len(months) in (3, 4)


def test_a_new_edition_begins_a_new_period_and_the_earlier_one_stands_beside_it(huddle, nurse, curator, signed_in):
    many(huddle, nurse, (3, {}), (1, {"how": "departed"}))
    next_edition(huddle, by=curator, norms="Nobody waits.", why="People kept waiting.")
    assert picture.picture_of(huddle)[0].number == 0
    many(huddle, nurse, (2, {}))
    now, before = picture.picture_of(huddle)[1]
    assert (now.edition.number, now.hows, now.until) == (2, [2, 0, 0], None)
    assert (before.edition.number, before.hows, before.until) == (1, [3, 0, 1], now.edition.published_at)
    page = signed_in(nurse).get(huddle.get_absolute_url()).text
    assert "Did the changes help?" in page
    assert "People kept waiting." in page
    assert "<strong>2 times</strong>" in page


def test_a_shift_with_a_number_under_five_is_not_shown():
    assert shown_by_shift((9, 9), (8, 8), (7, 7)) == [True, True, True]
    assert shown_by_shift((4, 9), (8, 3), (7, 7)) == [False, False, True]
    assert shown_by_shift((0, 0), (0, 0), (0, 0)) == [False, False, False]


def test_one_hidden_shift_cannot_be_worked_out_from_the_total():
    assert shown_by_shift((9, 9), (8, 8), (7, 4)) == [True, False, False]
    assert shown_by_shift((9, 0), (8, 8), (20, 7)) == [False, False, True]


def test_what_two_hidden_shifts_add_up_to_tells_nothing_either():
    assert shown_by_shift((50, 10), (30, 0), (40, 0)) == [False, False, False]


def test_the_page_shows_no_shift_with_fewer_than_five(huddle, nurse, lead, signed_in):
    page = signed_in(lead)
    many(huddle, nurse, (4, {"how": "departed", "shift": "night"}), (30, {"shift": "night"}))
    assert "Shifts are shown side by side once there are enough records" in page.get(huddle.get_absolute_url()).text
    for shift in ("early", "late", "night"):
        many(huddle, nurse, (8, {"how": "adapted", "shift": shift}), (8, {"shift": shift}))
    assert "Shifts are shown side by side" not in page.get(huddle.get_absolute_url()).text


def test_the_counts_are_taken_away_without_shifts_and_names_and_do_nothing_in_a_spreadsheet(
    huddle, nurse, curator, signed_in
):
    steps = [{"what": "=HYPERLINK(1)"}]
    next_edition(huddle, by=curator, loop="single", steps=steps)
    key = huddle.current.steps.get().key
    many(huddle, nurse, (3, {"how": "adapted", "shift": "night"}), (2, {"shift": "late"}), steps={key: "adapted"})
    answer = signed_in(nurse).get(f"{huddle.get_absolute_url()}as-done.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    heading, *rows = csv.reader(io.StringIO(text))
    month = f"{clock.today():%Y-%m}"
    assert heading == ["Edition", "Month", "What", "How", "Why", "Number"]
    assert ["2", month, "The whole", "Adapted", "There wasn’t time", "3"] in rows
    assert ["2", month, "The whole", "As described", "", "2"] in rows
    assert ["2", month, "Step 1: =HYPERLINK(1)", "Adapted", "There wasn’t time", "3"] in rows
    assert not {"night", "Night", "Nurse"} & {cell for row in rows for cell in row}


@pytest.fixture
def busy(huddle, nurse, curator, lead):
    """A huddle of several editions and ways, with words and with what is worth spreading."""
    for edition in range(3):
        for days in range(0, 700, 25):
            each = [
                (2, {"how": how, "shift": shift, "words": "We met at the board."})
                for how in ("adapted", "departed")
                for shift in ("early", "night")
            ]
            many(huddle, nurse, *each, (3, {}), days_ago=days, steps={"s1": "adapted", "s2": "left_out"})
        next_edition(huddle, by=curator, norms=f"Nobody waits, {edition}.")
    many(huddle, nurse, (40, {}), (9, {"how": "adapted", "words": "At the board."}), steps={"s2": "left_out"})
    for one in Performance.objects.filter(revision=huddle.current).in_words()[:6]:
        one.mark_worth_spreading(by=lead)
    return huddle


def test_a_busy_routine_takes_no_more_questions(busy, nurse, lead, signed_in, django_assert_max_num_queries):
    latest = Performance.objects.filter(by=nurse).latest("pk")
    for reader in (signed_in(nurse), signed_in(lead)):
        reader.get("/")  # the first page of a session writes it
        for address in ("", f"?recorded={latest.pk}", "otherwise/", "otherwise/?step=s2&worth=on", "done/departed/"):
            with django_assert_max_num_queries(11):
                assert reader.get(busy.get_absolute_url() + address).status_code == 200


@pytest.mark.browser
def test_the_lead_sees_the_picture(busy, lead, page, sign_in, accessible):
    sign_in(lead)
    page.goto(busy.get_absolute_url())
    expect(page.get_by_role("heading", name="As prescribed and as done")).to_be_visible()
    expect(page.get_by_role("img", name="How often it was recorded in each month")).to_be_visible()
    page.get_by_text("See the figures as a table").click()
    expect(page.get_by_role("rowheader", name=f"{clock.today():%B %Y}")).to_be_visible()
    accessible(page)
