"""Sessions: planning by a method, who may come, drawing pairs, writing down how it went, what becomes of what came."""

from __future__ import annotations

import threading
from itertools import combinations

import pytest
from django.db import IntegrityError, connection, transaction

from knowledge import meeting
from knowledge.models import Community, Conflict, Conversation, Session
from nhs_learning.people.models import Notice, User
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from tests.meeting import a_circle, eleven, held, planned, soon


@pytest.fixture
def circle(registrar, nurse) -> Community:
    """The registrar's; the nurse belongs to it."""
    return a_circle(registrar, nurse)


def told(person: User) -> list[str]:
    return [notice.words for notice in Notice.objects.filter(to=person).order_by("pk")]


@pytest.mark.parametrize("kind", meeting.METHODS)
def test_each_method_brings_its_agenda_and_its_minutes(kind, circle):
    session, method = planned(circle, kind=kind), meeting.METHODS[kind]
    assert (session.agenda, session.minutes) == (method.agenda, method.minutes)
    assert all([method.when, method.people, method.asks])


def test_the_members_are_told_of_it_but_not_whoever_plans_it(circle, nurse, registrar):
    session = planned(circle)
    assert told(nurse) == [f"Peer assist on {session.on.day} {session.on:%B}: Blood cultures"]
    assert told(registrar) == []


def test_who_moved_to_another_trust_is_not_told(circle, nurse, southgate):
    nurse.move_to(southgate, by=None)
    planned(circle)
    assert told(nurse) == []


def test_that_a_community_meets_is_seen_by_the_trust_and_by_nobody_else(circle, lead, stranger):
    session = planned(circle)
    assert session in Session.objects.visible_to(lead)
    assert not Session.objects.visible_to(stranger).exists()
    assert not session.includes(lead)


def test_a_harvest_is_for_those_in_it(lead, nurse, registrar, curator, services):
    about = {"service": services.respiratory, "kind": "knowledge_harvest", "harvest_of": nurse, "on": soon()}
    session = Session.plan(by=lead, invited=[registrar], **about)
    assert all(session.includes(person) for person in (lead, nurse, registrar))
    assert told(nurse)
    assert session not in Session.objects.visible_to(curator)
    assert session in Session.objects.of(nurse).to_come()


def test_a_session_is_of_a_community_or_of_a_service(lead):
    with pytest.raises(IntegrityError, match="a_session_is_of_a_community_or_of_a_service"), transaction.atomic():
        Session.objects.create(
            trust=lead.trust,
            kind="fishbowl",
            on=soon(),
            facilitator=lead,
            planned_by=lead,
            planned_at=clock.now(),
        )


def test_who_can_not_come_is_not_reminded_and_not_drawn(circle, nurse, registrar):
    session = planned(circle)
    session.answer(by=nurse, coming=False)
    assert session.who_may_come() == [registrar]
    assert session not in Session.objects.of(nurse)
    session.answer(by=nurse, coming=True)
    assert session.who_may_come() == [nurse, registrar]


def test_people_are_reminded_once_a_day(circle, nurse, registrar):
    session = planned(circle)
    assert session.remind(by=registrar) == 1
    with pytest.raises(Conflict, match="reminded today"):
        session.remind(by=registrar)
    assert told(nurse)[-1].startswith("Soon: Blood cultures")


def test_a_new_day_is_told_and_a_new_agenda_is_not(circle, nurse, registrar):
    session = planned(circle)
    session.write(by=registrar, seen=0, agenda="Otherwise.")
    assert len(told(nurse)) == 1
    session.write(by=registrar, seen=1, on=soon(8))
    assert told(nurse)[-1].startswith("Now on")


def test_two_who_write_in_it_at_once_are_told(circle, registrar):
    session = planned(circle)
    session.write(by=registrar, seen=0, notes="One.")
    with pytest.raises(Conflict, match="same time"):
        Session.objects.get(pk=session.pk).write(by=registrar, seen=0, notes="Two.")


def test_what_is_cancelled_says_why_and_stays_so(circle, nurse, registrar):
    session = planned(circle)
    session.cancel(by=registrar, why="Norovirus.")
    assert told(nurse)[-1].endswith("Norovirus.")
    for verb in (
        lambda: session.cancel(by=registrar, why="Again."),
        lambda: session.hold(by=registrar, came=[]),
        lambda: session.answer(by=nurse, coming=True),
        lambda: session.remind(by=registrar),
        lambda: session.bring_out(by=registrar, kind="insight", text="No."),
    ):
        with pytest.raises(Conflict):
            verb()


# Coffee


def test_eleven_members_are_four_pairs_and_a_trio_and_each_is_told_whom_they_meet(circle, person, registrar):
    everybody = eleven(circle, person)
    session = planned(circle, kind="coffee_trial", title="Coffees")
    session.draw(by=registrar)
    groups = [list(group.people.all()) for group in session.groups.all()]
    assert sorted(map(len, groups)) == [2, 2, 2, 2, 3]
    assert sorted(one.pk for group in groups for one in group) == sorted(one.pk for one in everybody)
    for group in groups:
        for one in group:
            assert all(other.name in told(one)[-1] for other in group if other != one)


