"""The directory, the page of each person, vouching, and whom to ask beside guidance."""

from __future__ import annotations

import datetime
import re

import pytest
from django.core.cache import caches
from playwright.sync_api import expect

from knowledge import permissions
from knowledge.models import Community, Expertise, Insight, Profile, Topic
from nhs_learning.people.models import Membership, Notice, User
from nhs_learning.record import clock

TOLD = {"situation": "Always.", "practice": "So.", "why": "Because."}


@pytest.fixture
def topic(curator, asthma) -> Topic:
    topic = Topic.enter(by=curator, name="Asthma")
    asthma.describe(by=curator, topics=[topic])
    return topic


@pytest.fixture
def adair(person, services, topic) -> User:
    """A specialist nurse of respiratory, who leads on asthma."""
    adair = person("adair", role="contributor", service=services.respiratory)
    adair.describe(by=None, job_title="Respiratory nurse specialist", profession="Nurse")
    Profile.write(of=adair, seen=0, expertise={topic: "leading"}, reach="Bleep 2214", pattern="Mondays")
    return adair


def listed(page) -> list[str]:
    """The names of a page of the directory."""
    return re.findall(r'class="app-list__title" href="/people/\d+/">([^<]+)<', page.text)


# The directory


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["Adair", "Curator", "Nurse", "Registrar"]),
        ("?q=ada", ["Adair"]),
        ("?q=nurse+special", ["Adair"]),
        ("?q=NURSE", ["Adair", "Nurse"]),
        ("?topic=asthma", ["Adair", "Registrar"]),
        ("?topic=alchemy", []),
        ("?service=respiratory", ["Adair", "Nurse"]),
        ("?service=medicine", ["Adair", "Nurse", "Registrar"]),
        ("?service=alchemy", []),
        ("?profession=Nurse", ["Adair"]),
        ("?topic=asthma&service=respiratory", ["Adair"]),
        ("?q=%00&page=99", ["Adair", "Curator", "Nurse", "Registrar"]),
    ],
)
def test_colleagues_are_found_by_name_topic_service_and_profession(
    asked, found, adair, nurse, registrar, topic, signed_in
):
    Profile.write(of=registrar, seen=0, expertise={topic: "learning"})
    assert listed(signed_in(nurse).get(f"/people/{asked}")) == found


def test_who_has_left_or_is_of_another_trust_is_not_listed(adair, nurse, stranger, topic, signed_in):
    adair.leave(by=None)
    assert "Adair" not in signed_in(nurse).get("/people/").text
    assert listed(signed_in(stranger).get("/people/")) == ["Stranger"]


def test_a_row_says_what_they_know_how_to_reach_them_and_until_when_they_are_away(adair, nurse, signed_in):
    adair.be_away(by=adair, until=clock.today() + datetime.timedelta(days=3))
    with clock.at(clock.now() + datetime.timedelta(days=1)):
        row = signed_in(nurse).get("/people/?q=adair").text
    for words in ("Leads on", "Bleep 2214", "adair@", "Away until", "Respiratory nurse specialist"):
        assert words in row
    with clock.at(clock.now() + datetime.timedelta(days=366)):
        assert "Not confirmed since" in signed_in(nurse).get("/people/?q=adair").text


def test_nobody_found_says_what_to_do(nurse, signed_in):
    page = signed_in(nurse).get("/people/?q=zzz&service=medicine").text
    assert "Nobody is found by all of these together" in page
    assert "Show everybody" in page


def test_two_thousand_people_take_as_few_queries_as_two(
    adair, nurse, topic, northbridge, services, signed_in, django_assert_max_num_queries
):
    many = [
        User(email=f"p{n}@northbridge.example", name=f"Person {n}", trust=northbridge, profession="Nurse")
        for n in range(2000)
    ]
    User.objects.bulk_create(many)
    Membership.objects.bulk_create(Membership(user=one, service=services.surgery, role="reader") for one in many)
    Expertise.objects.bulk_create(
        Expertise(user=one, topic=topic, standing="practising", since=clock.today()) for one in many
    )
    client = signed_in(nurse)
    client.get("/account/")
    for address in ("/people/", "/people/?q=person&topic=asthma&service=surgery&profession=Nurse&page=80"):
        with django_assert_max_num_queries(11):
            assert len(listed(client.get(address))) in (25, 1)


