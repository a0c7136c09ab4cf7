"""Insights, people, communities and answered questions in the one list, each for those whom it is for."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from knowledge.models import Community, Conversation, Insight, Profile, Topic
from nhs_learning.people.models import Service
from nhs_learning.record import clock
from nhs_learning.record.models import SearchEntry

TOLD = {
    "title": "Ask for the spacer first",
    "situation": "A frightened adult who cannot hold the inhaler still.",
    "practice": "We use a spacer and count the breaths aloud together.",
    "why": "Counting slows them down.",
}


@pytest.fixture
def topic(db) -> Topic:
    return Topic.objects.create(name="Inhalers", slug="inhalers")


@pytest.fixture
def tip(nurse, services, topic) -> Insight:
    insight = Insight.begin(by=nurse, service=services.respiratory, topics=[topic], **TOLD)
    insight.share(by=nurse)
    return insight


@pytest.fixture
def boateng(person, services, topic):
    """A nurse specialist who says what she knows."""
    who = person("Ama.boateng", role="contributor", service=services.respiratory)
    who.describe(by=None, name="Ama Boateng", job_title="Asthma nurse specialist")
    said = {"about": "Ask me about frightened patients.", "reach": "Bleep 2112"}
    Profile.write(of=who, seen=0, expertise={topic: "leading"}, **said)
    return who


@pytest.fixture
def club(registrar, topic) -> Community:
    return Community.begin(by=registrar, name="Breathing club", purpose="We practise with spacers.", topics=[topic])


@pytest.fixture
def answered(registrar, boateng, topic) -> Conversation:
    """Asked by the registrar, answered, closed, open to the trust."""
    asked = Conversation.ask(
        by=registrar, to=boateng, question="Which spacer fits a mask?", opened=True, topics=[topic]
    )
    asked.say(by=boateng, text="The orange one, with its valve towards you.")
    asked.close(by=registrar)
    return asked


@pytest.fixture
def ask(signed_in, followed):
    """``ask(nurse, "spacer")``: the page as text, with the index as it now is."""

    def page(user, words, *, follow: bool = True, **choices) -> str:
        if follow:
            followed()
        response = signed_in(user).get("/search/", {"q": words, **choices})
        assert response.status_code == 200
        return response.content.decode().replace("<mark>", "").replace("</mark>", "")

    return page


def test_each_kind_says_what_a_reader_needs_to_choose(ask, nurse, lead, tip, boateng, club, answered):
    found = ask(lead, "spacer")
    for words in (
        f'href="/insights/{tip.pk}/">Ask for the spacer first</a>',
        "Insight: tip · Respiratory",
        "Told by Nurse · Shared",
        'href="/communities/breathing-club/">Breathing club</a>',
        "Community · 1 member · Anyone may join",
        "Facilitated by Registrar",
        f'href="/conversations/{answered.pk}/">Which spacer fits a mask?</a>',
        "Asked by Registrar · Answered by Ama Boateng · Closed",
    ):
        assert words in found, words
    found = ask(lead, "frightened", kind="person")
    assert f'href="/people/{boateng.pk}/">Ama Boateng</a>' in found
    assert "Person · Asthma nurse specialist · Respiratory" in found
    assert "Leads on it: Inhalers" in found
    assert "How to reach: Bleep 2112" in found


def test_results_narrow_to_one_kind_by_its_name_in_plain_words(ask, lead, tip, boateng, club, answered):
    found = ask(lead, "inhalers")
    for label in ("Insights", "People", "Communities", "Questions"):
        assert f">{label}</a>" in found
    assert "Breathing club" in ask(lead, "inhalers", kind="community")
    assert "Ask for the spacer" not in ask(lead, "inhalers", kind="community")


def test_a_name_finds_its_person_first(ask, nurse, boateng, answered, tip):
    tip.edit(by=nurse, seen=0, situation="As Boateng showed us, and Boateng does.")
    found = ask(nurse, "boateng")
    assert found.index(f"/people/{boateng.pk}/") < found.index(f"/insights/{tip.pk}/")


def test_guidance_comes_before_insights_and_those_before_people(ask, nurse, curator, services, asthma, boateng):
    lesson = Insight.begin(by=curator, service=services.respiratory, **{**TOLD, "title": "Spacers in asthma"})
    lesson.share(by=curator)
    found = ask(nurse, "asthma")
    addresses = [asthma.get_absolute_url(), lesson.get_absolute_url(), f"/people/{boateng.pk}/"]
    places = [found.index(f'href="{address}"') for address in addresses]
    assert places == sorted(places)


def test_what_is_filed_under_a_topic_is_found_by_it_though_it_says_another_word(
    ask, nurse, curator, tip, topic, asthma
):
    asthma.describe(by=curator, topics=[topic])
    found = ask(nurse, "inhalers")
    assert "Ask for the spacer first" in found
    assert asthma.get_absolute_url() in found
    assert "Ask for the spacer first" in ask(nurse, "inhalers", topic="Inhalers")


def test_what_nobody_confirmed_for_a_year_and_who_is_away_is_said(ask, nurse, lead, tip, boateng):
    long_ago = clock.today() - datetime.timedelta(days=400)
    Insight.objects.update(still_true_on=long_ago)
    Profile.objects.update(confirmed_on=long_ago)
    boateng.be_away(by=boateng, until=clock.today())
    assert "Not confirmed for a year" in ask(lead, "spacer", kind="insight")
    found = ask(lead, "boateng", kind="person")
    assert "Not confirmed for a year" in found
    assert "Away until" in found


def test_nothing_of_these_counts_as_overdue(ask, lead, tip, boateng, club, answered):
    assert "Nothing found" in ask(lead, "inhalers", status="overdue")


@pytest.mark.parametrize("kind", ["insight", "community", "conversation", "person"])
def test_what_is_withdrawn_ended_kept_between_two_or_left_is_found_no_more(
    kind, ask, lead, nurse, registrar, boateng, tip, club, answered
):
    assert "Nothing found" not in ask(lead, "inhalers spacer boateng", kind=kind)
    tip.withdraw(by=nurse, why="A newer one is better.")
    club.end(by=registrar)
    answered.keep_between_them(by=boateng)
    boateng.leave(by=None)
    assert "Nothing found" in ask(lead, "inhalers spacer boateng", kind=kind, follow=False)
    assert "Nothing found" in ask(lead, "inhalers spacer boateng", kind=kind)


def test_nothing_of_its_words_stays_behind(nurse, registrar, boateng, tip, club):
    tip.withdraw(by=nurse, why="A newer one is better.")
    club.end(by=registrar)
    boateng.leave(by=None)
    for entry in SearchEntry.objects.filter(kind__in=["insight", "community", "person"]):
        assert (entry.gone, entry.title, entry.text) == (True, "", ""), entry


def test_the_second_lock_holds_where_the_index_lags(ask, lead, tip, boateng, club, answered):
    assert "Which spacer" in ask(lead, "spacer")
    Insight.objects.update(state="draft")
    Community.objects.update(ended_at=clock.now(), ended_by=boateng)
    Conversation.objects.update(opened=False)
    type(boateng).objects.filter(pk=boateng.pk).update(is_active=False)
    SearchEntry.put([{"kind": "moon", "subject_id": 1}])  # so that nothing kept is shown
    assert "Nothing found" in ask(lead, "spacer inhalers boateng", follow=False)


def test_a_question_between_two_is_found_by_these_two_alone(ask, lead, registrar, boateng, answered):
    answered.keep_between_them(by=boateng)
    for one in (registrar, boateng):
        assert "Only the two of you see it" in ask(one, "spacer")
    assert "Which spacer" not in ask(lead, "spacer")


def test_people_and_communities_are_their_trusts_own(ask, client, stranger, tip, boateng, club, answered, followed):
    assert "Nothing found" in ask(stranger, "inhalers spacer boateng")
    assert "Nothing found" in client.get("/search/", {"q": "inhalers spacer boateng"}).content.decode()


def test_an_insight_for_the_network_says_which_trust_tells_it(ask, stranger, nurse, services):
    insight = Insight.begin(by=nurse, service=services.respiratory, audience="network", **TOLD)
    insight.share(by=nurse)
    assert "<strong>Northbridge University Hospitals</strong>" in ask(stranger, "spacer")


def test_the_page_asks_at_most_eleven_questions_with_all_six_kinds_on_it(
    signed_in, followed, lead, tip, boateng, club, answered, asthma, stranger, southgate
):
    chest = Service.open(by=None, trust=southgate, name="Chest", slug="chest")
    elsewhere = Insight.begin(by=stranger, service=chest, audience="network", **TOLD)
    elsewhere.share(by=stranger)
    followed()
    client = signed_in(lead)
    client.get("/search/", {"q": "oxygen"})
    with CaptureQueriesContext(connection) as queries:
        found = client.get("/search/", {"q": "asthma oxygen spacer inhalers frightened breathing"}).content.decode()
    for kind in ("Guideline ·", "Recommendation ·", "Insight:", "Person ·", "Community ·", "Answered question"):
        assert kind in found, kind
    assert "Chest, Southgate General" in found
    assert len(queries) <= 11, [query["sql"][:100] for query in queries]