def test_who_had_coffee_together_is_drawn_apart_the_next_time(circle, person, registrar):
    eleven(circle, person)
    pairs: list[frozenset[int]] = []
    for number in range(4):
        session = planned(circle, kind="coffee_trial", on=soon(number + 1))
        session.draw(by=registrar, seed=number)
        for group in session.groups.all():
            pairs += map(frozenset, combinations(group.people.values_list("pk", flat=True), 2))
    assert len(pairs) == len(set(pairs)) == 28


def test_it_is_drawn_again_only_by_somebody_who_means_to(circle, registrar, nurse):
    session = planned(circle, kind="coffee_trial")
    session.draw(by=registrar)
    with pytest.raises(Conflict, match="drawn already"):
        session.draw(by=registrar)
    session.draw(by=registrar, again=True)
    assert session.groups.count() == 1
    assert told(nurse)[-1].startswith("Drawn again: coffee with Registrar")


def test_who_can_not_after_all_is_told_to_whom_they_would_have_met(circle, person, nurse, registrar):
    eleven(circle, person)
    session = planned(circle, kind="coffee_trial")
    session.draw(by=registrar)
    session.answer(by=nurse, coming=False)
    others = session.groups.get(people=nurse).people.exclude(pk=nurse.pk)
    assert all(told(one)[-1] == "Nurse can’t after all: Blood cultures" for one in [*others, registrar])


def test_nobody_has_coffee_alone_and_nothing_else_is_drawn(circle, nurse, registrar):
    session = planned(circle, kind="coffee_trial")
    session.answer(by=nurse, coming=False)
    with pytest.raises(Conflict, match="at least two"):
        session.draw(by=registrar)
    with pytest.raises(Conflict, match="coffee trial"):
        planned(circle).draw(by=registrar)


@pytest.mark.django_db(transaction=True)
def test_two_who_draw_at_once_draw_once(circle, person, registrar):
    eleven(circle, person)
    session = planned(circle, kind="coffee_trial")
    refused, start = [], threading.Barrier(2)

    def draw() -> None:
        try:
            start.wait()
            Session.objects.get(pk=session.pk).draw(by=registrar)
        except Conflict as conflict:
            refused.append(str(conflict))
        finally:
            connection.close()

    both = [threading.Thread(target=draw) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(refused) == 1
    assert session.groups.count() == 5
    assert Event.objects.about(session).filter(verb="drew_pairs").count() == 1


# How it went


def test_one_whose_day_has_passed_waits_for_its_notes_until_it_is_held(circle, registrar):
    session = planned(circle, on=soon(-1))
    assert session in Session.objects.run_by(registrar).waiting_for_notes()
    session.hold(by=registrar, came=[registrar])
    assert session not in Session.objects.waiting_for_notes()
    assert session in Session.objects.held()


def test_who_came_is_put_right_by_saying_it_again(circle, nurse, registrar):
    session = held(circle)
    session.hold(by=registrar, came=[registrar])
    assert [one.user for one in session.guests if one.came] == [registrar]


def test_what_comes_of_it_says_that_it_was_held(circle, nurse, registrar):
    session = planned(circle, on=soon(-1))
    session.answer(by=nurse, coming=True)
    session.bring_out(by=registrar, kind="insight", text="Hand over clock times.")
    session.refresh_from_db()
    assert session.state == "held"
    assert [one.user for one in session.guests if one.came] == [nurse]


def test_something_we_know_now_becomes_an_insight_of_whoever_writes_it_and_whoever_wrote_it_down(
    circle, nurse, registrar, asthma
):
    output = held(circle).bring_out(by=registrar, kind="insight", text="Hand over clock times.", guidance=asthma)
    insight = output.make_insight(by=nurse)
    assert set(insight.holders.all()) == {nurse, registrar}
    assert (insight.state, insight.title, insight.guidance) == ("draft", "Hand over clock times.", asthma)
    assert output.insight == insight
    with pytest.raises(Conflict, match="took this up"):
        output.make_insight(by=registrar)
    assert nurse.insights.count() == 1


def test_a_long_one_gets_a_title_that_fits(circle, nurse, registrar):
    output = held(circle).bring_out(by=registrar, kind="insight", text="word " * 180)
    insight = output.make_insight(by=nurse)
    assert len(insight.title) <= 150
    assert insight.practice == output.text


def test_a_question_is_put_to_the_community(circle, nurse, registrar):
    output = held(circle).bring_out(by=registrar, kind="question", text="Who looks on Saturday?")
    asked = output.ask(by=nurse)
    assert (asked.community, asked.question) == (circle, "Who looks on Saturday?")
    assert output.conversation == asked
    with pytest.raises(Conflict, match="took this up"):
        output.ask(by=registrar)
    assert Conversation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_it_at_once_ask_once(circle, nurse, registrar):
    output = held(circle).bring_out(by=registrar, kind="question", text="Who looks on Saturday?")
    start, refused = threading.Barrier(2), []

    def ask(person: User) -> None:
        try:
            start.wait()
            output.__class__.objects.get(pk=output.pk).ask(by=person)
        except Conflict as conflict:
            refused.append(str(conflict))
        finally:
            connection.close()

    both = [threading.Thread(target=ask, args=[person]) for person in (nurse, registrar)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert refused == ["Somebody took this up already."]
    assert Conversation.objects.count() == 1
