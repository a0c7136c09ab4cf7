"""Work by the clock: what is due comes into force, what waits too long is told, what is in force is asked after."""

from __future__ import annotations

import datetime
import threading

import pytest
from django.db import connection

from knowledge.models import Revision
from nhs_learning.people.models import Notice
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from reviews import methods, tasks
from reviews.models import Change, Review, Withdrawal
from tests.changing import approve, decider, propose, publish


def days(number: int) -> datetime.date:
    return clock.today() + datetime.timedelta(days=number)


@pytest.fixture
def begin(asthma, registrar):
    """Begins a change of the registrar's to what asthma says of oxygen; sent with what a test wants of it."""

    def change(text: str = "Offer oxygen at once.", *, review: Review | None = None, **sent) -> Change:
        draft = asthma.start_draft(by=registrar)
        draft.wordings.filter(number="1.1").update(text=text)
        change = Change.suggest(by=registrar, edition=draft) if review is None else None
        change = change or Change.begin(by=registrar, edition=draft, review=review)
        propose(change, by=registrar, **sent)
        return change

    return change


@pytest.fixture
def for_tomorrow(begin, northbridge) -> Change:
    """Approved, to come into force tomorrow."""
    change = begin(publish_on=days(1))
    approve(change, decider(northbridge))
    return change


def now(change: Change) -> Change:
    return Change.objects.get(pk=change.pk)


def told(person) -> list[str]:
    return list(Notice.objects.filter(to=person).values_list("words", flat=True))


# On its day


def test_what_was_approved_for_a_day_comes_into_force_on_it(for_tomorrow, northbridge, asthma):
    tasks.publish_due()
    assert now(for_tomorrow).state == "approved"
    with clock.at(days(1)):
        tasks.publish_due()
        tasks.publish_due()
    change = now(for_tomorrow)
    asthma.refresh_from_db()
    assert (change.state, change.ended_by) == ("in_force", decider(northbridge))
    assert (asthma.current, asthma.current.number) == (change.edition, 2)
    assert asthma.current.published_by == decider(northbridge)
    assert Event.objects.about(asthma).filter(verb="published").count() == 1
    assert not change.review.is_open, "its desk review has nothing more to do"


def test_another_edition_that_came_meanwhile_opens_it_again_and_its_authors_are_told(
    for_tomorrow, asthma, curator, registrar, nurse
):
    publish(asthma.start_draft(by=curator), loop="single", reason="An audit.")
    with clock.at(days(2)):
        tasks.publish_due()
        tasks.publish_due()
    change = now(for_tomorrow)
    assert (change.state, change.edition.sent, change.review.state) == ("drafting", False, "open")
    assert sum("did not come into force on its day" in words for words in told(registrar)) == 1
    assert change.edition.bring_up_to_date(by=registrar) == []
    assert Event.objects.about(change).first().by is None, "the clock took it back"


def test_one_that_cannot_come_into_force_keeps_no_other_waiting(
    for_tomorrow, framework, curator, asthma, northbridge, monkeypatch
):
    other = framework.start_draft(by=curator)
    other.edit(by=curator, summary="Ring first.")
    change = Change.suggest(by=curator, edition=other)
    propose(change, by=curator, publish_on=days(1))
    approve(change, decider(northbridge))
    publish_it = Revision.publish

    def fails(self, **said):
        if self.guidance_id == asthma.pk:
            raise RuntimeError("The disk is full.")
        publish_it(self, **said)

    monkeypatch.setattr(Revision, "publish", fails)
    with clock.at(days(1)):
        tasks.publish_due()
        assert (now(for_tomorrow).state, now(change).state) == ("approved", "in_force")
        monkeypatch.undo()
        tasks.publish_due()
    assert now(for_tomorrow).state == "in_force"


def test_withdrawn_guidance_gets_no_new_edition_by_the_clock(for_tomorrow, asthma, curator, registrar):
    Withdrawal.begin(by=curator, guidance=asthma, why="It does harm.", instead="Ask.")
    with clock.at(days(1)):
        tasks.publish_due()
    asthma.refresh_from_db()
    assert (asthma.state, asthma.current.number, now(for_tomorrow).state) == ("withdrawn", 1, "drafting")


def test_what_is_not_settled_yet_waits_though_its_day_has_come(begin, northbridge, lead):
    change = begin(publish_on=days(1))
    approve(change, decider(northbridge), reading="double")
    with clock.at(days(2)):
        tasks.publish_due()
        assert now(change).state == "approved"
        now(change).settle(by=lead, loop="single", why="It is the same aim.")
    assert now(change).state == "in_force"