# The page of a person


def test_a_colleague_reads_what_to_ask_and_how(adair, nurse, services, signed_in):
    Insight.begin(by=adair, service=services.respiratory, title="Spacers", **TOLD).share(by=adair)
    Insight.begin(by=adair, service=services.surgery, title="Secret", audience="service", **TOLD).share(by=adair)
    Community.begin(by=adair, name="Breathing well", purpose="To learn.")
    page = signed_in(nurse).get(f"/people/{adair.pk}/").text
    for words in ("Leads on it", "Bleep 2214", "Mondays", "Spacers", "Breathing well", "Ask a question"):
        assert words in page, words
    assert "Secret" not in page
    assert f'href="/ask/?to={adair.pk}"' in page


def test_somebody_without_a_profile_has_a_page_and_is_invited_to_fill_it_in(nurse, registrar, signed_in):
    assert "Fill in my profile" in signed_in(nurse).get(f"/people/{nurse.pk}/").text
    page = signed_in(registrar).get(f"/people/{nurse.pk}/").text
    assert "Nurse has not filled in a profile yet" in page
    assert "Respiratory" in page


def test_who_takes_no_questions_is_not_offered(adair, nurse, signed_in):
    Profile.write(of=adair, seen=1, takes_questions=False)
    page = signed_in(nurse).get(f"/people/{adair.pk}/").text
    assert "/ask/" not in page
    assert "Takes no questions at present" in page


def test_a_leaver_is_said_to_have_left_and_is_not_to_be_reached(adair, nurse, signed_in):
    adair.leave(by=None)
    page = signed_in(nurse).get(f"/people/{adair.pk}/").text
    assert "Adair has left" in page
    for words in ("Bleep 2214", "adair@northbridge", "/ask/", "I can vouch"):
        assert words not in page


def test_another_trusts_person_is_not_there(adair, stranger, signed_in):
    assert signed_in(stranger).get(f"/people/{adair.pk}/").status_code == 404


def test_the_way_to_what_somebody_leaves_is_for_those_who_may(adair, nurse, lead, signed_in):
    link = f"/people/{adair.pk}/leaving/"
    assert link in signed_in(lead).get(f"/people/{adair.pk}/").text
    assert link not in signed_in(nurse).get(f"/people/{adair.pk}/").text


def test_the_page_of_a_person_takes_few_queries(adair, nurse, topic, signed_in, person, django_assert_max_num_queries):
    held = adair.expertise.get()
    for n in range(12):
        held.vouch(by=person(f"p{n}"))
        Community.begin(by=adair, name=f"Community {n}", purpose="To learn.")
    client = signed_in(nurse)
    client.get("/account/")
    for address in (f"/people/{adair.pk}/", f"/people/{nurse.pk}/", "/people/me/"):
        with django_assert_max_num_queries(11):
            assert client.get(address).status_code == 200


# Vouching


def test_colleagues_vouch_once_and_take_their_word_back(adair, nurse, registrar, signed_in):
    for colleague in (nurse, registrar, registrar):
        page = signed_in(colleague).post(f"/people/{adair.pk}/vouch/", {"topic": "asthma"}, follow=True)
    assert "You have vouched for this already." in page.text
    assert "2 colleagues vouch" in page.text
    assert "Nurse, Registrar" in page.text
    assert Notice.objects.filter(to=adair).count() == 2
    page = signed_in(nurse).post(f"/people/{adair.pk}/vouch/", {"topic": "asthma", "do": "take_back"}, follow=True)
    assert "A colleague vouches" in page.text


def test_nobody_vouches_for_themselves_or_from_another_trust_or_for_nothing(adair, nurse, stranger, signed_in):
    assert not permissions.may_vouch(adair, adair)
    assert signed_in(adair).post(f"/people/{adair.pk}/vouch/", {"topic": "asthma"}).status_code == 403
    assert signed_in(stranger).post(f"/people/{adair.pk}/vouch/", {"topic": "asthma"}).status_code == 404
    for nonsense in ({}, {"topic": "alchemy"}, {"topic": "\0"}):
        assert signed_in(nurse).post(f"/people/{adair.pk}/vouch/", nonsense).status_code == 404
    assert not adair.expertise.get().vouches.exists()


# Beside guidance


