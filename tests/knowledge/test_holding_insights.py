"""Insights found, taken away, handed on, and asked about once a year."""

from __future__ import annotations

import csv
import datetime
import io
import re
from xml.etree import ElementTree

import pytest
from django.db import transaction
from playwright.sync_api import expect

from knowledge.models import Conflict, Insight, Topic
from knowledge.tasks import ask_what_is_true
from nhs_learning.people.models import Notice
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from tests.knowledge.telling import TOLD, sent, tell, titles


@pytest.fixture
def tip(nurse, services, asthma) -> Insight:
    return tell(by=nurse, service=services.respiratory, guidance=asthma, relation="explains")


@pytest.fixture
def inhalers(curator) -> Topic:
    return Topic.enter(by=curator, name="Inhalers")


def said_to(user) -> list[str]:
    return list(Notice.objects.filter(to=user).values_list("words", flat=True))


# Topics


def test_the_form_begins_with_the_topics_of_the_guidance(nurse, asthma, inhalers, signed_in, curator, services):
    asthma.describe(by=curator, topics=[inhalers])
    client = signed_in(nurse)
    page = client.get(f"/insights/new/?guidance={asthma.pk}").text
    assert re.search(rf'name="topics" type="checkbox" value="{inhalers.pk}" checked', page)
    about = {"relation": "explains", "statement": "", "topics": [inhalers.pk]}
    client.post(f"/insights/new/?guidance={asthma.pk}", sent(services, share="yes", **about))
    assert list(Insight.objects.get().topics.all()) == [inhalers]


def test_she_finds_the_guidance_that_it_is_about_and_may_do_so_later(nurse, asthma, services, signed_in):
    client = signed_in(nurse)
    assert f'href="?guidance={asthma.pk}"' in client.get("/insights/new/?about=asthma").text
    assert "Nothing in force here is called “zebra”" in client.get("/insights/new/?about=zebra").text
    insight = Insight.begin(by=nurse, service=services.respiratory)
    about = {"relation": "extends", "statement": ""}
    client.post(f"{insight.get_absolute_url()}write/?guidance={asthma.pk}", sent(services, **about))
    insight.refresh_from_db()
    assert (insight.guidance, insight.relation) == (asthma, "extends")


def test_an_error_in_what_is_folded_away_opens_it(nurse, services, signed_in):
    page = signed_in(nurse).post("/insights/new/", sent(services, service="nowhere", share="yes"))
    assert page.status_code == 422
    assert '<details class="nhsuk-details" open>' in page.content.decode()


# The list


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["Ring the ward", "Spacer"]),
        ("?topic=inhalers", ["Spacer"]),
        ("?kind=story", ["Ring the ward"]),
        ("?service=medicine", ["Spacer"]),
        ("?service=nowhere", []),
        ("?mine=1", ["Spacer"]),
        ("?order=helpful", ["Spacer", "Ring the ward"]),
        ("?kind=poem&order=upside-down&page=9", ["Ring the ward", "Spacer"]),
    ],
)
def test_a_nurse_narrows_the_list(asked, found, nurse, registrar, services, inhalers, signed_in):
    spacer = tell(by=nurse, service=services.respiratory, title="Spacer", topics=[inhalers])
    tell(by=registrar, service=services.surgery, title="Ring the ward", kind="story")
    spacer.thank(by=registrar, how="He could speak.")
    page = signed_in(nurse).get(f"/insights/{asked}")
    assert titles(page) == found
    assert ("helped 1 colleague" in page.content.decode()) == ("Spacer" in found)


def test_what_she_has_not_shared_comes_first_and_to_her_alone(nurse, registrar, services, signed_in):
    Insight.begin(by=nurse, service=services.respiratory, title="Half a thought")
    assert "Half a thought" in signed_in(nurse).get("/insights/").content.decode()
    for address in ("/insights/", "/insights/?mine=1", "/insights.csv?mine=1", "/insights/feed/?mine=1"):
        response = signed_in(registrar).get(address)
        said = b"".join(response.streaming_content) if response.streaming else response.content
        assert b"Half a thought" not in said, address


