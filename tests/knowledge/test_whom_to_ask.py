"""Whom to ask: the nearest colleague who knows, with the reason, and never who is away."""

from __future__ import annotations

import datetime

import pytest

from knowledge.models import Conversation, Insight, Profile, Topic
from knowledge.whom import whom_to_ask
from nhs_learning.record import clock


@pytest.fixture
def asthma_topic(curator, asthma) -> Topic:
    topic = Topic.enter(by=curator, name="Asthma")
    asthma.describe(by=curator, topics=[topic])
    return topic


def knows(person, topic, standing, **said) -> Profile:
    return Profile.write(of=person, seen=0, expertise={topic: standing}, **said)


def names(reader, asthma, topic, **but):
    return [one.name for one in whom_to_ask(reader, guidance=asthma, topics=[topic.pk], **but)]


def test_who_is_of_the_same_service_comes_first_then_by_standing(
    nurse, registrar, person, services, asthma, asthma_topic
):
    specialist = person("adair", role="contributor", service=services.respiratory)
    surgeon = person("surgeon", role="contributor", service=services.surgery)
    pupil = person("pupil", role="reader", service=services.respiratory)
    knows(specialist, asthma_topic, "practising")
    knows(registrar, asthma_topic, "leading")
    knows(surgeon, asthma_topic, "leading")
    knows(pupil, asthma_topic, "learning")
    assert names(nurse, asthma, asthma_topic, most=9) == ["Adair", "Registrar", "Curator", "Surgeon", "Pupil"]
    first = whom_to_ask(nurse, guidance=asthma, topics=[asthma_topic.pk])[0]
    assert first.reasons == ("in your service", "works with Asthma")


def test_who_knows_what_the_title_names_comes_before_who_knows_what_it_touches_on(
    nurse, curator, person, services, asthma, asthma_topic
):
    discharge = Topic.enter(by=curator, name="Discharge")
    clerk = person("clerk", role="contributor", service=services.respiratory)
    specialist = person("adair", role="contributor", service=services.surgery)
    knows(clerk, discharge, "leading")
    knows(specialist, asthma_topic, "practising")
    found = whom_to_ask(nurse, guidance=asthma, topics=[asthma_topic.pk, discharge.pk])
    assert [one.name for one in found] == ["Curator", "Adair", "Clerk"]
    found = whom_to_ask(nurse, topics=[asthma_topic.pk, discharge.pk])
    assert [one.name for one in found] == ["Clerk", "Adair"]


def test_who_is_away_has_left_or_takes_no_questions_is_not_named(
    nurse, registrar, lead, facilitator, asthma, asthma_topic
):
    for one in (registrar, lead, facilitator):
        knows(one, asthma_topic, "leading", takes_questions=one != facilitator)
    registrar.be_away(by=registrar, until=clock.today())
    lead.leave(by=None)
    assert names(nurse, asthma, asthma_topic) == ["Curator"]
    with clock.at(clock.today() + datetime.timedelta(days=1)):
        assert names(nurse, asthma, asthma_topic) == ["Registrar", "Curator"]


def test_nobody_is_told_to_ask_themselves_or_somebody_of_another_trust(curator, stranger, asthma, asthma_topic):
    knows(stranger, asthma_topic, "leading")
    assert names(curator, asthma, asthma_topic) == []
    assert whom_to_ask(stranger, topics=[asthma_topic.pk]) == []


def test_what_two_keep_between_them_tells_nobody_that_there_was_a_question(
    nurse, registrar, lead, asthma, asthma_topic, services
):
    for opened, answerer in ((False, lead), (True, registrar)):
        asked = Conversation.ask(by=nurse, to=answerer, question="Spacer?", guidance=asthma, opened=opened)
        asked.say(by=answerer, text="Yes.")
        asked.close(by=nurse)
    found = {one.name: one.reasons for one in whom_to_ask(nurse, guidance=asthma)}
    assert found == {"Registrar": ("has answered 1 question about it",), "Curator": ("owns this",)}


def test_a_question_about_what_the_guidance_only_touches_on_does_not_count(
    nurse, curator, registrar, asthma, asthma_topic
):
    discharge = Topic.enter(by=curator, name="Discharge")
    for topic in (discharge, asthma_topic):
        asked = Conversation.ask(by=nurse, to=registrar, question="Home?", topics=[topic, discharge], opened=True)
        asked.say(by=registrar, text="Yes.")
        asked.close(by=nurse)
    both = [asthma_topic.pk, discharge.pk]
    assert named(nurse, asthma, both)["Registrar"] == ("has answered 2 questions about it",)
    knows(curator, asthma_topic, "leading")
    assert named(nurse, asthma, both)["Registrar"] == ("has answered 1 question about it",)


def named(reader, guidance, topics):
    return {one.name: one.reasons for one in whom_to_ask(reader, guidance=guidance, topics=topics)}


def test_who_shared_what_they_learned_is_named_unless_they_would_rather_not_be_asked(
    nurse, registrar, lead, asthma, services
):
    told = {"situation": "Always.", "practice": "So.", "why": "Because.", "guidance": asthma, "relation": "explains"}
    for holder, ask_me in ((registrar, True), (lead, False)):
        insight = Insight.begin(by=holder, service=services.medicine, title=f"Of {holder}", ask_me=ask_me, **told)
        insight.share(by=holder)
    found = {one.name: one.reasons for one in whom_to_ask(nurse, guidance=asthma)}
    assert found["Registrar"] == ("shared “Of Registrar”",)
    assert "Lead" not in found


def test_the_same_for_whatever_many_people_know_it_takes_one_query(
    nurse, person, services, asthma, asthma_topic, django_assert_num_queries
):
    for number in range(12):
        knows(person(f"p{number}", role="reader", service=services.medicine), asthma_topic, "leading")
    assert nurse.reach  # which every page has asked for before
    assert asthma.service
    with django_assert_num_queries(1):
        assert len(whom_to_ask(nurse, guidance=asthma, topics=[asthma_topic.pk])) == 4
