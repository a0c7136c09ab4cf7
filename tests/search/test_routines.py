"""Routines in the one list of what is found, for people of their trust."""

from __future__ import annotations

import pytest

from knowledge.models import Topic
from tests.changing import publish


@pytest.fixture
def ask(signed_in, followed):
    """``ask(nurse, "huddle")``: the page as text, with the index as it now is."""

    def page(user, words, **choices) -> str:
        followed()
        response = signed_in(user).get("/search/", {"q": words, **choices})
        assert response.status_code == 200
        return response.text

    return page


def test_a_nurse_finds_a_routine_by_its_title_and_by_its_steps(huddle, nurse, ask):
    for words in ("breathless huddle", "worries", "charge"):
        page = ask(nurse, words)
        assert 'href="/routines/breathless-huddle/"' in page, words
    assert "Routine: care · Respiratory" in page
    assert "Owner Lead · Edition 1, in force since" in page


def test_the_list_is_narrowed_to_routines_and_to_their_kind(huddle, asthma, nurse, ask):
    page = ask(nurse, "oxygen", kind="routine")
    assert "Breathless" in page
    assert "Acute asthma in adults</a>" not in page
    assert "Care routine" in page
    assert "1 result for" in ask(nurse, "oxygen", subkind="care")


def test_what_needs_checking_is_labelled(huddle, asthma, curator, nurse, ask):
    publish(asthma.start_draft(by=curator), loop="single", reason="An audit found a gap.")
    assert "Needs checking</strong>" in ask(nurse, "breathless")


def test_a_withdrawn_routine_is_found_when_asked_for(huddle, curator, nurse, ask):
    huddle.withdraw(by=curator, why="We have an app now.")
    assert "/routines/breathless-huddle/" not in ask(nurse, "breathless")
    page = ask(nurse, "breathless", status="withdrawn")
    assert "/routines/breathless-huddle/" in page
    assert "Withdrawn</strong>" in page


def test_a_stranger_finds_none(huddle, stranger, client, followed, ask):
    assert "Breathless" not in ask(stranger, "breathless huddle").replace("“breathless huddle”", "")
    assert "Breathless" not in client.get("/search/", {"q": "breathless"}).text


def test_a_routine_is_found_by_a_topic_that_was_given_a_better_word(huddle, curator, lead, nurse, ask):
    topic = Topic.enter(by=curator, name="Wheeze")
    huddle.describe(by=curator, owner=lead, service=huddle.service, topics=[topic])
    topic.rename(by=curator, name="Bronchospasm")
    assert "/routines/breathless-huddle/" in ask(nurse, "bronchospasm")
