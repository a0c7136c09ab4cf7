"""Questions: asked of somebody, answered, passed on, closed, and between those in it unless they said otherwise."""

from __future__ import annotations

import datetime

import pytest
from django.db import DatabaseError, transaction

from knowledge import permissions
from knowledge.models import Community, Conflict, Conversation, Insight, Lesson, Profile, Topic
from knowledge.tasks import offer_next_person
from nhs_learning.people.models import Notice, User
from nhs_learning.record import clock
from nhs_learning.record.models import SearchEntry
from tests.reviews.trying import at_once

MONDAY = datetime.date(2026, 11, 2)


@pytest.fixture
def asked(nurse, registrar) -> Conversation:
    return Conversation.ask(by=nurse, to=registrar, question="When do you use a spacer?")


@pytest.fixture
def champions(curator, nurse, lead) -> Community:
    """A community that the curator facilitates; the lead is a member."""
    community = Community.begin(by=curator, name="Asthma champions", purpose="Better inhaling.")
    community.join(by=lead)
    return community


def fresh(conversation: Conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


def reads(user: User, conversation: Conversation) -> bool:
    return Conversation.objects.visible_to(user).filter(pk=conversation.pk).exists()


def words(user: User) -> list[str]:
    return list(Notice.objects.filter(to=user).values_list("words", flat=True))


def closed(conversation: Conversation) -> Conversation:
    conversation.say(by=conversation.answerer, text="Always in a first attack.")
    conversation.close(by=conversation.asker)
    return conversation


def found_by(user: User, conversation: Conversation) -> bool:
    entry = SearchEntry.objects.filter(kind="conversation", subject_id=conversation.pk, gone=False).first()
    return entry is not None and bool(set(entry.audience) & user.audience_tokens())


def test_a_nurse_asks_and_the_registrar_answers_which_accepts_it_too(asked, nurse, registrar):
    assert words(registrar) == ["Nurse asks you: When do you use a spacer?"]
    asked.say(by=registrar, text="Always in a first attack.")
    assert (asked.state, asked.accepted_by, asked.answered_by) == ("answered", registrar, registrar)
    assert words(nurse) == ["Registrar answered: When do you use a spacer?"]


def test_once_it_is_closed_each_says_what_they_learned_and_may_say_it_anew(asked, nurse, registrar):
    with pytest.raises(Conflict, match="Close it first"):
        asked.learn(by=nurse, text="To ask.")
    closed(asked)
    assert "What did you learn of it? When do you use a spacer?" in words(registrar)
    for text in ("To ask.", "To ask sooner."):
        asked.learn(by=nurse, text=text)
    asked.learn(by=registrar, text="What is unclear.")
    assert sorted(Lesson.objects.values_list("text", flat=True)) == ["To ask sooner.", "What is unclear."]


def test_whoever_is_suggested_is_asked_alone(asked, nurse, registrar, lead):
    asked.pass_on(by=registrar, to=lead, why="She runs the clinic.")
    assert fresh(asked).answerer == lead
    assert reads(lead, asked)
    assert not reads(registrar, asked)
    assert "Registrar suggests Lead for your question: She runs the clinic." in words(nurse)
    with pytest.raises(Conflict, match="Registrar was asked already"):
        fresh(asked).pass_on(by=lead, to=registrar, why="No, him.")


def test_nobody_asks_themselves_or_passes_a_question_to_whoever_asks_it(asked, nurse, registrar):
    with pytest.raises(Conflict, match="That is you"):
        Conversation.ask(by=nurse, to=nurse, question="Why?")
    with pytest.raises(Conflict, match="is the one who asks"):
        asked.pass_on(by=registrar, to=nurse, why="You know.")
    with pytest.raises(DatabaseError, match="not_put_to_oneself"), transaction.atomic():
        Conversation.objects.filter(pk=asked.pk).update(answerer=nurse)


def test_only_the_two_read_it_whatever_others_may_elsewhere(
    asked, nurse, registrar, lead, curator, administrator, facilitator, stranger
):
    others = [lead, curator, administrator, facilitator, stranger]
    for now in (asked, closed(asked)):
        assert [one for one in (nurse, registrar, *others) if reads(one, now)] == [nurse, registrar]
    assert [one for one in (nurse, registrar, *others) if found_by(one, asked)] == [nurse, registrar]
    registrar.leave(by=None)
    assert not reads(registrar, asked)


def test_what_was_asked_openly_is_read_by_the_trust_once_it_is_closed(nurse, registrar, lead, stranger):
    opened = Conversation.ask(by=nurse, to=registrar, question="Spacer?", opened=True)
    opened.say(by=registrar, text="Yes.")
    assert not reads(lead, opened)
    assert not found_by(lead, opened)
    opened.close(by=nurse)
    assert reads(lead, opened)
    assert found_by(lead, opened)
    assert not reads(stranger, opened)
    assert not found_by(stranger, opened)


def test_whoever_answered_keeps_it_between_them_and_nobody_opens_it_again(nurse, registrar, lead):
    opened = closed(Conversation.ask(by=nurse, to=registrar, question="Spacer?", opened=True))
    opened.keep_between_them(by=registrar)
    assert not reads(lead, opened)
    assert not found_by(lead, opened)
    assert not permissions.may_keep_between(nurse, opened)


def test_a_question_to_a_community_is_read_by_its_members_until_they_leave(nurse, champions, lead, curator, registrar):
    asked = Conversation.ask(by=nurse, community=champions, question="Spacer?")
    assert [one for one in (nurse, lead, curator, registrar) if reads(one, asked)] == [nurse, lead, curator]
    assert words(lead) == ["Nurse asks Asthma champions: Spacer?"]
    champions.part_with(by=lead, person=lead)
    assert not reads(lead, asked)
    assert not permissions.may_take(lead, asked)


def test_a_member_takes_what_the_community_was_asked_and_passes_it_on(nurse, champions, lead, registrar):
    asked = Conversation.ask(by=nurse, community=champions, question="Spacer?")
    assert list(Conversation.objects.for_the_taking(lead)) == [asked]
    asked.accept(by=lead)
    assert not Conversation.objects.for_the_taking(lead).exists()
    asked.pass_on(by=lead, to=registrar, why="He was there.")
    assert list(asked.askings.values_list("who__name", "why")) == [("Lead", "He was there."), ("Registrar", "")]


def test_a_member_answers_what_nobody_has_taken_and_so_takes_it(nurse, champions, lead, curator):
    asked = Conversation.ask(by=nurse, community=champions, question="Spacer?")
    asked.say(by=nurse, text="In adults, I mean.")
    asked.say(by=lead, text="Yes.")
    assert (asked.state, asked.answerer) == ("answered", lead)
    assert permissions.may_answer(curator, asked).late


def test_nobody_asks_a_community_that_has_ended(nurse, champions, curator):
    champions.end(by=curator)
    assert not permissions.may_ask_community(nurse, champions)
    with pytest.raises(Conflict, match="has ended"):
        Conversation.ask(by=nurse, community=champions, question="Spacer?")


# No answer


def test_without_an_answer_in_five_working_days_the_next_person_is_offered_once(nurse, registrar, lead, asthma):
    with clock.at(MONDAY):
        asked = Conversation.ask(by=nurse, to=registrar, question="Spacer?", guidance=asthma)
        assert asked.answer_by == datetime.date(2026, 11, 9)
    with clock.at(datetime.date(2026, 11, 9)):
        offer_next_person()
        assert not words(nurse)
        assert not permissions.may_ask_next(nurse, asked)
    with clock.at(datetime.date(2026, 11, 10)):
        offer_next_person()
        offer_next_person()
        assert words(nurse) == ["No answer yet. Ask Curator? Spacer?"]  # who owns the guideline
        assert words(registrar)[0] == "Nurse still waits for you: Spacer?"
        assert permissions.may_ask_next(nurse, fresh(asked))
        fresh(asked).ask_next(by=nurse, to=lead)
        assert fresh(asked).answer_by == datetime.date(2026, 11, 17)
        assert not permissions.may_ask_next(nurse, fresh(asked))
    assert words(registrar)[0] == "Nurse asks somebody else now, so you need not answer: Spacer?"
    assert not reads(registrar, asked)


def test_bank_holidays_are_no_working_days(nurse, registrar):
    with clock.at(datetime.date(2026, 12, 23)):
        asked = Conversation.ask(by=nurse, to=registrar, question="Spacer?")
    assert asked.answer_by == datetime.date(2027, 1, 4)


def test_when_whoever_was_asked_goes_away_or_leaves_somebody_else_is_asked_at_once(asked, nurse, registrar, lead):
    assert not permissions.may_ask_next(nurse, asked)
    registrar.be_away(by=registrar, until=clock.today())
    assert permissions.may_ask_next(nurse, fresh(asked))
    registrar.be_back(by=registrar)
    assert not permissions.may_ask_next(nurse, fresh(asked))
    registrar.leave(by=None)
    fresh(asked).ask_next(by=nurse, to=lead)
    assert fresh(asked).answerer == lead


def test_who_is_away_or_takes_no_questions_is_not_asked_and_the_next_is_named(nurse, registrar, lead, curator):
    topic = Topic.enter(by=curator, name="Asthma")
    for one in (registrar, lead):
        Profile.write(of=one, seen=0, expertise={topic: "leading"})
    until = clock.today()
    registrar.be_away(by=registrar, until=until)
    verdict = permissions.may_ask(nurse, registrar)
    assert verdict.reason == f"Registrar is away until {until.day} {until:%B %Y}. You could ask Lead."
    Profile.write(of=lead, seen=1, takes_questions=False)
    verdict = permissions.may_ask(nurse, lead)
    assert verdict.reason == "Lead takes no questions at the moment. Please ask somebody else."


# An insight of it


def test_the_two_make_one_insight_of_it_that_both_hold(asked, nurse, registrar, services):
    closed(asked)
    insight = asked.make_insight(by=nurse, service=services.respiratory)
    assert asked.make_insight(by=registrar, service=services.medicine) == insight
    assert set(insight.holders.all()) == {nurse, registrar}
    assert (insight.title, insight.practice) == ("When do you use a spacer?", "Always in a first attack.")
    assert insight.state == Insight.State.DRAFT


# Two at once


@pytest.mark.django_db(transaction=True)
def test_two_members_take_a_question_at_once_and_the_second_is_told_who_was_quicker(nurse, champions, lead, curator):
    asked = Conversation.ask(by=nurse, community=champions, question="Spacer?")
    one, other = fresh(asked), fresh(asked)
    gave = at_once(lambda: one.accept(by=lead), lambda: other.accept(by=curator))
    (conflict,) = [met for met in gave if met is not None]
    assert str(conflict) == f"Somebody was quicker: {fresh(asked).answerer} will answer it."
    assert asked.askings.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_member_answers_while_another_takes_it_and_one_of_them_is_told(nurse, champions, lead, curator):
    asked = Conversation.ask(by=nurse, community=champions, question="Spacer?")
    one, other = fresh(asked), fresh(asked)
    gave = at_once(lambda: one.say(by=lead, text="Yes."), lambda: other.accept(by=curator))
    assert sum(isinstance(met, Conflict) for met in gave) == 1
    now = fresh(asked)
    assert (now.answerer, now.messages.count()) in [(lead, 1), (curator, 0)]


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_comes_while_the_question_is_taken_back_is_there_or_refused(asked, nurse, registrar):
    one, other = fresh(asked), fresh(asked)
    gave = at_once(lambda: one.say(by=registrar, text="Always."), lambda: other.withdraw(by=nurse))
    assert sum(isinstance(met, Conflict) for met in gave) == 1
    now = fresh(asked)
    assert (now.state, now.messages.count()) in [("answered", 1), ("withdrawn", 0)]


@pytest.mark.django_db(transaction=True)
def test_two_who_make_an_insight_at_once_make_one(asked, nurse, registrar, services):
    closed(asked)
    one, other = fresh(asked), fresh(asked)
    made = at_once(
        lambda: one.make_insight(by=nurse, service=services.respiratory),
        lambda: other.make_insight(by=registrar, service=services.medicine),
    )
    assert made[0] == made[1]
    assert Insight.objects.count() == 1
