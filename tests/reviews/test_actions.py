"""Actions: agreed in a review, seen through by one person, ended with what came of them."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client

from nhs_learning.people.models import Notice
from nhs_learning.record import clock
from reviews.models import Action


def later(days: int = 30) -> str:
    return (clock.today() + datetime.timedelta(days=days)).isoformat()


def said(**more: object) -> dict[str, object]:
    return {"what": "Stock steroids", "owner_words": "", "due": later(), "measure": "Three looks find them.", **more}


@pytest.fixture
def stock(review, registrar, facilitator) -> Action:
    """To be seen through by the registrar."""
    due = clock.today() + datetime.timedelta(days=30)
    return Action.agree(
        by=facilitator, review=review, what="Stock steroids", owner=registrar, due=due, measure="Three looks find them."
    )


def test_an_action_is_agreed_from_a_finding_and_its_owner_is_told(signed_in, registrar, nurse, review):
    finding = review.find(by=registrar, what="No steroids on the ward.", factor="tools")
    address = f"{review.get_absolute_url()}action/?finding={finding.pk}"
    response = signed_in(registrar).post(address, said(owner_words="nurs"))
    action = Action.objects.get()
    assert response.url == f"{review.get_absolute_url()}#follows"
    assert (action.owner, action.finding, action.review) == (nurse, finding, review)
    assert Notice.objects.get(to=nurse, url=action.get_absolute_url()).why == "The action is yours."
    page = signed_in(registrar).get(review.get_absolute_url()).content.decode()
    assert page.count(f'{action.get_absolute_url()}"') == 2  # at its finding, and among the actions


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"what": ""}, "Say what will be done"),
        ({"owner_words": ""}, "Say who sees to it"),
        ({"owner_words": "Florence"}, "Nobody here is called"),
        ({"due": ""}, "Say by when"),
        ({"due": "2020-01-31"}, "That date is past"),
        ({"measure": " "}, "Say how we will know that it worked"),
        ({"what": "Ring 943 476 5919"}, "NHS number"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(typed, told, signed_in, registrar, review):
    sent = said(**{"owner_words": "regi", **typed})
    page = signed_in(registrar).post(f"{review.get_absolute_url()}action/", sent).content.decode()
    assert told in page
    assert sent["what"] in page
    assert not Action.objects.exists()


def test_nothing_is_agreed_in_a_closed_review_or_by_whoever_is_not_in_it(signed_in, facilitator, nurse, review):
    review.close(by=facilitator, learning="We met.", share_with="Nobody else.")
    address = f"{review.get_absolute_url()}action/"
    assert signed_in(nurse).post(address, said()).status_code == 403
    page = signed_in(facilitator).post(address, said(), follow=True).content.decode()
    assert "This review is closed." in page
    assert "In case you need it: Stock steroids; Three looks find them." in page
    assert not Action.objects.exists()


def test_its_owner_ends_it_with_what_came_of_it(signed_in, registrar, stock):
    client = signed_in(registrar)
    page = client.post(stock.get_absolute_url(), {"do": "end", "state": "done", "outcome": ""}).content.decode()
    assert "Say what came of it" in page
    client.post(stock.get_absolute_url(), {"do": "end", "state": "dropped", "outcome": "The pharmacy keeps them."})
    stock.refresh_from_db()
    assert (stock.state, stock.outcome, stock.ended_by) == ("dropped", "The pharmacy keeps them.", registrar)
    page = client.get(stock.get_absolute_url()).content.decode()
    assert "The pharmacy keeps them." in page
    assert "<textarea" not in page


def test_it_is_handed_over_and_the_new_owner_sees_it_but_no_more_of_a_confidential_review(
    signed_in, open_review, registrar, facilitator, nurse
):
    review = open_review(confidentiality="participants", title="In confidence")
    due = clock.today() + datetime.timedelta(days=3)
    action = Action.agree(by=facilitator, review=review, what="Ring them", owner=registrar, due=due, measure="A word")
    assert signed_in(nurse).get(action.get_absolute_url()).status_code == 404
    sent = {"do": "hand_over", "owner": registrar.pk, "owner_words": "nurse", "due": later(9)}
    page = signed_in(registrar).post(action.get_absolute_url(), {**sent, "do": "", "find": "hand_over"})
    assert "Nurse" in page.content.decode()
    signed_in(registrar).post(action.get_absolute_url(), {**sent, "owner": nurse.pk})
    action.refresh_from_db()
    assert (action.owner, action.due.isoformat()) == (nurse, later(9))
    page = signed_in(nurse).get(action.get_absolute_url()).content.decode()
    assert "Ring them" in page
    assert "In confidence" not in page
    assert "Ring them" in signed_in(nurse).get("/reviews/").content.decode()


def test_of_two_who_end_it_the_second_sees_what_the_first_said(signed_in, registrar, facilitator, stock):
    sent = {"do": "end", "state": "done", "outcome": "They are there."}
    stale: Client = signed_in(facilitator)
    stale.get(stock.get_absolute_url())
    signed_in(registrar).post(stock.get_absolute_url(), sent)
    response = stale.post(stock.get_absolute_url(), {**sent, "outcome": "I put them there."})
    assert response.status_code == 409
    for words in ("They are there.", "I put them there."):
        assert words in response.content.decode()
    stock.refresh_from_db()
    assert stock.outcome == "They are there."


def test_whoever_reads_it_only_does_not_end_it(signed_in, nurse, stranger, facilitator, review, stock):
    review.include(nurse, by=facilitator)
    assert "<textarea" not in signed_in(nurse).get(stock.get_absolute_url()).content.decode()
    sent = {"do": "end", "state": "done", "outcome": "Done."}
    assert signed_in(nurse).post(stock.get_absolute_url(), sent).status_code == 403
    assert signed_in(stranger).get(stock.get_absolute_url()).status_code == 404
    stock.refresh_from_db()
    assert stock.state == "open"


def test_a_late_action_says_so(signed_in, registrar, facilitator, review):
    with clock.at(clock.today() - datetime.timedelta(days=60)):
        action = Action.agree(
            by=facilitator, review=review, what="Stock", owner=registrar, due=clock.today(), measure="Look"
        )
    for address in (action.get_absolute_url(), review.get_absolute_url(), "/reviews/"):
        assert "Late" in signed_in(registrar).get(address).content.decode()
