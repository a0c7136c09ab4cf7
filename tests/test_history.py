"""Reading what guidance said before, what changed and why; and previewing what it may say next."""

from __future__ import annotations

import datetime
import re

import pytest
from django.urls import NoReverseMatch
from playwright.sync_api import expect

from knowledge.models import Guidance
from knowledge.models.last_read import LastRead
from nhs_learning.record import clock
from tests.changing import publish


@pytest.fixture
def asthma(request) -> Guidance:
    """In force since 1 March 2023."""
    with clock.at(datetime.date(2023, 3, 1)):
        return request.getfixturevalue("asthma")


@pytest.fixture
def editions(asthma, curator) -> Guidance:
    """With a second edition and a third, confirmed, and then given longer."""
    with clock.at(datetime.date(2024, 5, 2)):
        second = asthma.start_draft(by=curator)
        second.edit(by=curator, summary="Give oxygen and a bronchodilator. Give magnesium early.")
        second.wordings.filter(number="1.2").update(text="Offer magnesium sulphate early.", strength="offer")
        second.say(number="1.3", text="Ring the outreach nurse.", strength="must")
        publish(second, loop="double", reason="Waiting cost people an hour.")
    asthma.refresh_from_db()
    with clock.at(datetime.date(2024, 6, 3)):
        third = asthma.start_draft(by=curator)
        third.wordings.filter(number="1.1").delete()
        publish(third, loop="single", reason="Oxygen is in a guideline of its own.")
    asthma.refresh_from_db()
    with clock.at(datetime.date(2024, 7, 1)):
        asthma.confirm(by=curator, why="Read against the new evidence.", next_due=datetime.date(2025, 1, 1))
    with clock.at(datetime.date(2025, 1, 5)):
        asthma.extend(by=curator, why="The committee meets in autumn.", next_due=datetime.date(2025, 11, 1))
    return asthma


@pytest.fixture
def read(signed_in, nurse, asthma):
    """What a page beneath the guidance says: ``read("history/")``."""

    def words(path: str, *, by=nurse, status: int = 200) -> str:
        response = signed_in(by).get(asthma.get_absolute_url() + path)
        assert response.status_code == status
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))

    return words


def in_order(text: str, *parts: str) -> bool:
    places = [text.index(part) for part in parts]
    return places == sorted(places)


# History


def test_the_history_tells_in_words_what_happened_the_newest_first(read, editions):
    text = read("history/")
    assert in_order(
        text,
        "The committee meets in autumn.",
        "Read against the new evidence.",
        "Oxygen is in a guideline of its own.",
        "Waiting cost people an hour.",
        "Edition 1 came into force",
    )
    assert "We changed what we aim for, or the rules we work by" in text
    assert "Put in force by Curator" in text
    assert "This was not a review." in text


def test_a_withdrawal_heads_the_history(read, editions, curator):
    editions.withdraw(by=curator, why="The trust now follows the national guideline.")
    text = read("history/")
    assert in_order(text, "The trust now follows the national guideline.", "The committee meets in autumn.")
    assert "In force now" not in text


def test_an_earlier_edition_says_that_it_is_not_in_force(read, editions):
    text = read("edition/1/")
    assert "Earlier edition: not in force" in text
    assert "from 1 March 2023 until 2 May 2024" in text
    assert "Consider magnesium sulphate." in text


def test_the_edition_in_force_says_so(read, editions):
    text = read("edition/3/")
    assert "in force now" in text
    assert "not in force" not in text


def test_an_edition_that_there_never_was_is_not_found(read, editions):
    read("edition/9/", status=404)


# On a day


@pytest.mark.parametrize("asked", ["2024-05-01", "1/5/2024", "1 May 2024"])
def test_what_it_said_on_a_day(read, editions, asked):
    text = read(f"on/?date={asked}")
    assert "On 1 May 2024 this said:" in text
    assert "Consider magnesium sulphate." in text


def test_a_new_edition_counts_from_its_day(read, editions):
    assert "Offer magnesium sulphate early." in read("on/?date=2024-05-02")


def test_before_the_first_edition_nothing_was_in_force(read, editions):
    assert "nothing of it was in force here. Its first edition came into force on" in read("on/?date=2023-02-28")