def test_she_takes_the_list_away_and_no_spreadsheet_counts_it(tip, nurse, registrar, services, signed_in):
    tip.thank(by=registrar, how="Well.")
    tell(by=registrar, service=services.surgery, title="=HYPERLINK(1)", audience="service")
    response = signed_in(nurse).get("/insights.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert [(row["Title"], row["Told by"], row["Helped"]) for row in rows] == [(tip.title, "Nurse", "1")]
    assert rows[0]["About"] == "Acute asthma in adults"
    hers = b"".join(signed_in(registrar).get("/insights.csv").streaming_content).decode()
    assert "'=HYPERLINK(1)" in hers


def test_a_feed_tells_of_the_newest_that_she_may_read(tip, nurse, stranger, signed_in):
    tip.edit(by=nurse, seen=0, practice="Pasted from\x0bWord.")
    feed = ElementTree.fromstring(signed_in(nurse).get("/insights/feed/").content)
    titles = [one.text for one in feed.iter("{http://www.w3.org/2005/Atom}title")]
    assert titles == ["What colleagues have learned", tip.title]
    assert tip.title not in signed_in(stranger).get("/insights/feed/").content.decode()


def test_a_long_list_asks_the_database_no_more(nurse, services, inhalers, signed_in, django_assert_max_num_queries):
    for number in range(30):
        tell(by=nurse, service=services.respiratory, title=f"Tip {number}", topics=[inhalers])
    client = signed_in(nurse)
    client.get("/account/")
    with django_assert_max_num_queries(11):
        assert len(titles(client.get("/insights/?page=1&topic=inhalers&service=medicine"))) == 25


# Handed on


def test_a_nurse_hands_hers_on_and_whoever_gets_it_is_told(tip, nurse, registrar, signed_in):
    client, address = signed_in(nurse), f"{tip.get_absolute_url()}hand-on/"
    found = client.post(address, {"to_words": "registr", "instead": "yes", "find": "find"})
    assert "Registrar" in found.content.decode()
    client.post(address, {"to_words": "", "to": registrar.pk, "instead": "yes"})
    assert list(tip.holders.all()) == [registrar]
    assert said_to(registrar) == ["Nurse handed on to you “Ask for the spacer first”"]
    assert client.post(address, {"to": registrar.pk, "instead": "yes"}).status_code == 403


def test_two_hold_it_together_and_either_may_step_back(tip, nurse, registrar, person):
    tip.hand_on(by=nurse, to=registrar, instead=False)
    assert set(tip.holders.all()) == {nurse, registrar}
    tip.hand_on(by=nurse, to=person("midwife"))
    assert {one.name for one in tip.holders.all()} == {"Registrar", "Midwife"}


def test_nobody_gets_it_who_is_not_here_or_holds_it(tip, nurse, registrar, stranger, signed_in):
    registrar.leave(by=None)
    for somebody in (nurse, registrar, stranger):
        with pytest.raises(Conflict, match=r"is not here|holds it already"), transaction.atomic():
            tip.hand_on(by=nurse, to=somebody)
    page = signed_in(nurse).post(f"{tip.get_absolute_url()}hand-on/", {"to_words": "Registrar", "instead": "yes"})
    assert "Nobody here is called “Registrar”" in page.content.decode()


def test_once_all_have_left_the_lead_finds_a_holder_and_it_goes_on_saying_who_told_it(
    tip, nurse, registrar, lead, administrator, signed_in
):
    address = f"{tip.get_absolute_url()}hand-on/"
    assert signed_in(lead).get(address).status_code == 403
    nurse.say_leaving(by=nurse, on=clock.today() + datetime.timedelta(days=30))
    assert "It goes on saying who told it" in signed_in(lead).get(address).content.decode()
    assert signed_in(administrator).get(address).status_code == 403
    signed_in(lead).post(address, {"to_words": "registrar"})
    assert set(tip.holders.all()) == {nurse, registrar}
    assert signed_in(lead).get(address).status_code == 403


# Still true?


@pytest.fixture
def old(nurse, services) -> Insight:
    with clock.at(clock.now() - datetime.timedelta(days=366)):
        return tell(by=nurse, service=services.respiratory)


def test_its_holder_is_asked_once_a_year_and_her_word_is_kept(old, nurse, registrar, signed_in):
    ask_what_is_true()
    ask_what_is_true()
    assert said_to(nurse) == ["Is it still true? “Ask for the spacer first”"]
    assert "Ask before you rely on it." in signed_in(registrar).get(old.get_absolute_url()).content.decode()
    client = signed_in(nurse)
    assert "Yes, still true" in client.get(old.get_absolute_url()).content.decode()
    assert "your insight; asked on" in client.get("/").content.decode()
    assert signed_in(registrar).post(f"{old.get_absolute_url()}still-true/").status_code == 403
    client.post(f"{old.get_absolute_url()}still-true/")
    old.refresh_from_db()
    assert (old.still_true_on, old.asked_on) == (clock.today(), None)
    assert "your insight; asked on" not in client.get("/").content.decode()


def test_whoever_changes_it_has_said_what_is_true_now(old, nurse):
    old.ask_whether_true()
    old.edit(by=nurse, seen=0, practice="We count to five.")
    assert (old.is_doubtful, old.asked_on) == (False, None)


def test_when_its_holders_have_left_the_lead_is_asked_to_find_another(old, nurse, lead):
    nurse.leave(by=None)
    ask_what_is_true()
    assert said_to(lead) == ["Is it still true? “Ask for the spacer first” Its holders have left: find it a new one."]
    assert Event.objects.about(old)[0].verb == "asked_whether_true"


# Contradicting


def test_an_owner_hears_of_it_also_when_it_comes_to_differ_later(tip, nurse, curator):
    tip.edit(by=nurse, seen=0, relation="contradicts")
    tip.edit(by=nurse, seen=1, why="We counted.")
    assert said_to(curator) == ["Nurse found otherwise than Acute asthma in adults: Ask for the spacer first"]


def test_an_owner_who_may_not_read_it_is_told_whom_to_ask(nurse, person, asthma, curator, services):
    surgeon = person("surgeon", role="reader", service=services.surgery)
    asthma.describe(by=curator, owner=surgeon)
    tell(by=nurse, service=services.respiratory, audience="service", guidance=asthma, relation="contradicts")
    notice = Notice.objects.get(to=surgeon)
    assert notice.words == "Nurse found otherwise than Acute asthma in adults, and told Respiratory only. Ask Nurse"
    assert notice.url == asthma.get_absolute_url()


# Asking, and the admin


def test_colleagues_ask_here_and_people_of_other_trusts_by_mail(nurse, registrar, stranger, services, signed_in):
    tip = tell(by=nurse, service=services.respiratory, audience="network")
    asking = f"/ask/?insight={tip.pk}&amp;to={nurse.pk}"
    assert asking in signed_in(registrar).get(tip.get_absolute_url()).content.decode()
    page = signed_in(stranger).get(tip.get_absolute_url()).content.decode()
    assert f"mailto:{nurse.email}" in page
    assert asking not in page
    tip.edit(by=nurse, seen=0, ask_me=False)
    assert "/ask/?insight" not in signed_in(registrar).get(tip.get_absolute_url()).content.decode()


def test_the_admin_lists_what_is_shared_and_changes_nothing(tip, nurse, curator, services, signed_in):
    Insight.begin(by=nurse, service=services.respiratory, title="Half a thought")
    client, address = signed_in(curator), f"/admin/knowledge/insight/{tip.pk}/change/"
    listed = client.get("/admin/knowledge/insight/").content.decode()
    assert tip.title in listed
    assert "Half a thought" not in listed
    assert client.get(address).status_code == 200
    assert client.get(address.replace("change", "history")).status_code == 200
    assert client.post(address, {"title": "Mine"}).status_code == 403
    assert client.get("/admin/knowledge/insight/add/").status_code == 403


# In a browser


def press(page, key: str, *, until: str) -> None:
    """Press a key until what has the keyboard is called so."""
    for _ in range(60):
        page.keyboard.press(key)
        focused = page.evaluate("(e => e.labels?.[0]?.innerText || e.innerText || '')(document.activeElement)")
        if focused.strip().startswith(until):
            return
    pytest.fail(f"The keyboard never came to {until}")


@pytest.mark.browser
@pytest.mark.parametrize("page", [1280], indirect=True)
def test_a_nurse_shares_what_she_knows_without_a_mouse(page, sign_in, nurse, services):
    sign_in(nurse)
    page.goto("/")
    page.locator("body").press("Escape")
    press(page, "Shift+Tab", until="Insights")
    page.keyboard.press("Enter")
    page.wait_for_url("**/insights/")
    press(page, "Tab", until="Share what you know")
    page.keyboard.press("Enter")
    for label, words in (
        ("What is it about?", TOLD["title"]),
        ("When does it matter?", TOLD["situation"]),
        ("What do you do?", TOLD["practice"]),
        ("Why does it work?", TOLD["why"]),
    ):
        expect(page.get_by_role("heading", name="Share what you know")).to_be_visible()
        press(page, "Tab", until=label)
        page.keyboard.type(words)
    press(page, "Tab", until="Share it")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Shared. Thank you.")).to_be_visible()
    assert Insight.objects.get().state == Insight.State.SHARED
