"""Two people at the same moment: one wins, the other is told kindly, and nothing is counted or published twice."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from knowledge.models import Conflict, Guidance, Revision
from nhs_learning.people.models import User
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from reviews import methods
from reviews.models import Change, Decision, Review
from tests import changing
from tests.reviews.trying import at_once, decide, sent, suggested

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def second(person) -> User:
    return person("approver2", role="approver")


def kinds(gave: list[Any]) -> list[str]:
    """Who went through (""), and what the others met."""
    return sorted(type(one).__name__ if isinstance(one, Exception) else "" for one in gave)


def read_by(change: Change, *, by: User, **more: Any):
    """A decision on what was shown to both, before either decided."""
    shown = Change.objects.get(pk=change.pk)
    more = {"verdict": "approve", "reading": "single", **more}
    return lambda: shown.decide(by=by, fingerprint=shown.fingerprint, **more)


def in_force(guidance: Guidance) -> Revision:
    current = Guidance.objects.get(pk=guidance.pk).current
    assert current
    return current


def test_two_approvers_of_one_change_and_the_second_is_told_that_somebody_was_quicker(
    asthma, registrar, approver, second
):
    change = sent(asthma, by=registrar, loop="single")
    gave = at_once(read_by(change, by=approver), read_by(change, by=second))
    assert kinds(gave) == ["", "Conflict"]
    assert "Somebody was quicker" in str(next(one for one in gave if isinstance(one, Conflict)))
    assert (Decision.objects.count(), in_force(asthma).number) == (1, 2)


def test_two_approvers_of_a_safety_change_both_count_and_it_is_published_once(asthma, registrar, approver, second):
    change = sent(asthma, by=registrar, loop="single", significance="safety")
    assert kinds(at_once(read_by(change, by=approver), read_by(change, by=second))) == ["", ""]
    assert (Decision.objects.count(), in_force(asthma).number) == (2, 2)
    assert Event.objects.filter(verb="published").count() == 1


def test_one_approver_who_presses_twice_is_counted_once(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single", significance="safety")
    assert kinds(at_once(read_by(change, by=approver), read_by(change, by=approver))) == ["", "Conflict"]
    assert Decision.objects.count() == 1


def test_one_approves_while_the_other_sends_back_and_only_one_of_these_comes_to_pass(
    asthma, registrar, approver, second
):
    change = sent(asthma, by=registrar, loop="single")
    back = read_by(change, by=second, verdict="send_back", note="Why?")
    assert kinds(at_once(read_by(change, by=approver), back)) == ["", "Conflict"]
    assert (Change.objects.get().state == "in_force") == (in_force(asthma).number == 2)


def test_the_author_takes_it_back_while_the_approver_approves_it(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single")
    mine = Change.objects.get(pk=change.pk)
    gave = at_once(lambda: mine.take_back(by=registrar), read_by(change, by=approver))
    assert kinds(gave) == ["", "Conflict"]
    change.refresh_from_db()
    assert (change.state, change.edition.is_draft, change.edition.sent) in (
        ("in_force", False, True),
        ("drafting", True, False),
    )


def test_two_changes_of_one_edition_approved_at_once_and_one_is_to_catch_up(asthma, registrar, approver, second):
    one, other = (sent(asthma, by=registrar, loop="single") for _ in range(2))
    assert kinds(at_once(read_by(one, by=approver), read_by(other, by=second))) == ["", "Conflict"]
    assert sorted(Change.objects.values_list("state", flat=True)) == ["in_force", "proposed"]
    assert in_force(asthma).number == 2


def test_two_clocks_publish_on_the_same_day_once(asthma, registrar, approver):
    day = clock.today() + datetime.timedelta(days=7)
    decide(sent(asthma, by=registrar, loop="single", publish_on=day), by=approver)
    one, other = Change.objects.get(), Change.objects.get()

    def publish(change: Change) -> None:
        with clock.at(day):
            change.publish(by=approver)

    assert kinds(at_once(lambda: publish(one), lambda: publish(other))) == ["", "Conflict"]
    assert (in_force(asthma).number, Event.objects.filter(verb="published").count()) == (2, 1)


def test_two_who_send_one_change_at_once_send_it_once(asthma, registrar):
    suggested(asthma, by=registrar)
    one, other = Change.objects.get(), Change.objects.get()
    gave = at_once(lambda: changing.propose(one, by=registrar), lambda: changing.propose(other, by=registrar))
    assert kinds(gave) == ["", "Conflict"]


def test_two_who_begin_a_change_from_one_draft_at_once_begin_one(asthma, registrar, northbridge):
    methods.equip(northbridge)
    draft = asthma.start_draft(by=registrar)
    drafts = [Revision.objects.get(pk=draft.pk) for _ in range(2)]
    gave = at_once(*[lambda d=d: Change.suggest(by=registrar, edition=d) for d in drafts])
    assert kinds(gave) == ["", "Conflict"]
    assert (Change.objects.count(), Review.objects.count()) == (1, 1)


def test_a_claim_is_taken_by_one_of_two(asthma, registrar, approver, second):
    sent(asthma, by=registrar, loop="single")
    one, other = Change.objects.get(), Change.objects.get()
    gave = at_once(lambda: one.take(by=approver), lambda: other.take(by=second))
    assert kinds(gave) == ["", "Conflict"]
    assert Change.objects.get().claim in (approver, second)


def test_a_difference_is_settled_by_one_of_two(asthma, registrar, approver, lead, person, services):
    decide(sent(asthma, by=registrar, loop="single"), by=approver, reading="double")
    another = person("lead2", role="service_lead", service=services.medicine)
    one, other = Change.objects.get(), Change.objects.get()
    gave = at_once(
        lambda: one.settle(by=lead, loop="single", why="The aim is the same."),
        lambda: other.settle(by=another, loop="single", why="The aim is the same."),
    )
    assert kinds(gave) == ["", "Conflict"]


def _open_review(facilitator: User) -> Review:
    methods.equip(facilitator.trust)
    method = next(one for one in methods.in_force(facilitator.trust) if one.routine.slug == "after-action-review")
    return Review.begin(by=facilitator, method=method, title="Oxygen", trigger="incident", facilitator=facilitator)


def test_a_change_is_begun_while_its_review_is_closed_and_one_of_these_comes_to_pass(asthma, registrar, facilitator):
    review = _open_review(facilitator)
    draft = asthma.start_draft(by=registrar)
    gave = at_once(
        lambda: Change.begin(by=registrar, edition=draft, review=Review.objects.get(pk=review.pk)),
        lambda: Review.objects.get(pk=review.pk).close(
            by=facilitator, learning="We had time.", share_with="Nobody else."
        ),
    )
    assert kinds(gave) == ["", "Conflict"]
    assert (Review.objects.get().state == "closed") != Change.objects.exists()


def test_the_database_holds_that_too_when_both_go_around_the_verbs(asthma, registrar, facilitator, monkeypatch):
    review, other = _open_review(facilitator), _open_review(facilitator)
    change = Change.begin(by=registrar, edition=asthma.start_draft(by=registrar), review=other)
    meanwhile = _Steps()

    def move() -> None:
        with transaction.atomic():
            Change.objects.filter(pk=change.pk).update(review=review)
            meanwhile.both_have_written()

    def close() -> None:
        with transaction.atomic():
            Review.objects.filter(pk=review.pk).update(
                state="closed", closed_at=clock.now(), closed_by=facilitator, learning="We had time."
            )
            meanwhile.both_have_written()

    gave = at_once(move, close)
    assert any(isinstance(one, DatabaseError) for one in gave)


class _Steps:
    """A place in the middle of two transactions, where each waits for the other."""

    def __init__(self) -> None:
        import threading

        self._barrier = threading.Barrier(2)

    def both_have_written(self) -> None:
        self._barrier.wait(timeout=10)


def test_a_statement_put_in_while_the_draft_is_sent_is_in_what_is_decided_on_or_refused(asthma, registrar, approver):
    """Somebody's transaction has written a statement, and ends only after the draft was sent."""
    change = suggested(asthma, by=registrar)
    statement = asthma.statements.create(key="s9")
    steps = _Steps()

    def say() -> None:
        with transaction.atomic():
            Revision.objects.get(pk=change.edition.pk).say(statement=statement, number="9", text="One more.")
            steps.both_have_written()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.3)")

    def send() -> None:
        steps.both_have_written()
        changing.propose(Change.objects.get(pk=change.pk), by=registrar)

    assert kinds(at_once(say, send)) == ["", ""]
    change = Change.objects.get(pk=change.pk)
    assert change.edition.wordings.filter(number="9").exists()
    assert change.fingerprint == Revision.objects.get(pk=change.edition.pk).fingerprint()