def test_a_day_to_come_and_a_word_that_is_no_date_get_an_answer(read, editions):
    assert "is still to come" in read("on/?date=2999-01-01")
    assert "“soon” is not a date." in read("on/?date=soon", status=400)
    assert "What did it say on this date?" in read("on/")


# Comparing


def test_the_last_two_editions_are_compared_unless_others_are_asked_for(read, editions):
    text = read("compare/")
    assert "Recommendation 1.1: dropped" in text
    assert "Oxygen is in a guideline of its own." in text


def test_a_reader_sees_what_came_and_what_went(signed_in, nurse, read, editions):
    text = read("compare/?from=1&to=2")
    assert "Recommendation 1.2: reworded, strength changed" in text
    assert "Recommendation 1.3: added" in text
    html = signed_in(nurse).get(editions.get_absolute_url() + "compare/?from=1&to=2").content.decode()
    assert re.search(r"<del>.*Consider", html)
    assert re.search(r"<ins>.*Offer", html)


def test_the_order_in_which_two_editions_are_chosen_does_not_matter(read, editions):
    assert read("compare/?from=3&to=1") == read("compare/?from=1&to=3")


@pytest.mark.parametrize(
    ("asked", "status", "answer"),
    [
        ("?from=1&to=9", 404, "There is no edition 9. The editions go from 1 to 3."),
        ("?from=one&to=2", 404, "There is no edition one."),
        ("?from=2&to=2", 200, "That is the same edition twice."),
    ],
)
def test_a_mistaken_choice_is_explained(read, editions, asked, status, answer):
    assert answer in read(f"compare/{asked}", status=status)


def test_a_first_edition_has_nothing_to_be_compared_with(read, asthma):
    assert "There is only one edition so far" in read("compare/")


# Drafts


@pytest.fixture
def draft(editions, curator):
    draft = editions.start_draft(by=curator)
    draft.edit(by=curator, body="## Escalate\n\nRing early.")
    return draft


def test_those_who_work_on_a_draft_see_it_marked_as_one(read, draft, curator):
    text = read(f"draft/{draft.pk}/", by=curator)
    assert "DRAFT: not in force, do not follow this" in text
    assert "Ring early." in text


def test_the_preview_changes_nothing_in_the_draft(read, draft, curator):
    before = draft.fingerprint(), draft.html
    read(f"draft/{draft.pk}/", by=curator)
    draft.refresh_from_db()
    assert (draft.fingerprint(), draft.html) == before


def test_a_draft_is_compared_with_what_is_in_force(read, draft, curator):
    text = read(f"compare/?draft={draft.pk}", by=curator)
    assert "DRAFT, not in force" in text
    assert "Ring early." in text


@pytest.mark.parametrize("path", ["draft/{}/", "compare/?draft={}"])
def test_readers_do_not_see_drafts(read, draft, registrar, nurse, path):
    for reader in (nurse, registrar):
        read(path.format(draft.pk), by=reader, status=404)


def test_a_draft_of_other_guidance_is_not_found_here(read, draft, framework, curator):
    other = framework.start_draft(by=curator)
    for path in (f"draft/{other.pk}/", f"compare/?draft={other.pk}", "compare/?draft=x"):
        read(path, by=curator, status=404)


def test_a_published_edition_is_not_a_draft(read, editions, curator):
    read(f"draft/{editions.current_id}/", by=curator, status=404)


def test_where_the_admin_has_no_page_for_drafts_nothing_leads_there(draft, monkeypatch):
    from knowledge.views import history

    def nowhere(*_, **__):
        raise NoReverseMatch

    monkeypatch.setattr(history, "reverse", nowhere)
    assert history.admin_address(draft) == ""


def test_before_the_first_edition_its_drafts_are_listed(signed_in, curator, services):
    first = Guidance.begin(by=curator, service=services.surgery, kind="policy", title="Swab counts")
    response = signed_in(curator).get(first.guidance.get_absolute_url())
    assert f"{first.guidance.get_absolute_url()}draft/{first.pk}/" in response.content.decode()


