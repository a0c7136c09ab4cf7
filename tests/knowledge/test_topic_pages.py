"""Topics: A to Z, and for each whom to ask, what colleagues have learned, what is in force, what was answered."""

from __future__ import annotations

import pytest

from knowledge.models import Community, Conversation, Guidance, Insight, Profile, Topic

TOLD = {"situation": "Always.", "practice": "So.", "why": "Because."}


@pytest.fixture
def topic(curator, asthma) -> Topic:
    topic = Topic.enter(by=curator, name="Asthma")
    asthma.describe(by=curator, topics=[topic])
    return topic


@pytest.fixture
def full(topic, nurse, registrar, lead, services) -> Topic:
    """With somebody to ask, an insight, a community and an answered question."""
    Profile.write(of=registrar, seen=0, expertise={topic: "leading"}, reach="Bleep 2214")
    Insight.begin(by=registrar, service=services.medicine, title="Spacers", topics=[topic], **TOLD).share(by=registrar)
    Community.begin(by=registrar, name="Breathing well", purpose="To learn.", topics=[topic])
    asked = Conversation.ask(by=nurse, to=registrar, question="Which spacer?", topics=[topic], opened=True)
    asked.say(by=registrar, text="The large one.")
    asked.close(by=nurse)
    return topic


def test_a_topic_shows_all_that_there_is_on_it(full, nurse, signed_in):
    page = signed_in(nurse).get("/topics/asthma/").text
    for words in ("Registrar", "Leads on Asthma", "Bleep 2214", "Spacers", "Acute asthma", "Breathing well"):
        assert words in page, words
    assert "Which spacer?" in page
    assert f'href="/ask/?topic={full.pk}"' in page
    assert f"topic={full.pk}" in page.split("Share what you know")[0]


def test_an_empty_topic_says_how_to_begin(nurse, curator, signed_in):
    Topic.enter(by=curator, name="Wounds")
    page = signed_in(nurse).get("/topics/wounds/").text
    for words in (
        "Nobody has said yet",
        "What would you tell a new colleague",
        "Nothing that you may read",
        "None yet",
    ):
        assert words in page, words
    assert "nothing yet" in signed_in(nurse).get("/topics/").text


def test_what_the_reader_may_not_see_is_neither_shown_nor_counted(
    topic, nurse, registrar, curator, services, signed_in
):
    secret = Guidance.begin(
        by=curator, service=services.surgery, kind="policy", title="Secret rota", audience="private"
    )
    secret.adopt(by=curator)
    secret.guidance.describe(by=curator, topics=[topic])
    about = {"service": services.surgery, "audience": "service", "topics": [topic]}
    Insight.begin(by=curator, title="Secret tip", **about, **TOLD).share(by=curator)
    between = Conversation.ask(by=registrar, to=curator, question="Secret question?", topics=[topic])
    between.say(by=curator, text="Yes.")
    between.close(by=registrar)
    assert "Secret" not in signed_in(nurse).get("/topics/asthma/").text
    counted = signed_in(nurse).get("/topics/").text.split('href="/topics/asthma/"')[1].split("</li>")[0]
    assert "1 piece of guidance" in counted
    assert "insight" not in counted


def test_what_was_learned_about_guidance_on_it_is_shown_once(topic, nurse, services, asthma, signed_in):
    about = {"guidance": asthma, "relation": "explains", "topics": [topic], "title": "Spacers"}
    Insight.begin(by=nurse, service=services.respiratory, **about, **TOLD).share(by=nurse)
    assert signed_in(nurse).get("/topics/asthma/").text.count(">Spacers<") == 1


def test_who_has_left_is_nobody_to_ask(full, nurse, registrar, signed_in):
    registrar.leave(by=None)
    panel = signed_in(nurse).get("/topics/asthma/").text.split('id="who-to-ask"')[1].split("</section>")[0]
    assert "Registrar" not in panel


def test_another_trust_has_the_word_and_nothing_of_ours(full, stranger, signed_in):
    for address in ("/topics/", "/topics/asthma/"):
        page = signed_in(stranger).get(address).text
        for words in ("Registrar", "Spacers", "Acute asthma", "Breathing well", "Which spacer?"):
            assert words not in page, words


def test_no_such_topic_is_not_found(nurse, signed_in):
    assert signed_in(nurse).get("/topics/alchemy/").status_code == 404


def test_guidance_and_browsing_lead_to_its_topics(topic, nurse, asthma, signed_in):
    assert 'href="/topics/asthma/"' in signed_in(nurse).get(asthma.get_absolute_url()).text
    assert 'href="/topics/asthma/"' in signed_in(nurse).get("/browse/?topic=asthma").text


def test_they_take_few_queries_however_many(full, nurse, registrar, services, signed_in, django_assert_max_num_queries):
    for number in range(60):
        Topic.enter(by=registrar, name=f"Topic {number}")
        told = Insight.begin(by=registrar, service=services.medicine, title=f"Tip {number}", topics=[full], **TOLD)
        told.share(by=registrar)
    client = signed_in(nurse)
    client.get("/account/")
    for address in ("/topics/", "/topics/asthma/"):
        with django_assert_max_num_queries(11):
            assert client.get(address).status_code == 200
    assert "All insights on Asthma" in client.get("/topics/asthma/").text


@pytest.mark.browser
def test_a_nurse_goes_from_a_topic_to_a_colleague(page, sign_in, nurse, full, curator, accessible):
    Topic.enter(by=curator, name="Wounds")
    sign_in(nurse)
    page.goto("/topics/")
    accessible(page)
    page.get_by_role("link", name="Wounds", exact=True).click()
    accessible(page)
    page.goto("/topics/asthma/")
    accessible(page)
    page.get_by_role("link", name="Registrar", exact=True).click()
    accessible(page)