def test_a_review_that_was_closed_meanwhile_is_open_again_and_its_facilitator_told(
    begin, asthma, curator, facilitator, northbridge, registrar
):
    methods.equip(northbridge)
    method = methods.in_force(northbridge)[0]
    review = Review.begin(
        by=facilitator,
        method=method,
        title="Oxygen",
        trigger="audit",
        facilitator=facilitator,
        participants=[registrar],
    )
    change = begin(review=review, publish_on=days(3))
    approve(change, decider(northbridge))
    review.close(by=facilitator, learning="We looked at the figures together.", share_with="Nobody else.")
    publish(asthma.start_draft(by=curator), loop="single", reason="An audit.")
    with clock.at(days(3)):
        tasks.publish_due()
    assert now(change).state == "drafting"
    assert now(change).review.is_open
    assert told(facilitator)[0].endswith("It was taken back, so its review is open again.")


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_publish_once(for_tomorrow, asthma):
    twice(lambda: tasks.publish_due(), day=days(1))
    assert now(for_tomorrow).state == "in_force"
    assert Event.objects.about(asthma).filter(verb="published").count() == 1


def twice(do, *, day) -> None:
    """By two workers at the same moment, on this day."""
    ready = threading.Barrier(2)

    def work() -> None:
        try:
            with clock.at(day):
                ready.wait()
                do()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]


# What waits too long


def test_the_lead_is_told_once_of_a_change_that_waits_too_long(begin, lead):
    change = begin()
    tasks.tell_what_waits()
    assert told(lead) == []
    with clock.at(change.due + datetime.timedelta(days=1)):
        tasks.tell_what_waits()
        tasks.tell_what_waits()
    assert told(lead) == [f"{change.reference}, Acute asthma in adults: It has waited too long for a decision."]
    assert Notice.objects.get(to=lead).url == change.get_absolute_url()


def test_the_lead_who_is_named_for_the_service_comes_first(begin, lead, person, services):
    named = person("consultant", role="service_lead", service=services.respiratory)
    services.respiratory.lead = named
    services.respiratory.save()
    change = begin()
    with clock.at(days(60)):
        tasks.tell_what_waits()
    assert (len(told(named)), told(lead)) == (1, [])
    assert "loop" not in told(named)[0], f"{change.reference} is read blind"


def test_of_a_review_for_participants_only_its_facilitator_is_told(begin, northbridge, facilitator, registrar, lead):
    methods.equip(northbridge)
    review = Review.begin(
        by=facilitator,
        method=methods.in_force(northbridge)[0],
        title="A death",
        trigger="incident",
        facilitator=facilitator,
        participants=[registrar],
        confidentiality="participants",
    )
    begin(review=review)
    with clock.at(days(60)):
        tasks.tell_what_waits()
    assert (told(lead), len(told(facilitator))) == ([], 1)


def test_a_change_sent_again_is_told_of_again(begin, lead, registrar):
    change = begin()
    with clock.at(days(60)):
        tasks.tell_what_waits()
        change = now(change)
        change.take_back(by=registrar)
        propose(change, by=registrar)
    with clock.at(days(120)):
        tasks.tell_what_waits()
    assert len(told(lead)) == 2


def test_the_lead_is_told_once_of_a_withdrawal_that_nobody_signed_in_time(asthma, approver, lead, person):
    second = person("approver2", role="approver")
    withdrawal = Withdrawal.begin(by=approver, guidance=asthma, why="Wrong dose.", instead="Ask.")
    with clock.at(clock.now() + datetime.timedelta(hours=71)):
        tasks.tell_what_waits()
    assert told(lead) == []
    with clock.at(clock.now() + datetime.timedelta(hours=73)):
        tasks.tell_what_waits()
        tasks.tell_what_waits()
        assert Withdrawal.objects.get().is_late
    assert [notice.url for notice in Notice.objects.filter(to=lead)] == [withdrawal.get_absolute_url()]
    withdrawal.sign(by=second)
    assert withdrawal.state == "signed", "late is not too late"


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once(begin, lead, asthma, approver):
    begin()
    Withdrawal.begin(by=approver, guidance=asthma, why="Wrong dose.", instead="Ask.")
    twice(lambda: tasks.tell_what_waits(), day=days(60))
    assert len(told(lead)) == 2


# Asking after


def test_its_proposer_and_the_owner_are_asked_once_whether_it_works(asthma, registrar, curator, lead):
    draft = asthma.start_draft(by=registrar)
    change = publish(draft, loop="single", reason="An audit.", by=registrar)
    with clock.at(days(60)):
        tasks.ask_what_works()
    assert not [words for words in told(registrar) + told(curator) if "Did this change work?" in words]
    with clock.at(days(120)):
        tasks.ask_what_works()
        tasks.ask_what_works()
    for person in (registrar, curator):
        assert sum(words.endswith("Did this change work?") for words in told(person)) == 1
    assert Notice.objects.filter(url=f"{change.get_absolute_url()}look-back/").count() == 2


def test_nobody_is_asked_after_what_was_looked_at_already(asthma, registrar):
    change = publish(asthma.start_draft(by=registrar), loop="single", reason="An audit.", by=registrar)
    change.refresh_from_db()
    change.look_back(by=registrar, outcome="adopted", evidence="All 40 had oxygen in ten minutes.")
    with clock.at(days(200)):
        tasks.ask_what_works()
    assert not Event.objects.filter(verb="asked_after").exists()


def test_the_timetable_names_tasks_that_exist(settings):
    from nhs_learning.celery import app

    app.autodiscover_tasks(force=True)
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
