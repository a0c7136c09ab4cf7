"""What waits for each person, on their home page."""

from __future__ import annotations

import datetime

import pytest
from playwright.sync_api import expect

from nhs_learning.record import clock
from reviews import methods, permissions
from reviews.models import Action, Change, Review
from tests.changing import approve, propose


def begun(guidance, *, by) -> Change:
    draft = guidance.start_draft(by=by)
    draft.edit(by=by, summary="Ask for help sooner.")
    return Change.suggest(by=by, edition=draft)


def sent(guidance, *, by, **more) -> Change:
    change = begun(guidance, by=by)
    propose(change, by=by, **more)
    return change


def review(facilitator, **details) -> Review:
    methods.equip(facilitator.trust)
    method = methods.in_force(facilitator.trust)[0]
    details = {"title": "Late antibiotics", "trigger": "incident", "facilitator": facilitator, **details}
    return Review.begin(by=facilitator, method=method, **details)


@pytest.fixture
def home(signed_in):
    """The home page of somebody, from what waits for them to the next heading; empty where nothing does."""

    def of(user) -> str:
        html = signed_in(user).get("/").content.decode()
        return html.split("Waiting for you")[1].split("<h2")[0] if "Waiting for you" in html else ""

    return of


def test_an_approver_is_told_how_many_wait_and_which_is_the_oldest(home, approver, registrar, asthma, framework):
    with clock.at(clock.today() - datetime.timedelta(days=40)):
        oldest = sent(asthma, by=registrar)
    sent(framework, by=registrar, loop="double")
    html = home(approver)
    assert "2 changes to decide" in html
    assert oldest.reference in html
    assert "Late by" in html
    assert "loop" not in html.lower()


def test_nobody_is_asked_to_decide_on_what_they_wrote_or_decided(home, approver, asthma, framework, registrar):
    sent(asthma, by=approver)
    approve(sent(framework, by=registrar, significance="safety"), approver)
    assert "to decide" not in home(approver)
    assert not Change.objects.waiting_for(approver)


def test_who_decides_finds_what_a_colleague_sent(approver, registrar, asthma):
    """Where columns are empty, "not mine" must still be true."""
    change = sent(asthma, by=registrar)
    assert list(Change.objects.waiting_for(approver)) == [change]
    (seen,) = Change.objects.visible_to(approver)
    assert (seen.i_wrote, seen.i_decided) == (False, False)


def test_a_registrar_is_told_what_was_sent_back_and_what_she_began(home, registrar, approver, asthma, framework):
    back, begun_only = sent(asthma, by=registrar), begun(framework, by=registrar)
    back.decide(by=approver, verdict="send_back", reading="single", fingerprint=back.fingerprint, note="Say how soon.")
    html = home(registrar)
    assert "Sent back to you" in html.split(back.reference)[0]
    assert "You are writing" in html
    assert begun_only.reference in html
    back.withdraw(by=registrar, why="Not needed.")
    assert "Sent back" not in home(registrar)


def test_a_lead_is_told_what_was_read_in_two_ways_and_so_is_nobody_else(
    home, lead, registrar, approver, curator, facilitator, asthma
):
    change = sent(asthma, by=registrar)
    approve(change, approver, reading="double")
    assert change.needs_settling
    assert "Settle which loop it is" in home(lead)
    for other in (registrar, approver, curator, facilitator):
        assert "Settle" not in home(other)
    change.settle(by=lead, loop="single", why="The aim stays.")
    assert "Settle" not in home(lead)


def test_what_the_database_says_is_to_do_is_what_the_permissions_allow(
    lead, registrar, approver, curator, facilitator, nurse, asthma, framework, person, services
):
    chest = person("chest", role="approver", service=services.respiratory)
    approve(sent(asthma, by=registrar), approver, reading="double")
    sent(asthma, by=approver)
    sent(framework, by=lead)
    begun(asthma, by=curator)
    for reader in (lead, registrar, approver, curator, facilitator, nurse, chest):
        duties = {change.reference: change.duty for change in Change.objects.duties_of(reader)}
        for change in Change.objects.all():
            duty = duties.get(change.reference)
            assert (duty == "decide") == bool(permissions.may_decide(reader, change)), (reader, change)
            assert (duty == "settle") == bool(permissions.may_settle(reader, change)), (reader, change)
            assert (duty == "write") == (change.state == "drafting" and change.is_author(reader)), (reader, change)


def test_a_nurse_is_told_of_her_actions_that_are_late_or_soon_due(home, facilitator, nurse):
    held = review(facilitator)
    for days, what in ((-3, "Move the trolley"), (5, "Order kits"), (90, "Write it up")):
        due = clock.today() + datetime.timedelta(days=days)
        Action.agree(by=facilitator, review=held, what=what, owner=nurse, due=due, measure="It is there.")
    html = home(nurse)
    assert "Move the trolley" in html
    assert "Late by 3 days" in html
    assert "Order kits" in html
    assert "Write it up" not in html
    assert "Late antibiotics" not in html


def test_a_facilitator_is_told_which_reviews_are_open_the_first_few_by_name(home, facilitator):
    held = [review(facilitator, title=f"Review {n}") for n in range(5)]
    held[0].close(by=facilitator, learning="We had time.", share_with="Nobody else.")
    html = home(facilitator)
    assert [f"Review {n}" in html for n in range(5)] == [False, True, True, False, False]
    assert "And 2 more that you run" in html


def test_a_nurse_for_whom_nothing_waits_is_shown_nothing_of_it(home, nurse, asthma, registrar):
    sent(asthma, by=registrar)
    assert home(nurse) == ""


def test_it_takes_one_query_for_anybody(
    rf, nurse, approver, lead, facilitator, registrar, asthma, django_assert_max_num_queries
):
    from reviews.views.waiting import waiting_for_you

    held = review(facilitator, participants=[nurse])
    for n in range(6):
        sent(asthma, by=registrar)
        due = clock.today() - datetime.timedelta(days=n)
        Action.agree(by=facilitator, review=held, what=f"Do {n}", owner=nurse, due=due, measure="Done.")
    for reader in (nurse, approver, lead, facilitator, registrar):
        request = rf.get("/")
        request.user = reader
        assert reader.reach
        with django_assert_max_num_queries(1):
            waiting_for_you(request)


def test_the_home_page_takes_at_most_twelve_queries_with_it(
    signed_in, nurse, approver, registrar, asthma, framework, facilitator, django_assert_max_num_queries
):
    sent(asthma, by=registrar)
    review(facilitator)
    for reader in (nurse, approver, registrar, facilitator):
        client = signed_in(reader)
        client.get("/")
        with django_assert_max_num_queries(12):
            client.get("/")


@pytest.mark.browser
def test_an_approver_sees_at_a_glance_what_waits_on_a_desktop_and_on_a_phone(
    page, sign_in, approver, registrar, asthma, accessible, facilitator
):
    sent(asthma, by=registrar)
    due = clock.today() - datetime.timedelta(days=2)
    Action.agree(
        by=facilitator, review=review(facilitator), what="Move the trolley", owner=approver, due=due, measure="Used."
    )
    sign_in(approver)
    page.goto("/")
    expect(page.get_by_role("region", name="Waiting for you").get_by_role("listitem")).to_have_count(2)
    accessible(page)