def whom(page) -> str:
    return page.text.split('id="who-to-ask"')[1].split("</section>")[0]


def test_a_guideline_names_whom_to_ask_with_the_reason(adair, nurse, asthma, signed_in):
    panel = whom(signed_in(nurse).get(asthma.get_absolute_url()))
    assert "In your service; leads on Asthma" in panel
    assert "Bleep 2214" in panel
    assert f"/ask/?to={adair.pk}&amp;guidance={asthma.pk}" in panel
    assert "Owns this" in panel
    assert 'href="/people/?topic=asthma"' in panel


def test_an_owner_who_is_away_is_named_as_the_owner_and_who_else_is_away_is_not(
    adair, nurse, curator, asthma, signed_in
):
    for one in (curator, adair):
        one.be_away(by=one, until=clock.today() + datetime.timedelta(days=2))
    caches["pages"].clear()
    panel = whom(signed_in(nurse).get(asthma.get_absolute_url()))
    assert "Owner, away until" in panel
    assert "Adair" not in panel
    assert "/ask/" not in panel


def test_an_owner_who_has_left_is_nobody_to_ask(nurse, curator, lead, asthma, client, signed_in):
    asthma.describe(by=curator, audience="public", deputy=lead)
    curator.leave(by=None)
    caches["pages"].clear()
    panel = whom(signed_in(nurse).get(asthma.get_absolute_url()))
    assert "Its owner has left" in panel
    assert "Deputy for this" in panel
    assert "Curator" not in whom(client.get(asthma.get_absolute_url()))


def test_the_world_and_other_trusts_see_who_answers_for_it_and_nobody_else(
    adair, stranger, curator, asthma, client, signed_in
):
    asthma.describe(by=curator, audience="public")
    for page in (client.get(asthma.get_absolute_url()), signed_in(stranger).get(asthma.get_absolute_url())):
        assert "Curator" in whom(page)
        assert "Adair" not in page.text
        assert "/ask/" not in page.text
    assert "@northbridge" not in client.get(asthma.get_absolute_url()).text


def test_it_stands_beside_what_is_withdrawn_too(adair, nurse, curator, asthma, signed_in):
    asthma.withdraw(by=curator, why="Wrong.", instead="Ask.")
    assert "Adair" in whom(signed_in(nurse).get(asthma.get_absolute_url()))


@pytest.mark.parametrize("what", ["asthma", "framework"])
@pytest.mark.parametrize("who", ["nurse", "lead", "registrar"])
def test_the_guidance_page_with_it_takes_few_queries_also_when_nothing_is_kept(
    what, who, request, adair, signed_in, django_assert_max_num_queries
):
    guidance, reader = request.getfixturevalue(what), request.getfixturevalue(who)
    client, address = signed_in(reader), guidance.get_absolute_url()
    client.get(address)  # what was last read is written once
    caches["pages"].clear()
    with django_assert_max_num_queries(11):
        assert client.get(address).status_code == 200


# In a browser


@pytest.mark.browser
def test_a_nurse_finds_whom_to_ask_and_vouches_for_her(page, sign_in, nurse, adair, person, services, accessible):
    adair.be_away(by=adair, until=clock.today() + datetime.timedelta(days=3))
    for n in range(30):
        person(f"long-name-of-a-colleague-{n}" + "x" * 40, role="reader", service=services.surgery)
    sign_in(nurse)
    page.goto("/people/")
    accessible(page)
    page.get_by_label("Part of a name or job title").fill("respiratory")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_text("1 colleague", exact=False).first).to_be_visible()
    page.get_by_role("link", name="Adair", exact=True).click()
    accessible(page)
    page.get_by_role("button", name="I can vouch for that").click()
    expect(page.get_by_text("A colleague vouches")).to_be_visible()
    accessible(page)
    page.goto(f"/people/{nurse.pk}/")
    accessible(page)
    page.goto("/people/?q=zzz")
    accessible(page)


@pytest.mark.browser
def test_beside_a_guideline_a_nurse_sees_whom_to_ask(page, sign_in, nurse, adair, asthma, accessible):
    sign_in(nurse)
    page.goto(asthma.get_absolute_url())
    expect(page.get_by_text("In your service; leads on Asthma")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Find others who know").click()
    expect(page.get_by_role("heading", name="who may be asked about Asthma", exact=False)).to_be_visible()
