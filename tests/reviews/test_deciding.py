"""How a change is decided, by the verbs: who counts, what holds and lapses, what is settled, when it is in force."""

from __future__ import annotations

import datetime

import pytest

from knowledge.models import Conflict, Guidance, Revision, Wording
from nhs_learning.people.models import Notice, User
from nhs_learning.record import clock
from nhs_learning.record.history import deed_in_words
from nhs_learning.record.models import Event, SearchEntry
from reviews import methods, permissions
from reviews.models import (
    Action,
    Answer,
    Change,
    Decision,
    Finding,
    GoverningChange,
    Review,
    Series,
    Withdrawal,
)
from tests import changing
from tests.reviews.trying import ask_now, decide, resend, sent, state, suggested


@pytest.fixture
def second(person) -> User:
    """Another approver of the whole trust."""
    return person("approver2", role="approver")


def in_force(guidance: Guidance) -> Revision:
    current = Guidance.objects.get(pk=guidance.pk).current
    assert current
    return current


# From a suggestion to an edition in force


def test_the_registrar_suggests_the_approver_approves_and_it_is_in_force(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single", why="An audit found a gap.")
    decide(change, by=approver)
    ask_now()
    edition = in_force(asthma)
    assert (edition.number, edition.loop, edition.reason) == (2, "single", "An audit found a gap.")
    assert edition.published_by == approver
    assert (state(change), Review.objects.get(pk=change.review_id).state) == ("in_force", "closed")


def test_a_safety_change_is_in_force_when_a_second_person_has_approved_it(asthma, registrar, approver, second):
    change = sent(asthma, by=registrar, loop="single", significance="safety")
    decide(change, by=approver)
    assert (state(change), in_force(asthma).number) == ("proposed", 1)
    decide(change, by=second)
    assert (state(change), in_force(asthma).number) == ("in_force", 2)


def test_the_same_approver_twice_is_one_approver(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single", significance="safety")
    decide(change, by=approver)
    with pytest.raises(Conflict, match="You have approved this already"):
        decide(change, by=approver)
    assert state(change) == "proposed"


def test_a_committee_counts_as_the_one_approver_who_puts_its_decision_down(asthma, registrar, approver, second):
    change = sent(asthma, by=registrar, loop="single", significance="safety")
    met = {"committee": "Medicines Committee", "met_on": datetime.date(2026, 3, 2), "minute": "7.1"}
    decision = decide(change, by=approver, committee=met)
    assert decision.who == "Medicines Committee of 2 March 2026, minute 7.1 (put down by Approver)"
    assert state(change) == "proposed"
    decide(change, by=second)
    assert state(change) == "in_force"
    assert in_force(asthma).committee == "Medicines Committee", "as the page of the guidance says"


def test_a_change_of_wording_is_approved_by_who_finds_its_meaning_unchanged(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single", significance="wording")
    for answer in (None, False):
        with pytest.raises(Conflict, match="send it back"):
            decide(change, by=approver, meaning_unchanged=answer)
    decide(change, by=approver, meaning_unchanged=True)
    assert state(change) == "in_force"


def test_two_drafts_of_one_edition_and_the_second_is_told_to_catch_up(asthma, registrar, curator, approver):
    quick, slow = (sent(asthma, by=author, loop="single") for author in (registrar, curator))
    decide(quick, by=approver)
    with pytest.raises(Conflict, match="brought up to date"):
        decide(slow, by=approver)
    assert (state(slow), in_force(asthma).number) == ("proposed", 2)
    decide(slow, by=approver, verdict="send_back", note="Bring it up to date.")
    with pytest.raises(Conflict, match="bring it up to date"):
        changing.propose(slow, by=curator)


def test_nothing_comes_into_force_for_guidance_that_was_withdrawn_meanwhile(asthma, registrar, curator, approver):
    change = sent(asthma, by=registrar, loop="single")
    asthma.withdraw(by=curator, why="Replaced.")
    with pytest.raises(Conflict, match="withdrawn"):
        decide(change, by=approver)
    assert not Decision.objects.exists()


# What holds, and what lapses


def test_an_approval_lapses_when_the_text_changes(asthma, registrar, approver, second):
    change = sent(asthma, by=registrar, loop="single", significance="safety")
    decide(change, by=approver)
    resend(change, by=registrar, body="Give oxygen at once, and call for help.")
    decide(change, by=second)
    assert state(change) == "proposed", "the first approved another text"
    decide(change, by=approver)
    assert state(change) == "in_force"


def test_what_was_shown_is_what_is_decided_on(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single")
    shown = change.fingerprint
    resend(change, by=registrar, body="Another text.")
    with pytest.raises(Conflict, match="changed since it was shown"):
        change.decide(by=approver, verdict="approve", reading="single", fingerprint=shown)
    assert not change.decisions.exists()


def test_a_save_of_line_ends_only_leaves_decisions_standing(asthma, registrar, approver, second):
    change = sent(asthma, by=registrar, loop="single", significance="safety", texts={"body": "One\nTwo"})
    decide(change, by=approver)
    resend(change, by=registrar, body="One\r\nTwo")
    decide(change, by=second)
    assert state(change) == "in_force"


def test_what_enough_people_have_approved_is_in_force_as_soon_as_it_is_sent_again(asthma, registrar, approver):
    day = clock.today() + datetime.timedelta(days=7)
    change = sent(asthma, by=registrar, loop="single", texts={"body": "One\nTwo"}, publish_on=day)
    decide(change, by=approver)
    change.refresh_from_db()
    change.take_back(by=registrar)
    change.edition.edit(by=registrar, body="One\r\nTwo")
    changing.propose(change, by=registrar)
    assert (state(change), in_force(asthma).published_by) == ("in_force", approver)


def test_a_significance_lowered_after_the_first_approval_takes_that_approval_with_it(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single", significance="safety")
    decide(change, by=approver)
    change.take_back(by=registrar)
    changing.propose(change, by=registrar, significance="practice")
    assert (state(change), change.approvals()) == ("proposed", [])


def test_an_approver_who_edits_the_draft_after_approving_no_longer_counts(asthma, registrar, approver, second):
    change = sent(asthma, by=registrar, loop="single", significance="safety", texts={"body": "One\nTwo"})
    decide(change, by=approver)
    resend(change, by=approver, body="One\r\nTwo")
    decide(change, by=second)
    assert state(change) == "proposed"
    assert permissions.may_decide(approver, Change.objects.get(pk=change.pk)).reason.startswith("You have written")


def test_whoever_sends_it_has_said_which_loop_it_is_and_so_never_decides(asthma, registrar, curator, approver):
    change = suggested(asthma, by=registrar)
    changing.propose(change, by=approver)
    change.take_back(by=registrar)
    changing.propose(change, by=registrar)
    assert change.proposed_by == registrar
    assert not permissions.may_decide(approver, change)


def test_an_author_who_saw_another_reading_cannot_take_it_over_behind_the_settlers_back(
    asthma, registrar, approver, lead
):
    change = sent(asthma, by=registrar, loop="single")
    decide(change, by=approver, reading="double")
    change.refresh_from_db()
    change.take_back(by=registrar)
    with pytest.raises(Conflict, match="the loop stays as it was sent"):
        changing.propose(change, by=registrar, loop="double")
    change.refresh_from_db()
    changing.propose(change, by=registrar, loop="single")
    assert (state(change), change.needs_settling) == ("approved", True)


def test_sent_back_because_of_the_loop_it_may_be_sent_again_with_another(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single")
    decide(change, by=approver, verdict="send_back", reading="double", note="Is that not our aim?")
    change.refresh_from_db()
    changing.propose(change, by=registrar, loop="double")
    assert permissions.may_decide(approver, change), "who sent it back decides on it again"
    assert change in Change.objects.waiting_for(approver)
    decide(change, by=approver, reading="double")
    assert (state(change), in_force(asthma).loop) == ("in_force", "double")


def test_a_draft_rewritten_on_a_page_that_was_opened_long_ago_is_sent_as_it_is_now(asthma, registrar, approver):
    opened_long_ago = suggested(asthma, by=registrar)
    assert opened_long_ago.edition.body
    Revision.objects.get(pk=opened_long_ago.edition.pk).edit(by=registrar, body="Written meanwhile.")
    changing.propose(opened_long_ago, by=registrar)
    decide(opened_long_ago, by=approver)
    assert in_force(asthma).body == "Written meanwhile."


def test_nothing_is_sent_that_says_the_same_as_what_is_in_force(asthma, registrar):
    change = Change.suggest(by=registrar, edition=asthma.start_draft(by=registrar))
    with pytest.raises(Conflict, match="says the same"):
        changing.propose(change, by=registrar)


# Differences, and who settles them


def test_a_difference_is_settled_before_it_is_in_force_and_every_reading_is_kept(asthma, registrar, approver, lead):
    change = sent(asthma, by=registrar, loop="single")
    decide(change, by=approver, reading="double")
    asthma.service.refresh_from_db()
    assert (state(change), in_force(asthma).number) == ("approved", 1)
    change.refresh_from_db()
    change.settle(by=lead, loop="double", why="It changes our aim.", governing=changing.REDEFINED["double"])
    ask_now()
    assert (state(change), in_force(asthma).loop) == ("in_force", "double")
    assert (change.loop, change.decisions.get().reading) == ("single", "double")


def test_nobody_publishes_around_a_difference(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single")
    decide(change, by=approver, reading="double")
    with pytest.raises(Conflict, match="settles that"):
        Change.objects.get(pk=change.pk).publish(by=approver)


def test_what_was_read_alike_is_not_settled_otherwise(asthma, registrar, approver, lead):
    change = sent(asthma, by=registrar, loop="single", publish_on=clock.today() + datetime.timedelta(days=7))
    decide(change, by=approver)
    with pytest.raises(Conflict, match="nothing to settle"):
        Change.objects.get(pk=change.pk).settle(by=lead, loop="meta", why="I think so.")


def test_what_its_author_named_is_named_once_also_when_the_lead_settles_with_it(asthma, registrar, approver, lead):
    change = sent(asthma, by=registrar, loop="double")
    decide(change, by=approver, reading="single")
    change.refresh_from_db()
    named = [*changing.REDEFINED["double"], ("norm", "Within the hour.", "At once.")]
    change.settle(by=lead, loop="double", why="It changes our aim.", governing=named)
    ask_now()
    assert list(change.governing.order_by("pk").values_list("variable", "was", "becomes")) == named


def test_who_is_told_to_settle_is_the_lead_and_nobody_who_wrote_or_decided(asthma, registrar, approver, lead, services):
    services.respiratory.rearrange(by=lead, lead=lead)
    change = sent(asthma, by=registrar, loop="single")
    decide(change, by=approver, reading="double")
    assert [notice.to for notice in Notice.objects.all()] == [lead]
    assert "double" not in Notice.objects.get().words


def test_a_lead_by_her_role_alone_is_told_to_settle_too(asthma, registrar, approver, lead):
    decide(sent(asthma, by=registrar, loop="single"), by=approver, reading="double")
    assert [notice.to for notice in Notice.objects.all()] == [lead]


def test_a_difference_about_a_method_is_settled_by_a_facilitator_of_the_whole_trust(
    registrar, approver, facilitator, lead, northbridge
):
    methods.equip(northbridge)
    draft = methods.in_force(northbridge)[0].routine.start_draft(by=registrar)
    draft.edit(by=registrar, goal="To learn sooner.")
    change = Change.suggest(by=registrar, edition=draft)
    changing.propose(change, by=registrar, loop="meta")
    assert not Change.objects.visible_to(facilitator).exists()
    decide(change, by=approver, reading="single")
    assert [notice.to for notice in Notice.objects.all()] == [facilitator]
    change = Change.objects.visible_to(facilitator).get()
    assert permissions.may_settle(facilitator, change)
    assert not permissions.may_settle(lead, change), "of medicine only"
    assert Change.objects.duties_of(facilitator).get().duty == "settle"
    change.settle(by=facilitator, loop="meta", why="It is how we learn.")
    assert state(change) == "in_force"


def test_a_facilitator_who_moved_to_another_trust_is_told_nothing(
    asthma, registrar, approver, facilitator, southgate, northbridge
):
    review = Review.begin(
        by=facilitator,
        method=methods.desk(northbridge),
        title="Oxygen",
        trigger="audit",
        facilitator=facilitator,
    )
    draft = asthma.start_draft(by=registrar)
    draft.edit(by=registrar, body="Give oxygen at once.")
    change = Change.begin(by=registrar, edition=draft, review=review)
    changing.propose(change, by=registrar)
    facilitator.move_to(southgate, by=None)
    decide(change, by=approver, reading="double")
    assert not Notice.objects.filter(to=facilitator).exists()


# A day on which it comes into force


def test_it_waits_for_its_day_and_no_verb_is_quicker(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single", publish_on=clock.today() + datetime.timedelta(days=7))
    decide(change, by=approver)
    change = Change.objects.get(pk=change.pk)
    with pytest.raises(Conflict, match="not here yet"):
        change.publish(by=approver)
    with clock.at(clock.now() + datetime.timedelta(days=7)):
        change.publish(by=approver)
    assert in_force(asthma).number == 2


def test_what_waits_for_its_day_in_a_closed_review_is_withdrawn_not_taken_back(
    asthma, registrar, approver, facilitator, northbridge
):
    change = in_a_review(asthma, facilitator, registrar)
    changing.propose(change, by=registrar, publish_on=clock.today() + datetime.timedelta(days=7))
    decide(change, by=approver)
    change = Change.objects.get(pk=change.pk)
    change.review.close(by=facilitator, learning="We had time.", share_with="Nobody else.")
    assert not permissions.may_take_back(registrar, change)
    with pytest.raises(Conflict, match="Its review is closed"):
        change.take_back(by=registrar)
    change.withdraw(by=registrar, why="It no longer helps.")
    ask_now()


# Ended without coming into force


def test_a_declined_change_ends_its_desk_review_and_its_draft_stays_as_it_was(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single")
    decide(change, by=approver, verdict="decline", note="We tried that in 2019.")
    assert (state(change), Review.objects.get(pk=change.review_id).state) == ("declined", "closed")
    with pytest.raises(Conflict):
        Revision.objects.get(pk=change.edition.pk).edit(by=registrar, body="Other.")
    assert in_force(asthma).number == 1


def test_a_withdrawn_change_ends_its_desk_review_and_its_draft_stays_as_it_was(asthma, registrar):
    change = suggested(asthma, by=registrar)
    change.withdraw(by=registrar, why="I was mistaken.")
    assert (state(change), Review.objects.get(pk=change.review_id).state) == ("withdrawn", "closed")
    with pytest.raises(Conflict):
        Revision.objects.get(pk=change.edition.pk).edit(by=registrar, body="Other.")
    with pytest.raises(Conflict):
        change.withdraw(by=registrar, why="Again.")


def test_sent_back_it_is_written_in_again_and_approved(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single")
    decide(change, by=approver, verdict="send_back", note="Say for whom.")
    change.refresh_from_db()
    change.edition.edit(by=registrar, body="Give adults oxygen at once.")
    changing.propose(change, by=registrar)
    decide(change, by=approver)
    assert in_force(asthma).body == "Give adults oxygen at once."


def test_what_came_of_it_is_said_once(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single")
    decide(change, by=approver)
    change = Change.objects.get(pk=change.pk)
    change.look_back(by=registrar, outcome="adopted", evidence="The audit of June.")
    with pytest.raises(Conflict):
        change.look_back(by=registrar, outcome="abandoned", evidence="Not so.")


def test_a_draft_that_a_change_is_made_from_is_not_thrown_away(asthma, registrar, curator):
    change = suggested(asthma, by=registrar)
    with pytest.raises(Conflict, match="Withdraw the change instead"):
        change.edition.discard(by=curator)
    assert Revision.objects.filter(pk=change.edition.pk).exists()


# Claims, and standing in


def test_a_claim_holds_for_a_day_against_others(asthma, registrar, approver, second):
    change = sent(asthma, by=registrar, loop="single")
    change.take(by=approver)
    with pytest.raises(Conflict, match="reading this already"):
        change.take(by=second)
    with clock.at(clock.now() + datetime.timedelta(hours=24)):
        assert change.claim is None
        change.take(by=second)
        assert change.claim == second


def test_who_was_not_the_one_to_claim_it_gives_nothing_up(asthma, registrar, approver, second):
    change = sent(asthma, by=registrar, loop="single")
    change.take(by=approver)
    change.leave(by=second)
    assert change.claim == approver
    assert deeds_on(change)[-1] == "Took it to read"
    change.leave(by=approver)
    change.leave(by=approver)
    assert change.claim is None
    assert deeds_on(change)[-2:] == ["Took it to read", "Left it to others to read"]


def deeds_on(change: Change) -> list[str]:
    return [deed_in_words(event) for event in Event.objects.about(change).order_by("at", "pk")]


def test_the_registrar_stands_in_for_an_approver_who_is_away_until_that_day_is_over(asthma, curator, approver, nurse):
    change = sent(asthma, by=curator, loop="single")
    until = clock.today() + datetime.timedelta(days=3)
    approver.be_away(by=approver, until=until, stand_in=nurse)

    def may_on(day: datetime.date) -> bool:
        with clock.at(day):
            person = User.objects.get(pk=nurse.pk)
            waits = change in Change.objects.waiting_for(person)
            may = bool(permissions.may_decide(person, change))
            assert waits == may, "the list and the verdict agree"
            return may

    assert may_on(until)
    assert not may_on(until + datetime.timedelta(days=1))


def test_who_is_back_decides_alone_again(asthma, curator, approver, nurse):
    change = sent(asthma, by=curator, loop="single")
    approver.be_away(by=approver, until=clock.today() + datetime.timedelta(days=3), stand_in=nurse)
    approver.be_back(by=approver)
    assert not permissions.may_decide(User.objects.get(pk=nurse.pk), change)


def test_nobody_stands_in_for_who_has_left_or_for_who_stands_in(asthma, curator, approver, nurse, registrar):
    change = sent(asthma, by=curator, loop="single")
    until = clock.today() + datetime.timedelta(days=3)
    approver.be_away(by=approver, until=until, stand_in=nurse)
    nurse.be_away(by=nurse, until=until, stand_in=registrar)
    assert not permissions.may_decide(User.objects.get(pk=registrar.pk), change)
    approver.leave(by=None)
    assert not permissions.may_decide(User.objects.get(pk=nurse.pk), change)


def test_standing_in_gives_no_say_over_what_one_wrote_nor_in_another_trust(asthma, curator, approver, nurse, stranger):
    change = sent(asthma, by=nurse, loop="single")
    until = clock.today() + datetime.timedelta(days=3)
    approver.be_away(by=approver, until=until, stand_in=nurse)
    assert permissions.may_decide(User.objects.get(pk=nurse.pk), change).reason.startswith("You have written")
    approver.be_away(by=approver, until=until, stand_in=stranger)
    assert not permissions.may_decide(User.objects.get(pk=stranger.pk), change)


# How we learn is changed in the same way


def in_a_review(guidance: Guidance, facilitator: User, author: User) -> Change:
    """A change that is written in an after action review."""
    methods.equip(guidance.trust)
    method = next(one for one in methods.in_force(guidance.trust) if one.routine.slug == "after-action-review")
    review = Review.begin(by=facilitator, method=method, title="Oxygen", trigger="incident", facilitator=facilitator)
    draft = guidance.start_draft(by=author)
    draft.edit(by=author, body="Give oxygen at once.")
    return Change.begin(by=author, edition=draft, review=review)


def test_a_review_method_is_changed_by_meta_learning_and_a_running_review_keeps_its_edition(
    asthma, facilitator, registrar, approver, northbridge
):
    running = in_a_review(asthma, facilitator, registrar).review
    routine = running.method.routine
    draft = routine.start_draft(by=registrar)
    steps = [{**step.said(), "prompt": f"{step.prompt} Who said so?"} for step in draft.steps.all()]
    draft.write(by=registrar, steps=steps)
    change = Change.suggest(by=registrar, edition=draft)
    changing.propose(change, by=registrar, loop="meta")
    assert change.suggested_loop == "meta"
    decide(change, by=approver, reading="meta")
    ask_now()
    routine.refresh_from_db()
    running.refresh_from_db()
    assert (routine.current.number, routine.current.loop) == (2, "meta")
    assert running.method.number == 1
    assert not running.method.steps.filter(prompt__endswith="Who said so?").exists()
    began = Review.begin(
        by=facilitator, method=routine.current, title="Next", trigger="incident", facilitator=facilitator
    )
    assert began.method.steps.filter(prompt__endswith="Who said so?").count() == 4


def test_a_review_waits_for_its_changes_and_for_the_learning_question(asthma, facilitator, registrar, approver):
    change = in_a_review(asthma, facilitator, registrar)
    review = change.review
    with pytest.raises(Conflict, match=f"{change.reference} is not decided"):
        review.close(by=facilitator, learning="We had time.", share_with="Nobody else.")
    changing.propose(change, by=registrar)
    decide(change, by=approver, reading="double")
    with pytest.raises(Conflict, match="not decided"):
        review.close(by=facilitator, learning="We had time.", share_with="Nobody else.")
    change.refresh_from_db()
    change.settle(by=facilitator, loop="single", why="The aim is the same.")
    with pytest.raises(Conflict, match="what helped or hindered"):
        review.close(by=facilitator, learning="  ", share_with="Nobody else.")
    with pytest.raises(Conflict, match="who else should know"):
        review.close(by=facilitator, learning="We had time.", share_with=" ")
    review.close(by=facilitator, learning="We had time.", share_with="Nobody else.")
    ask_now()


# Nothing is half done


def _deeds(asthma, framework, policy, registrar, approver, facilitator, nurse) -> dict:
    """Every verb of reviews, changes, actions and withdrawals, ready to be done."""
    worked = changing.publish(asthma.start_draft(by=registrar), loop="single", reason="An audit.", by=registrar)
    failed = changing.publish(framework.start_draft(by=registrar), loop="single", reason="An audit.", by=registrar)
    failed.look_back(by=registrar, outcome="abandoned", evidence="It does not work.")
    worked, failed = Change.objects.get(pk=worked.pk), Change.objects.get(pk=failed.pk)
    asthma.refresh_from_db(), framework.refresh_from_db()
    written, waits = suggested(asthma, by=registrar), sent(asthma, by=registrar, loop="single")
    day, later = (clock.today() + datetime.timedelta(days=days) for days in (7, 200))
    dated = sent(asthma, by=registrar, loop="single", publish_on=day)
    decide(dated, by=approver)
    differs = sent(asthma, by=registrar, loop="single")
    decide(differs, by=approver, reading="double")
    dated, differs = Change.objects.get(pk=dated.pk), Change.objects.get(pk=differs.pk)
    review = in_a_review(asthma, facilitator, registrar).review
    empty = Review.begin(by=facilitator, method=review.method, title="Empty", trigger="audit", facilitator=facilitator)
    agreed = {"what": "Teach.", "owner": nurse, "due": day, "measure": "All were there."}
    action = Action.agree(by=facilitator, review=review, **agreed)
    draft = asthma.start_draft(by=registrar)
    by = {"by": facilitator}
    return {
        "begin": lambda: Change.begin(by=registrar, edition=draft, review=review),
        "suggest": lambda: Change.suggest(by=registrar, edition=draft),
        "propose": lambda: changing.propose(written, by=registrar),
        "take": lambda: waits.take(by=approver),
        "approve": lambda: decide(waits, by=approver),
        "send back": lambda: decide(waits, by=approver, verdict="send_back", note="Why?"),
        "decline": lambda: decide(waits, by=approver, verdict="decline", note="No."),
        "take back": lambda: waits.take_back(by=registrar),
        "withdraw": lambda: waits.withdraw(by=registrar, why="No."),
        "settle": lambda: differs.settle(by=facilitator, loop="single", why="So it is."),
        "publish": lambda: _on(day, lambda: dated.publish(by=approver)),
        "open a review": lambda: Review.begin(
            **by, method=review.method, title="New", trigger="audit", facilitator=facilitator
        ),
        "describe": lambda: review.describe(**by, title="Other"),
        "include": lambda: review.include(nurse, **by),
        "remove": lambda: review.remove(nurse, **by),
        "answer": lambda: review.answer(**by, step=review.method.steps.first(), text="We did."),
        "find": lambda: review.find(**by, what="No torch.", factor="tools"),
        "close": lambda: empty.close(**by, learning="We had time.", share_with="Nobody else."),
        "agree": lambda: Action.agree(**by, review=review, **agreed),
        "hand over": lambda: action.hand_over(**by, owner=registrar, due=day),
        "end": lambda: action.end(**by, done=True, outcome="Taught."),
        "reflect": lambda: review.reflect(**by, learning="We had time.", share_with="", seen=review.reflection),
        "hand a review over": lambda: review.hand_over(**by, to=nurse),
        "look back": lambda: worked.look_back(by=registrar, outcome="adopted", evidence="It works."),
        "way back": lambda: failed.way_back(by=registrar),
        "ask after": lambda: _on(later, worked.ask_after),
        "escalate": lambda: _on(later, waits.escalate),
        **_deeds_of_withdrawing(framework, policy, approver, facilitator),
        "be away": lambda: approver.be_away(by=approver, until=day, stand_in=nurse),
    }


def _deeds_of_withdrawing(framework, policy, approver, facilitator) -> dict:
    withdrawn = Withdrawal.begin(by=facilitator, guidance=policy, why="Harm.", instead="Ring us.")
    return {
        "withdraw guidance": lambda: Withdrawal.begin(by=approver, guidance=framework, why="Harm.", instead="Ring us."),
        "sign a withdrawal": lambda: withdrawn.sign(by=approver),
        "put guidance back": lambda: withdrawn.put_back(by=approver, why="It was right."),
    }


def _on(day: datetime.date, deed) -> None:
    with clock.at(day):
        deed()


def _everything() -> dict[str, list]:
    """All rows that these verbs write, as they are."""
    tables = [Review, Review.participants.through, Answer, Finding, Change, GoverningChange, Decision, Action]
    tables += [Withdrawal, Revision, Revision.authors.through, Wording, Guidance, Notice, User, Series]
    tables += [SearchEntry, Event]
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in tables}


def test_when_the_event_cannot_be_written_nothing_of_the_deed_stays(
    asthma, framework, curator, services, registrar, approver, facilitator, nurse, monkeypatch
):
    policy = Guidance.begin(by=curator, service=services.medicine, kind="policy", title="Hand hygiene")
    policy.edit(by=curator, summary="Clean hands.")
    policy.adopt(by=curator)
    deeds = _deeds(asthma, framework, policy.guidance, registrar, approver, facilitator, nurse)
    before = _everything()
    monkeypatch.setattr(Event, "record", lambda **_: 1 / 0)
    for name, deed in deeds.items():
        with pytest.raises(ZeroDivisionError):
            deed()
        assert _everything() == before, f"{name} left something behind"


def test_authors_of_what_waits_are_told_when_another_edition_comes_before_theirs(
    asthma, registrar, curator, approver, second
):
    waits = sent(asthma, by=curator, loop="single", publish_on=clock.today() + datetime.timedelta(days=14))
    decide(waits, by=approver)
    decide(sent(asthma, by=registrar, texts={"summary": "Shorter."}, loop="single"), by=approver)
    told = Notice.objects.get(to=curator)
    assert told.words.endswith("has to be brought up to date: another edition came into force.")
    assert told.url == waits.get_absolute_url()


def test_the_registrar_is_told_when_the_facilitator_withdraws_what_she_began(asthma, registrar, facilitator):
    change = in_a_review(asthma, facilitator, registrar)
    change.withdraw(by=facilitator, why="Not now.")
    assert "was withdrawn, with a reason" in Notice.objects.get(to=registrar, url=change.get_absolute_url()).words