def test_those_who_work_on_it_find_its_drafts_from_the_page(read, signed_in, draft, curator, nurse):
    assert "Draft of" in read("", by=curator)
    assert "Draft of" not in read("", by=nurse)


def test_a_file_of_a_draft_is_for_those_who_see_the_draft(signed_in, draft, curator, nurse):
    chart = draft.attach(name="chart.csv", content=b"a,b", content_type="text/csv")
    assert signed_in(curator).get(chart.get_absolute_url()).status_code == 200
    assert signed_in(nurse).get(chart.get_absolute_url()).status_code == 404


# Who may look back


@pytest.mark.parametrize("path", ["history/", "edition/1/", "compare/?from=1&to=2", "on/?date=2024-05-01"])
def test_the_past_is_open_to_those_to_whom_the_present_is(client, signed_in, stranger, editions, curator, path):
    address = editions.get_absolute_url() + path
    assert client.get(address).status_code == 302
    assert signed_in(stranger).get(address).status_code == 404
    editions.describe(by=curator, audience="public")
    assert client.get(address).status_code == 200
    assert signed_in(stranger).get(address).status_code == 200


def test_a_draft_of_public_guidance_stays_closed(client, signed_in, stranger, draft, curator):
    draft.guidance.describe(by=curator, audience="public")
    address = f"{draft.guidance.get_absolute_url()}draft/{draft.pk}/"
    assert client.get(address).url.startswith("/sign-in/")
    assert client.get(f"{draft.guidance.get_absolute_url()}compare/?draft={draft.pk}").status_code == 404
    assert signed_in(stranger).get(address).status_code == 404


def test_the_history_moves_with_a_renamed_address(signed_in, nurse, editions, curator):
    former = editions.get_absolute_url() + "history/"
    editions.rename(by=curator, slug="asthma-attack")
    response = signed_in(nurse).get(former)
    assert (response.status_code, response.url) == (301, "/guidance/znb/asthma-attack/history/")


# What changed since you last read it


def test_a_reader_is_told_once_what_changed_since_she_last_read_it(read, asthma, curator):
    assert "Changed since you last read it" not in read("")
    draft = asthma.start_draft(by=curator)
    publish(draft, loop="single", reason="The audit found delays.")
    text = read("")
    assert "Changed since you last read it (edition 1)" in text
    assert "The audit found delays. See what changed" in text
    assert "Changed since you last read it" not in read("")


def test_somebody_who_never_read_it_is_told_nothing(read, editions):
    assert "Changed since you last read it" not in read("")


def test_reading_again_writes_nothing(asthma, nurse, django_assert_num_queries):
    LastRead.note(user=nurse, guidance=asthma)
    with django_assert_num_queries(1):
        assert LastRead.note(user=nurse, guidance=asthma) is None


def test_a_reader_who_has_not_signed_in_leaves_no_trace(client, asthma, curator):
    asthma.describe(by=curator, audience="public")
    client.get(asthma.get_absolute_url())
    assert not LastRead.objects.exists()


# In a browser


@pytest.mark.browser
@pytest.mark.parametrize(
    "path", ["", "history/", "edition/1/", "compare/?from=1&to=2", "on/?date=2024-05-01", "on/", "compare/?from=1&to=1"]
)
def test_everybody_can_use_the_pages(page, sign_in, nurse, editions, accessible, path):
    sign_in(nurse)
    page.goto(editions.get_absolute_url() + path)
    accessible(page)


@pytest.mark.browser
def test_everybody_can_use_the_preview_of_a_draft(page, sign_in, curator, draft, accessible):
    sign_in(curator)
    for path in (f"draft/{draft.pk}/", f"compare/?draft={draft.pk}"):
        page.goto(draft.guidance.get_absolute_url() + path)
        accessible(page)


@pytest.mark.browser
def test_a_nurse_looks_back_from_the_page(page, sign_in, nurse, editions):
    sign_in(nurse)
    page.goto(editions.get_absolute_url())
    page.locator("aside").get_by_role("link", name="History").click()
    page.get_by_label("Compare").select_option("1")
    page.get_by_label("with").select_option("3")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Recommendation 1.1: dropped")).to_be_visible()
