"""Home, browsing, and what is due for review."""

from __future__ import annotations

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from knowledge.browsing import Browsing
from knowledge.models import Guidance, Topic
from nhs_learning.people.models import Service
from nhs_learning.record import clock
from tests.changing import publish


@pytest.fixture
def adopted(curator, services):
    """Put guidance in force: ``adopted("Oxygen in adults", kind="policy")``."""

    def adopt(title: str, *, kind: str = "policy", service: Service | None = None, **details) -> Guidance:
        draft = Guidance.begin(by=curator, service=service or services.cardiology, kind=kind, title=title, **details)
        draft.adopt(by=curator)
        return draft.guidance

    return adopt


@pytest.fixture
def oxygen(adopted, curator) -> Guidance:
    """A policy of cardiology, on the topic of oxygen."""
    policy = adopted("Oxygen in adults")
    policy.describe(by=curator, topics=[Topic.objects.create(name="Oxygen")])
    return policy


def listed(response) -> list[str]:
    return re.findall(r'class="app-list__title"[^>]*>([^<]+)<', response.text)


def counts(choices) -> dict[str, int]:
    return {choice.value: choice.count for choice in choices}


# Browsing


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", {"Acute asthma in adults", "Oxygen in adults", "Long-term conditions"}),
        ("?service=respiratory", {"Acute asthma in adults", "Long-term conditions"}),  # the framework applies to it
        ("?service=medicine", {"Acute asthma in adults", "Oxygen in adults", "Long-term conditions"}),
        ("?service=surgery", set()),
        ("?kind=policy", {"Oxygen in adults"}),
        ("?topic=oxygen", {"Oxygen in adults"}),
        ("?topic=nonsense", set()),
        ("?topic=%00", {"Acute asthma in adults", "Oxygen in adults", "Long-term conditions"}),
        ("?letter=a", {"Acute asthma in adults"}),
        ("?letter=%25", {"Acute asthma in adults", "Oxygen in adults", "Long-term conditions"}),
        ("?kind=nonsense&page=nonsense", {"Acute asthma in adults", "Oxygen in adults", "Long-term conditions"}),
        ("?service=medicine&kind=guideline&letter=A", {"Acute asthma in adults"}),
    ],
)
def test_a_nurse_narrows_the_list(asked, found, signed_in, nurse, asthma, oxygen, framework):
    assert set(listed(signed_in(nurse).get(f"/browse/{asked}"))) == found


@pytest.mark.parametrize("asked", [{}, {"kind": "policy"}, {"service": "respiratory"}, {"letter": "O"}])
def test_a_count_says_how_long_the_list_would_be(asked, signed_in, nurse, asthma, oxygen, framework):
    browsing = Browsing(nurse, asked)
    offered = {
        "service": browsing.services(),
        "kind": browsing.kinds(),
        "topic": browsing.topics(),
        "letter": browsing.letters(),
    }
    for name, choices in offered.items():
        for choice in choices:
            address = browsing.address(**{name: choice.value})
            assert len(listed(signed_in(nurse).get(f"/browse/{address}"))) == choice.count, (asked, name, choice)


def test_once_a_nurse_narrows_the_list_she_is_not_offered_what_would_leave_nothing(signed_in, nurse, asthma):
    assert "service=surgery" in signed_in(nurse).get("/browse/").text
    narrowed = signed_in(nurse).get("/browse/?letter=A").text
    assert "service=surgery" not in narrowed
    assert "service=respiratory" in narrowed


def test_counts_tell_nobody_of_what_they_may_not_read(nurse, asthma, oxygen, curator):
    oxygen.describe(by=curator, audience="private")
    assert counts(Browsing(nurse, {}).services()) == {"medicine": 1, "cardiology": 0, "respiratory": 1, "surgery": 0}
    assert counts(Browsing(nurse, {}).topics()) == {}


def test_titles_that_begin_with_a_number_stand_together(signed_in, nurse, adopted):
    adopted("48-hour ambulatory ECG")
    assert counts(Browsing(nurse, {}).letters())["0-9"] == 1
    assert listed(signed_in(nurse).get("/browse/?letter=0-9")) == ["48-hour ambulatory ECG"]


