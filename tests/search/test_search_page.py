"""The search page, as people see it."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from knowledge.models import Guidance
from nhs_learning.people.models import Service
from nhs_learning.record.models import SearchEntry


@pytest.fixture
def ask(signed_in, followed):
    """``ask(nurse, "asthma", kind="guidance")``: the page as text. Nobody named: not signed in."""

    def page(user, words, **choices) -> str:
        from django.test import Client

        client = signed_in(user) if user else Client()
        response = client.get("/search/", {"q": words, **choices})
        assert response.status_code == 200
        return response.content.decode()

    return page


def test_a_recommendation_is_found_on_its_own_and_leads_to_its_place(ask, followed, nurse, asthma):
    followed()
    text = ask(nurse, "magnesium", kind="statement")
    assert 'href="/guidance/znb/acute-asthma-in-adults/#s2">Recommendation 1.2: Acute asthma in adults</a>' in text
    assert "Consider <mark>magnesium</mark> sulphate." in text


def test_a_stranger_and_the_public_find_what_is_meant_for_them(ask, followed, nurse, stranger, curator, asthma):
    followed()
    assert "Acute asthma" not in ask(stranger, "asthma") + ask(None, "asthma")
    asthma.describe(by=curator, audience="public")
    followed()
    assert "<strong>Northbridge University Hospitals</strong>" in ask(None, "asthma")
    assert "<strong>Northbridge University Hospitals</strong>" in ask(stranger, "asthma")
    assert "<strong>Northbridge University Hospitals</strong>" not in ask(nurse, "asthma")


def test_where_two_trusts_are_found_each_service_says_whose_it_is(ask, followed, nurse, stranger, southgate, asthma):
    followed()
    assert "Respiratory, Northbridge" not in ask(nurse, "asthma")
    chest = Service.open(by=None, trust=southgate, name="Respiratory", slug="respiratory")
    theirs = Guidance.begin(by=stranger, service=chest, kind="guideline", title="Asthma at home", audience="network")
    theirs.adopt(by=stranger)
    followed()
    page = ask(nurse, "asthma")
    assert "Respiratory, Northbridge University Hospitals" in page
    assert "Respiratory, Southgate General" in page


def test_the_second_lock_holds_where_the_index_lags(ask, followed, nurse, asthma):
    """The index still says that the whole trust may read it; the database no longer does."""
    followed()
    Guidance.objects.update(audience="private")
    text = ask(nurse, "asthma")
    assert "Acute asthma" not in text
    assert "Nothing found" in text


def test_the_second_lock_knows_at_once_that_a_nurse_left_the_service(ask, followed, nurse, curator, services, asthma):
    asthma.describe(by=curator, audience="service")
    followed()
    assert "Acute asthma" in ask(nurse, "asthma")
    nurse.give_up(services.respiratory, role="reader", by=curator)
    assert "Acute asthma" not in ask(nurse, "asthma")


def test_what_search_does_not_know_how_to_show_is_not_shown(ask, followed, nurse):
    SearchEntry.put([{"kind": "moon", "subject_id": 1, "title": "Moonlight", "audience": ["public"]}])
    followed()
    assert "Nothing found" in ask(nurse, "moonlight")


def test_found_text_is_shown_as_text(ask, followed, curator, services, nurse):
    draft = Guidance.begin(by=curator, service=services.medicine, kind="policy", title="<i>Scripts</i> & dressings")
    draft.edit(by=curator, summary="`<script>alert(1)</script>` dressings", body="x")
    draft.say(number="1", text="Never run `<script>alert(2)</script>` on dressings.")
    draft.adopt(by=curator)
    followed()
    text = ask(nurse, "<script> dressings")
    assert "alert(1)" in text
    assert "alert(2)" in text
    assert "<script>alert" not in text
    assert "<i>" not in text


def test_what_is_typed_is_shown_back_as_text(ask, followed, nurse, asthma):
    followed()
    assert "<b>asthma" not in ask(nurse, '"><b>asthma</b>', topic='"><b>asthma')


def test_an_index_damaged_beneath_its_readers_is_being_prepared(signed_in, followed, folder, nurse, asthma):
    followed()
    client = signed_in(nurse)
    assert client.get("/search/", {"q": "asthma"}).status_code == 200
    for path in [path for end in ("store", "idx", "fast") for path in folder.rglob(f"*.{end}")]:
        with path.open("r+b") as file:
            file.write(b"\xff" * path.stat().st_size)
    answer = client.get("/search/", {"q": "oxygen"})
    assert answer.status_code == 503
    assert "being prepared" in answer.content.decode()


def test_withdrawn_and_overdue_are_said(ask, followed, curator, nurse, asthma):
    asthma.confirm(by=curator, why="Checked.", next_due=datetime.date(2020, 1, 31))
    followed()
    assert "Review overdue" in ask(nurse, "asthma", kind="guidance")
    asthma.withdraw(by=curator, why="Superseded.")
    followed()
    assert "Nothing found" in ask(nurse, "asthma")
    assert "nhsuk-tag--red" in ask(nurse, "asthma", status="withdrawn", kind="guidance")


def test_each_choice_can_be_taken_back_alone(ask, followed, nurse, services, asthma):
    followed()
    text = ask(nurse, "asthma", kind="guidance", service=services.respiratory.pk)
    assert 'class="app-chosen__one" href="?q=asthma&amp;kind=guidance"' in text
    assert f'class="app-chosen__one" href="?q=asthma&amp;service={services.respiratory.pk}"' in text


def test_nothing_found_and_nothing_typed_say_what_to_do_next(ask, followed, nurse, asthma):
    followed()
    assert "Type a word or two" in ask(nurse, "")
    nothing = ask(nurse, "asthma", subkind="policy")
    assert "Nothing found" in nothing
    assert 'href="?q=asthma">Search again in everything' in nothing
    assert "Sign in</a>: without signing in" in ask(None, "asthma")


def test_what_somebody_else_put_into_their_address_is_not_in_the_way_to_sign_in(ask, followed, asthma):
    followed()
    assert "alice" not in ask(None, "asthma", from_whom="alice")
    assert "alice" not in ask(None, "asthma")
    assert "?next=/search/%3Fq%3Dasthma" in ask(None, "asthma")


@pytest.fixture
def many(curator, services) -> None:
    for number in range(25):
        draft = Guidance.begin(by=curator, service=services.surgery, kind="policy", title=f"Dressings {number}")
        draft.say(number="1", text="Change dressings daily.")
        draft.adopt(by=curator)


def test_results_come_in_pages_of_twenty(ask, followed, nurse, many):
    followed()
    first, last = ask(nurse, "dressings"), ask(nurse, "dressings", page=3)
    assert "50 results" in first
    assert "Page 2 of 3" in first
    assert first.count('class="app-hit ') + first.count('class="app-hit"') == 20
    assert last.count('class="app-hit ') + last.count('class="app-hit"') == 10
    assert "Page 2 of 3" in last
    assert 'rel="next"' not in last
    assert ask(nurse, "dressings", page=9) == ask(nurse, "dressings", page=3)


def test_the_page_asks_few_questions_of_the_database_however_much_there_is(signed_in, followed, nurse, many, asthma):
    followed()
    client = signed_in(nurse)
    client.get("/search/", {"q": "dressings"})
    with CaptureQueriesContext(connection) as queries:
        text = client.get("/search/", {"q": "asthma magnesium daily"}).content.decode()
    assert len(queries) <= 6 + 2, [query["sql"] for query in queries]
    assert "Guideline ·" in text
    assert "Recommendation ·" in text


@pytest.mark.browser
def test_a_nurse_searches_narrows_and_opens_a_recommendation(
    page, sign_in, accessible, nurse, followed, asthma, framework
):
    followed()
    sign_in(nurse)
    page.goto("/")
    page.get_by_label("Search guidance, routines, insights and people").fill("asthma oxygen care")
    page.locator("main").get_by_role("button", name="Search").click()
    accessible(page)
    page.get_by_role("link", name="Recommendations and standards").click()
    expect(page.get_by_role("link", name="Remove: Recommendations and standards")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Recommendation 1.1: Acute asthma in adults").click()
    expect(page.locator("#s1")).to_contain_text("Offer oxygen")


@pytest.mark.browser
def test_pages_without_results_are_accessible_too(page, sign_in, accessible, nurse, followed, asthma):
    followed()
    sign_in(nurse)
    for address in ("/search/", "/search/?q=zebra", "/search/?q=asthma&subkind=policy"):
        page.goto(address)
        accessible(page)
