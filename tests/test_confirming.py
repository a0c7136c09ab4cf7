"""Guidance in force is confirmed as still correct, or its review is given longer; each by those who may."""

from __future__ import annotations

import datetime

import pytest
from dateutil.relativedelta import relativedelta
from playwright.sync_api import expect

from knowledge.models import Confirmation, Conflict, Guidance
from nhs_learning.record import clock
from tests.changing import publish

CONFIRM = "/guidance/znb/acute-asthma-in-adults/confirm/"
EXTEND = "/guidance/znb/acute-asthma-in-adults/extend/"


def months(number: int) -> datetime.date:
    return clock.today() + relativedelta(months=number)


@pytest.fixture
def sent(asthma):
    """What a browser sends of either form as the guidance now is."""

    def fields(**changed) -> dict[str, str]:
        last = asthma.confirmations.first()
        seen = f"{Guidance.objects.get(pk=asthma.pk).current_id}-{last.pk if last else 0}"
        return {"seen": seen, "why": "Read beside NG245.", "next_due": months(12).isoformat(), **changed}

    return fields


def test_the_owner_confirms_and_the_page_shows_when_it_was_reviewed(signed_in, curator, asthma, sent):
    response = signed_in(curator).post(CONFIRM, sent(), follow=True)
    assert b"Confirmed as still correct." in response.content
    asthma.refresh_from_db()
    assert (asthma.last_reviewed, asthma.review_due) == (clock.today(), months(12))
    assert Confirmation.objects.get().why == "Read beside NG245."


def test_more_time_is_not_a_review(signed_in, approver, asthma, sent):
    before = asthma.last_reviewed
    signed_in(approver).post(EXTEND, sent(why="The national guideline changes in March.", next_due=str(months(6))))
    asthma.refresh_from_db()
    assert (asthma.last_reviewed, asthma.review_due) == (before, months(6))
    assert Confirmation.objects.get().kind == "extended"


def test_who_may_confirm_and_who_may_extend(signed_in, curator, lead, approver, nurse, registrar, stranger, asthma):
    """The curator owns it; the lead leads medicine, above its service."""
    expected = [(curator, 200, 200), (lead, 200, 403), (approver, 403, 200), (nurse, 403, 403), (stranger, 404, 404)]
    for person, confirm, extend in [*expected, (registrar, 403, 403)]:
        client = signed_in(person)
        assert (client.get(CONFIRM).status_code, client.get(EXTEND).status_code) == (confirm, extend), person


def test_the_deputy_may_confirm(signed_in, registrar, curator, asthma):
    asthma.describe(by=curator, deputy=registrar)
    assert signed_in(registrar).get(CONFIRM).status_code == 200
    assert CONFIRM.encode() in signed_in(registrar).get(asthma.get_absolute_url()).content


def test_a_nurse_is_offered_neither(signed_in, nurse, asthma):
    page = signed_in(nurse).get(asthma.get_absolute_url()).content
    assert CONFIRM.encode() not in page
    assert EXTEND.encode() not in page


@pytest.mark.parametrize(("interval", "suggested"), [(None, 36), (24, 24), (60, 60)])
def test_the_date_suggested_is_the_interval_of_the_trust_or_three_years(
    interval, suggested, signed_in, curator, asthma
):
    asthma.describe(by=curator, review_interval=interval)
    assert months(suggested).isoformat() in signed_in(curator).get(CONFIRM).content.decode()


@pytest.mark.parametrize(
    ("address", "typed", "told"),
    [
        (CONFIRM, {"why": "  "}, "Say how you know that it is still correct"),
        (CONFIRM, {"next_due": ""}, "Say when the review is due next"),
        (CONFIRM, {"next_due": "some day"}, "Give the date on which the review is due next"),
        (CONFIRM, {"next_due": "2020-01-31"}, "or later"),
        (CONFIRM, {"next_due": "2099-01-31"}, "or earlier"),
        (EXTEND, {"why": ""}, "Say why the review needs longer"),
        (EXTEND, {"next_due": "2099-01-31"}, "or earlier"),
        (CONFIRM, {"why": "Talked to 943 476 5919."}, "NHS number"),
    ],
)
def test_an_error_is_said_plainly_and_what_was_typed_stays(address, typed, told, signed_in, curator, asthma, sent):
    response = signed_in(curator).post(address, sent(**typed))
    page = response.content.decode()
    assert response.status_code == 200
    assert told in page
    assert typed.get("why", "Read beside NG245.").strip() in page
    assert not Confirmation.objects.exists()


def test_extending_starts_from_the_date_that_is_due(signed_in, approver, curator, asthma, sent):
    asthma.confirm(by=curator, why="Read.", next_due=months(2))
    client = signed_in(approver)
    assert client.post(EXTEND, sent(next_due=months(2).isoformat())).status_code == 200
    assert client.post(EXTEND, sent(next_due=months(15).isoformat())).status_code == 200
    assert client.post(EXTEND, sent(next_due=months(14).isoformat())).status_code == 302


def test_the_second_of_two_people_sees_what_the_first_said(signed_in, curator, lead, asthma, sent):
    both = sent()
    signed_in(lead).post(CONFIRM, {**both, "why": "The clinic read it on Monday."})
    response = signed_in(curator).post(CONFIRM, both)
    page = response.content.decode()
    assert response.status_code == 409
    for words in ("Something changed while you were writing", "The clinic read it on Monday.", "Read beside NG245."):
        assert words in page
    assert Confirmation.objects.count() == 1
    assert signed_in(curator).post(CONFIRM, sent()).status_code == 302


def test_a_new_edition_is_looked_at_before_it_is_confirmed(signed_in, curator, asthma, sent):
    typed = sent()
    publish(asthma.start_draft(by=curator), loop="single", reason="The dose changed.")
    response = signed_in(curator).post(CONFIRM, typed)
    assert response.status_code == 409
    assert b"edition 2" in response.content


def test_withdrawn_guidance_is_neither_confirmed_nor_extended(signed_in, curator, asthma, sent):
    stale = Guidance.objects.get(pk=asthma.pk)
    asthma.withdraw(by=curator, why="Replaced by the network's.")
    for address in (CONFIRM, EXTEND):
        assert signed_in(curator).post(address, sent()).status_code == 403
    with pytest.raises(Conflict):
        stale.confirm(by=curator, why="Read.", next_due=months(12))
    assert not Confirmation.objects.exists()


@pytest.mark.browser
def test_an_owner_confirms_in_the_browser(page, sign_in, accessible, curator, asthma):
    with clock.at(clock.today() - datetime.timedelta(days=400)):
        asthma.confirm(by=curator, why="Read.", next_due=months(12))
    sign_in(curator)
    page.goto(asthma.get_absolute_url())
    page.get_by_role("link", name="Confirm that it is still correct").click()
    page.get_by_role("button", name="Confirm").click()
    for _ in ("with errors", "filled in"):
        accessible(page)
        page.get_by_label("How do you know that it is still correct?").fill("Read beside NG245.")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("Confirmed as still correct.").wait_for()
    expect(page.get_by_text("Review overdue").first).to_be_hidden()