def test_a_service_is_introduced_by_its_name_its_lead_and_where_it_stands(
    signed_in, nurse, lead, asthma, oxygen, services
):
    services.respiratory.lead = lead
    services.respiratory.save()
    text = signed_in(nurse).get("/browse/?service=respiratory").text
    assert re.search(r"<h1[^>]*>Respiratory</h1>", text)
    assert "mailto:lead@northbridge.example" in text
    assert 'href="/browse/?service=medicine"' in text
    assert listed(signed_in(nurse).get("/browse/?service=respiratory")) == ["Acute asthma in adults"]


def test_what_other_trusts_share_is_there_when_asked_for_and_labelled(signed_in, stranger, asthma, curator):
    asthma.describe(by=curator, audience="network")
    assert listed(signed_in(stranger).get("/browse/")) == []
    shared = signed_in(stranger).get("/browse/?from=all")
    assert listed(shared) == ["Acute asthma in adults"]
    assert "<strong>Northbridge University Hospitals</strong>" in shared.text


def test_withdrawn_guidance_is_listed_only_when_asked_for(signed_in, nurse, asthma, curator):
    asthma.withdraw(by=curator, why="Replaced.")
    assert listed(signed_in(nurse).get("/browse/")) == []
    shown = signed_in(nurse).get("/browse/?withdrawn=1")
    assert listed(shown) == ["Acute asthma in adults"]
    assert "Withdrawn" in shown.text


def test_a_service_that_is_not_there_is_not_found(signed_in, nurse):
    assert signed_in(nurse).get("/browse/?service=alchemy").status_code == 404
    assert signed_in(nurse).get("/due-for-review/?service=alchemy").status_code == 404


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("", "A curator can begin or import the first piece of guidance."),
        ("?service=surgery", "Nothing that you may read is filed here yet."),
        ("?service=surgery&kind=policy", "Nothing that you may read is filed under all of these together."),
    ],
)
def test_an_empty_list_says_what_to_do(asked, says, signed_in, nurse):
    text = signed_in(nurse).get(f"/browse/{asked}").text
    assert says in text
    assert "Look at what other trusts share, too" in text


def test_a_long_list_comes_in_pages_that_keep_what_was_chosen(signed_in, nurse, adopted):
    for number in range(52):
        adopted(f"Policy {number:02}")
    first = signed_in(nurse).get("/browse/?kind=policy")
    assert len(listed(first)) == 50
    assert "52 pieces of guidance, page 1 of 2" in first.text
    assert "?kind=policy&amp;page=2" in first.text
    assert listed(signed_in(nurse).get("/browse/?kind=policy&page=2")) == ["Policy 50", "Policy 51"]


# What is due


def test_overdue_guidance_names_who_owns_the_delay_and_how_long_it_is(signed_in, nurse, asthma, curator):
    asthma.confirm(by=curator, why="Checked.", next_due=clock.today() - datetime.timedelta(days=20))
    text = signed_in(nurse).get("/due-for-review/").text
    assert "Overdue for 20 days" in text
    assert "owner Curator" in text
    assert listed(signed_in(nurse).get("/due-for-review/?mine=1")) == []
    hers = signed_in(curator).get("/due-for-review/?mine=1&service=medicine")
    assert listed(hers) == ["Acute asthma in adults"]
    assert "you own it" in hers.text


def test_what_is_due_later_than_in_six_months_can_wait(signed_in, nurse, asthma, oxygen, curator):
    asthma.confirm(by=curator, why="Checked.", next_due=clock.today() + datetime.timedelta(days=90))
    oxygen.confirm(by=curator, why="Checked.", next_due=clock.today() + datetime.timedelta(days=400))
    response = signed_in(nurse).get("/due-for-review/")
    assert listed(response) == ["Acute asthma in adults"]
    assert "Due in 3 months" in response.text


