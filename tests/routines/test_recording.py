"""A nurse says how a routine was done; its page counts it. Nobody but the owner learns who recorded it."""

from __future__ import annotations

import datetime
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from playwright.sync_api import expect

from nhs_learning.people.models import User
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from routines.models import Performance, Routine, Tally
from tests.routines.changing import next_edition


@pytest.fixture
def record(huddle, nurse):
    """The nurse records: ``record("departed", reason="unclear", steps={"s2": "left_out"})``."""

    def say(how: str = "as_described", by: User = nurse, **said) -> Performance:
        said.setdefault("reason", "" if how == "as_described" else "no_time")
        return Performance.record(by=by, routine=huddle, how=how, **said)

    return say


def address(routine: Routine, *rest: object) -> str:
    return routine.get_absolute_url() + "".join(f"{part}/" for part in rest)


def test_a_nurse_records_that_a_step_was_left_out_and_the_page_counts_it(huddle, nurse, lead, signed_in):
    client = signed_in(nurse)
    page = client.get(huddle.get_absolute_url()).text
    assert "Acute asthma in adults, 1.1" in page
    assert address(huddle, "done", "adapted") in page
    said = {"seen": huddle.current_id, "reason": "no_time", "step-s2": "left_out"}
    client.post(address(huddle, "done", "adapted"), said)
    done = Performance.objects.get()
    assert (done.how, done.by, done.variations.get().step.key) == ("adapted", nurse, "s2")
    assert {(tally.how, tally.number) for tally in Tally.objects.all()} == {("adapted", 1), ("left_out", 1)}
    assert "<strong>1 time</strong>" in signed_in(lead).get(huddle.get_absolute_url()).text


def test_as_described_is_recorded_by_one_tap_and_undone_by_another(huddle, nurse, signed_in):
    client = signed_in(nurse)
    page = client.post(address(huddle, "done", "as_described"), {"seen": huddle.current_id}, follow=True).text
    done = Performance.objects.get()
    assert done.how == "as_described"
    assert "Thank you. It is recorded" in page
    undo = address(huddle, "done", done.pk, "take-back")
    assert undo in page
    client.post(undo)
    assert not Performance.objects.exists()
    assert "taken back already" in client.post(undo, follow=True).text


def test_what_is_taken_back_is_counted_no_more(huddle, nurse, record, signed_in):
    done = record("departed", reason="unclear", steps={"s1": "adapted"})
    assert {tally.number for tally in Tally.objects.all()} == {1}
    signed_in(nurse).post(address(huddle, "done", done.pk, "take-back"))
    assert not Performance.objects.exists()
    assert {tally.number for tally in Tally.objects.all()} == {0}


def test_it_is_taken_back_though_a_new_edition_came_into_force(huddle, curator, record, nurse):
    done = record("adapted", steps={"s1": "left_out"})
    first = huddle.current_id
    next_edition(huddle, by=curator, norms="Nobody waits.")
    done.take_back(by=nurse)
    assert {(tally.revision_id, tally.number) for tally in Tally.objects.all()} == {(first, 0)}


def test_nobody_else_takes_it_back_and_she_herself_not_after_a_day(huddle, registrar, nurse, record, signed_in):
    done = record()
    signed_in(registrar).post(address(huddle, "done", done.pk, "take-back"))
    assert Performance.objects.exists()
    with clock.at(clock.now() + datetime.timedelta(hours=25)):
        signed_in(nurse).post(address(huddle, "done", done.pk, "take-back"))
    assert Performance.objects.exists()


def test_without_a_reason_the_page_asks_for_it_and_keeps_what_was_chosen(huddle, nurse, signed_in):
    said = {"seen": huddle.current_id, "step-s3": "adapted", "words": "We began without."}
    answer = signed_in(nurse).post(address(huddle, "done", "departed"), said)
    assert answer.status_code == 422
    assert "Choose the reason that comes nearest" in answer.text
    assert "We began without." in answer.text


def test_a_number_of_a_patient_is_held_until_she_says_that_it_is_none(huddle, nurse, signed_in):
    client, form = signed_in(nurse), address(huddle, "done", "adapted")
    said = {"seen": huddle.current_id, "reason": "unclear", "words": "943 476 5919 had no board."}
    held = client.post(form, said)
    assert held.status_code == 422
    assert not Performance.objects.exists()
    [mark] = re.findall(r'name="not_an_nhs_number"[^>]*value="([^"]+)"', held.text)
    client.post(form, {**said, "not_an_nhs_number": mark})
    assert Performance.objects.get().words == "943 476 5919 had no board."
    assert Event.objects.filter(verb="said_not_an_nhs_number").exists()


def test_nothing_typed_is_lost_when_a_new_edition_comes_into_force_meanwhile(huddle, nurse, curator, signed_in):
    seen = huddle.current_id
    next_edition(huddle, by=curator, norms="Nobody waits.")
    said = {"seen": seen, "reason": "no_time", "words": "The bay was full.", "step-s2": "left_out"}
    answer = signed_in(nurse).post(address(huddle, "done", "adapted"), said)
    assert answer.status_code == 409
    assert "A new edition of this routine came into force meanwhile" in answer.text
    assert "The bay was full." in answer.text
    huddle.refresh_from_db()
    assert f'value="{huddle.current_id}"' in answer.text
    assert not Performance.objects.exists()


def test_where_it_was_done_is_the_persons_own_service_unless_they_say_otherwise(huddle, services, person, signed_in):
    Routine.objects.filter(pk=huddle.pk).update(service=services.medicine)
    cardiologist = person("cardiologist", role="reader", service=services.cardiology)
    said = {"seen": huddle.current_id}
    signed_in(cardiologist).post(address(huddle, "done", "as_described"), said)
    assert Performance.objects.latest("pk").service == services.cardiology
    elsewhere = {**said, "service": services.respiratory.pk, "shift": "night"}
    signed_in(cardiologist).post(address(huddle, "done", "as_described"), elsewhere)
    done = Performance.objects.latest("pk")
    assert (done.service, done.shift) == (services.respiratory, "night")