def test_an_answer_saved_while_the_review_is_closed_is_in_it_or_refused(facilitator, registrar):
    review = _open_review(facilitator)
    step = review.method.steps.first()
    gave = at_once(
        lambda: Review.objects.get(pk=review.pk).answer(by=registrar, step=step, text="We gave oxygen."),
        lambda: Review.objects.get(pk=review.pk).close(
            by=facilitator, learning="We had time.", share_with="Nobody else."
        ),
    )
    assert kinds(gave) in (["", ""], ["", "Conflict"])
    assert not isinstance(gave[1], Exception)
    assert review.answers.exists() == (not isinstance(gave[0], Exception))


def test_what_a_change_redefines_is_not_taken_out_at_the_moment_it_is_sent(asthma, registrar):
    """While it is written, rows may go; whoever sends it meanwhile has still seen them."""
    change = sent(asthma, by=registrar, loop="double")
    change.take_back(by=registrar)

    def send() -> None:
        with transaction.atomic():
            Revision.objects.filter(pk=change.edition.pk).update(sent=True)
            Change.objects.filter(pk=change.pk).update(state="proposed")

    with pytest.raises(DatabaseError, match="names what it redefines"), transaction.atomic():  # noqa: PT012 at its end
        change.governing.all()._raw_delete("default")
        assert kinds(at_once(send)) == [""]
    assert change.governing.exists()