def test_what_has_no_review_date_is_counted_and_can_be_listed(signed_in, nurse, asthma, oxygen, curator):
    oxygen.confirm(by=curator, why="Checked.", next_due=clock.today())
    assert "1 more piece of guidance has no review date" in signed_in(nurse).get("/due-for-review/").text
    assert listed(signed_in(nurse).get("/due-for-review/?undated=1")) == ["Acute asthma in adults"]


# Home


def test_home_says_what_changed_and_how(signed_in, nurse, asthma, oxygen, curator):
    publish(asthma.start_draft(by=curator), loop="double", reason="Waiting cost people an hour.")
    response = signed_in(nurse).get("/")
    assert listed(response)[:2] == ["Acute asthma in adults", "Oxygen in adults"]
    assert "Double-loop" in response.text
    assert "We changed what we aim for, or the rules we work by" in response.text
    assert ">New</strong>" in response.text


def test_on_home_ones_own_reviews_come_first(signed_in, curator, nurse, asthma, oxygen):
    asthma.describe(by=curator, owner=nurse)
    asthma.confirm(by=nurse, why="Checked.", next_due=clock.today() + datetime.timedelta(days=30))
    oxygen.confirm(by=curator, why="Checked.", next_due=clock.today() - datetime.timedelta(days=30))
    due = signed_in(nurse).get("/").text.split('id="due"')[1]
    assert due.index("Acute asthma in adults") < due.index("Oxygen in adults")
    assert due.count("Yours") == 1


def test_home_counts_what_a_service_has_beneath_it_and_applying_to_it(signed_in, registrar, asthma, oxygen, framework):
    tiles = signed_in(registrar).get("/").text.split('class="app-tiles"')[1].split("</ul>")[0]
    assert "Medicine" in tiles
    assert "3 pieces of guidance" in tiles


def test_home_with_nothing_in_it_says_what_will_be_there(signed_in, nurse, person):
    text = signed_in(nurse).get("/").text
    assert "Nothing is in force yet." in text
    assert "Nothing is overdue" in text
    assert "You have no role in a single service yet." in signed_in(person("newcomer")).get("/").text


# How much it costs, and for whom


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/", 12),
        ("/browse/", 12),
        ("/browse/?service=medicine&topic=oxygen", 12),
        ("/browse/?service=medicine&topic=oxygen&kind=policy&letter=P", 12),
        ("/due-for-review/", 9),
    ],
)
def test_a_list_costs_the_same_queries_however_long_it_is(address, most, signed_in, nurse, asthma, adopted, curator):
    client = signed_in(nurse)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    oxygen = Topic.objects.create(name="Oxygen")
    for number in range(20):
        policy = adopted(f"Policy {number}")
        policy.confirm(by=curator, why="Checked.", next_due=clock.today())
        policy.describe(by=curator, topics=[oxygen])
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(few) <= len(many) <= most


@pytest.mark.browser
def test_a_nurse_reaches_any_guideline_in_two_clicks(page, sign_in, nurse, asthma, oxygen, accessible):
    sign_in(nurse)
    page.goto("/")
    accessible(page)
    page.get_by_role("link", name=re.compile("^O\\b.*1 title")).click()
    accessible(page)
    page.get_by_role("link", name="Oxygen in adults").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Oxygen in adults")


@pytest.mark.browser
@pytest.mark.parametrize(
    "address", ["/", "/browse/", "/browse/?service=cardiology", "/browse/?service=surgery", "/due-for-review/"]
)
def test_lists_are_for_everybody_and_fit_the_width(address, page, sign_in, nurse, adopted, curator, accessible):
    """Even with a title of 250 letters that has nowhere to break."""
    adopted("Intravenous" + "x" * 239).confirm(by=curator, why="Checked.", next_due=clock.today())
    adopted("Sedation " * 27)
    sign_in(nurse)
    page.goto(address)
    accessible(page)


@pytest.mark.browser
def test_a_phone_unfolds_the_services_without_javascript(browser, live_server, signed_in, nurse, asthma):
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 900}, java_script_enabled=False
    )
    session = signed_in(nurse).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto("/browse/")
    page.get_by_text("Services", exact=True).locator("visible=true").click()
    page.get_by_role("link", name="Respiratory").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Respiratory")
    context.close()