def test_who_recorded_it_is_known_to_the_owner_alone(huddle, nurse, registrar, curator, lead, record, signed_in):
    done = record("adapted", words="We met at the board.")
    done.mark_worth_spreading(by=nurse)
    pages = (huddle.get_absolute_url(), address(huddle, "otherwise"), f"{huddle.get_absolute_url()}as-done.csv")
    for reader in (registrar, curator, nurse):
        for page in pages:
            answer = signed_in(reader).get(page)
            said = b"".join(answer.streaming_content).decode() if answer.streaming else answer.text
            if reader != nurse:
                assert nurse.email not in said, (reader, page)
            assert f"/people/{nurse.pk}/" not in said, (reader, page)
            assert "Recorded by" not in said, (reader, page)
    owned = signed_in(lead).get(address(huddle, "otherwise")).text
    assert f"{nurse.name}</a> on {clock.today().day} " in owned
    assert "to ask, not to blame" in owned
    assert "We met at the board." in signed_in(curator).get(huddle.get_absolute_url()).text


def test_others_read_the_month_and_not_the_day(huddle, curator, record, signed_in):
    record("departed", words="The bay was full.")
    page = signed_in(curator).get(address(huddle, "otherwise")).text
    assert f"{clock.today():%B %Y}" in page
    assert f"{clock.today().day} {clock.today():%B %Y}" not in page
    assert "shift" not in page


def test_what_people_said_is_narrowed_by_reason_step_and_worth(huddle, nurse, record, signed_in):
    record("adapted", reason="no_time", words="Quick.", steps={"s1": "left_out"})
    record("departed", reason="unclear", words="Puzzled.")
    better = record("adapted", reason="found_better", words="Better.")
    signed_in(nurse).post(address(huddle, "done", better.pk, "worth-spreading"))

    def said(**asked: str) -> set[str]:
        page = signed_in(nurse).get(address(huddle, "otherwise"), asked).text
        return {word for word in ("Quick.", "Puzzled.", "Better.") if f">{word}<" in page}

    assert said() == {"Quick.", "Puzzled.", "Better."}
    assert said(reason="unclear") == {"Puzzled."}
    assert said(step="s1") == {"Quick."}
    assert said(worth="on") == {"Better."}
    assert said(page="9" * 30) == {"Quick.", "Puzzled.", "Better."}
    assert said(page="2") == set()


def test_a_colleague_does_not_mark_what_somebody_else_did_but_the_owner_does(
    huddle, registrar, lead, record, signed_in
):
    done = record("adapted", words="At the board.")
    mark = address(huddle, "done", done.pk, "worth-spreading")
    assert signed_in(registrar).post(mark).status_code == 403
    assert signed_in(lead).post(mark).status_code == 302
    done.refresh_from_db()
    assert done.worth_spreading_by == lead


def test_a_withdrawn_routine_is_recorded_no_more(huddle, nurse, lead, signed_in):
    huddle.withdraw(by=lead, why="We hold another.")
    answer = signed_in(nurse).post(address(huddle, "done", "as_described"), {"seen": huddle.current_id})
    assert answer.status_code == 403
    assert "We did this" not in signed_in(nurse).get(huddle.get_absolute_url()).text


@pytest.mark.django_db(transaction=True)
def test_when_many_record_and_take_back_at_once_nothing_is_lost_and_nobody_waits_for_ever(
    huddle, nurse, registrar, record
):
    kept = [record("departed", reason="unclear") for _ in range(2)]

    def tell(number: int) -> None:
        try:
            by = (nurse, registrar)[number % 2]
            steps = {"s1": "adapted", "s3": "left_out"}
            if number % 3 == 2:
                record("adapted", by=by, steps=dict(reversed(steps.items()))).take_back(by=by)
            else:
                record(("departed", "adapted")[number % 2], by=by, reason="unclear", steps=steps)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        list(people.map(tell, range(24)))
    there = Performance.objects.count()
    assert there == len(kept) + 16
    assert sum(tally.number for tally in Tally.objects.filter(step=None)) == there
    assert sum(tally.number for tally in Tally.objects.filter(step__key="s1")) == 16


@pytest.mark.browser
def test_a_nurse_records_an_adapted_huddle_in_three_taps(huddle, nurse, page, sign_in, accessible):
    sign_in(nurse)
    page.goto(huddle.get_absolute_url())
    accessible(page)
    page.get_by_role("button", name="We adapted it").or_(page.get_by_role("link", name="We adapted it")).click()
    accessible(page)
    page.get_by_text("There wasn’t time").click()
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("heading", name="Thank you. It is recorded")).to_be_visible()
    accessible(page)
    assert Performance.objects.get().reason == "no_time"
    page.get_by_role("button", name="It is worth spreading").click()
    expect(page.get_by_text("Marked as worth spreading.").first).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back")).to_be_visible()
    assert not Performance.objects.exists()
    page.get_by_role("button", name="As described").click()
    expect(page.get_by_role("heading", name="Thank you. It is recorded: as described")).to_be_visible()
    accessible(page)


@pytest.mark.browser
def test_what_people_said_is_read_by_the_owner(huddle, lead, record, page, sign_in, accessible):
    record("adapted", words="We met at the board.").mark_worth_spreading(by=lead)
    sign_in(lead)
    page.goto(address(huddle, "otherwise"))
    expect(page.get_by_text("We met at the board.")).to_be_visible()
    accessible(page)
