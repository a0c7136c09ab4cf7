"""What the database refuses whoever asks: the rules tried around the verbs, by QuerySet.update and by raw rows."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection

from knowledge.models import Guidance, Revision
from nhs_learning.people.models import Service, User
from nhs_learning.record import clock
from reviews import methods
from reviews.models import Action, Change, Decision, GoverningChange, Review
from routines.models import Routine, RoutineRevision
from tests import changing
from tests.reviews.trying import ask_now, decide, refused, sent, state, suggested

NOT_BY_A_CHANGE = "a later edition comes into force by a decided change"
NOT_ENOUGH = "approved by one person, a safety change by two"
AS_SENT = "what was sent stays as it was sent"
TOGETHER = "a change and its edition are in force together"
FROZEN = "what is published, or waits for a decision, is never edited"
UNNAMED = "names what it redefines"


@pytest.fixture
def second(person) -> User:
    return person("approver2", role="approver")


@pytest.fixture
def waiting(asthma, registrar) -> Change:
    """The registrar's change to the main text, which waits for a decision."""
    return sent(asthma, by=registrar, loop="single")


@pytest.fixture
def approved(asthma, registrar, approver) -> Change:
    """Approved, until its day comes."""
    change = sent(asthma, by=registrar, loop="single", publish_on=clock.today() + datetime.timedelta(days=7))
    decide(change, by=approver)
    return Change.objects.get(pk=change.pk)


@pytest.fixture
def done(waiting, approver) -> Change:
    """In force."""
    decide(waiting, by=approver)
    ask_now()
    return Change.objects.get(pk=waiting.pk)


def write(thing: Any, **fields: Any) -> None:
    """Write into its row, around every verb."""
    type(thing).objects.filter(pk=thing.pk).update(**fields)


def put_down(change: Change, by: User, **more: Any) -> Decision:
    """A decision, around the verb."""
    said = {"verdict": "approve", "reading": "single", "fingerprint": change.fingerprint, "at": clock.now(), **more}
    return Decision.objects.create(change=change, by=by, **said)


def publish(draft: Any, by: User, **more: Any) -> None:
    """Put a draft in force around the verbs, pointer and all."""
    said = {"number": 2, "loop": "single", "reason": "Because.", "published_at": clock.now(), "published_by": by}
    type(draft.whole).objects.filter(pk=draft.whole.pk).update(current=draft)
    write(draft, **{**said, **more})


# Nothing is in force without a decided change


def test_the_curators_draft_is_not_published_without_a_loop(asthma, curator):
    with refused("a_later_edition_has_a_number_a_loop_and_a_reason"):
        publish(asthma.start_draft(by=curator), curator, loop="")


def test_the_curators_draft_is_not_published_without_a_change(asthma, curator):
    draft = asthma.start_draft(by=curator)
    with refused(NOT_BY_A_CHANGE):
        publish(draft, curator)
    with refused(NOT_BY_A_CHANGE):
        draft.publish(by=curator, loop="single", reason="Because.")


def test_nor_as_number_nought_nor_as_a_second_number_one(asthma, curator):
    with refused(f"{NOT_BY_A_CHANGE}|the latest edition that was published"):
        publish(asthma.start_draft(by=curator), curator, number=0)
    with refused("an_edition_number_is_used_once"):
        publish(asthma.start_draft(by=curator), curator, number=1)


def test_a_first_edition_is_not_adopted_again_over_what_is_in_force(asthma, curator):
    another = Revision.objects.create(
        guidance=asthma, title="Another", created_at=clock.now(), created_by=curator, body="Do as you like."
    )
    with pytest.raises(Exception, match="bring the draft up to date"):
        another.adopt(by=curator)
    with refused("an_edition_number_is_used_once"):
        publish(another, curator, number=1, loop="", reason="")
    with refused(NOT_BY_A_CHANGE):
        publish(another, curator, number=2)


def test_the_curators_draft_is_not_published_while_its_change_waits_or_is_declined(waiting, curator, approver):
    with refused(f"{NOT_BY_A_CHANGE}|{TOGETHER}"):
        publish(waiting.edition, curator)
    decide(waiting, by=approver, verdict="decline", note="No.")
    ask_now()
    with refused(f"{NOT_BY_A_CHANGE}|{TOGETHER}"):
        publish(waiting.edition, curator)


def test_what_is_in_force_is_never_pointed_at_a_draft_nor_back_at_an_earlier_edition(done, asthma, curator):
    draft = Guidance.objects.get(pk=asthma.pk).start_draft(by=curator)
    for edition in (draft, asthma.revisions.get(number=1)):
        with refused("the latest edition that was published"):
            write(asthma, current=edition)


def test_an_edition_is_not_published_while_readers_go_on_reading_the_one_before(approved, approver):
    draft = approved.edition
    with refused("the latest edition that was published"):
        write(approved, state="in_force", ended_at=clock.now(), ended_by=approver)
        said = {"number": 2, "loop": "single", "reason": approved.why}
        write(draft, published_at=clock.now(), published_by=approver, **said)


def test_a_change_is_not_in_force_before_its_edition_is(approved, approver):
    with refused(TOGETHER):
        write(approved, state="in_force", ended_at=clock.now(), ended_by=approver)


def test_the_loop_the_reason_and_the_significance_in_force_are_those_that_were_decided(approved, approver):
    for other in ({"loop": "double"}, {"reason": "Another reason."}):
        with refused(f"{NOT_BY_A_CHANGE}|{TOGETHER}"):
            write(approved, state="in_force", ended_at=clock.now(), ended_by=approver)
            publish(approved.edition, approver, **{"reason": approved.why, **other})
    for other in ({"significance": "wording"}, {"committee": "Another Committee"}, {"number": 7}):
        with refused(FROZEN):
            write(approved.edition, **other)


def test_afterwards_nobody_rewrites_what_was_decided(done):
    for other in (
        {"loop": "double"},
        {"settled_loop": "double", "settled_why": "So."},
        {"significance": "safety"},
        {"why": "Another reason."},
        {"fingerprint": "0" * 64},
        {"suggested_loop": "double"},
    ):
        with refused(AS_SENT):
            write(done, **other)
    for elsewhere in ("drafting", "proposed", "approved", "withdrawn"):
        with refused("a change does not go from in_force"):
            write(done, state=elsewhere, ended_at=None, ended_by=None)


def test_whether_it_worked_is_said_once_and_not_rewritten(done, registrar):
    done.look_back(by=registrar, outcome="adopted", evidence="The audit of June.")
    with refused(AS_SENT):
        write(done, outcome="abandoned")


def test_a_change_begins_as_a_draft_and_takes_no_short_cut(asthma, registrar, approver, northbridge):
    change = suggested(asthma, by=registrar)
    draft = asthma.start_draft(by=registrar)
    with refused("Cannot insert"):
        Change.objects.create(
            trust=northbridge,
            reference="ZNB-2026-9999",
            review=change.review,
            guidance_revision=draft,
            state="proposed",
            opened_at=clock.now(),
            opened_by=registrar,
        )
    with refused("a change does not go from drafting to in_force"):
        write(change, state="in_force", ended_at=clock.now(), ended_by=approver)


def test_two_changes_never_own_one_draft(waiting, northbridge, registrar):
    with refused("guidance_revision"):
        Change.objects.create(
            trust=northbridge,
            reference="ZNB-2026-9999",
            review=waiting.review,
            guidance_revision=waiting.edition,
            opened_at=clock.now(),
            opened_by=registrar,
        )


def test_a_change_is_of_one_edition_and_stays_of_it(waiting, asthma, registrar, approver, northbridge):
    methods.equip(northbridge)
    other = asthma.start_draft(by=registrar)
    for elsewhere in ({"guidance_revision": other}, {"opened_by": approver}, {"reference": "ZNB-2026-0000"}):
        with refused("Cannot update"):
            write(waiting, **elsewhere)
    routine = Routine.objects.first().start_draft(by=registrar)
    with refused("a_change_is_about_exactly_one_edition"):
        Change.objects.create(
            trust=northbridge,
            reference="ZNB-2026-9999",
            review=waiting.review,
            guidance_revision=other,
            routine_revision=routine,
            opened_at=clock.now(),
            opened_by=registrar,
        )


def test_a_routine_is_kept_by_the_same_rules(registrar, approver, northbridge):
    methods.equip(northbridge)
    routine = Routine.objects.get(slug="swarm-huddle")
    draft = routine.start_draft(by=registrar)
    draft.edit(by=registrar, goal="To learn at once.")
    with refused(NOT_BY_A_CHANGE):
        publish(draft, approver, loop="meta")
    with refused("the latest edition that was published"):
        write(routine, current=draft)
    change = Change.suggest(by=registrar, edition=draft)
    changing.propose(change, by=registrar, loop="meta")
    with refused(FROZEN):
        RoutineRevision.objects.filter(pk=draft.pk).update(goal="Nothing.")
    with refused(FROZEN):
        draft.steps.update(prompt="Whose fault was it?")
    with refused("opened again by taking its change back"):
        RoutineRevision.objects.filter(pk=draft.pk).update(sent=False)
    with refused("an author never decides"):
        put_down(change, registrar, reading="meta")


# Who decides, on what, how many


def test_an_author_never_decides_not_even_one_who_only_added_a_comma(waiting, asthma, registrar, approver, second):
    waiting.take_back(by=registrar)
    waiting.edition.edit(by=approver, summary=f"{waiting.edition.summary},")
    changing.propose(waiting, by=registrar)
    for author in (registrar, approver):
        with refused("an author never decides on what they wrote"):
            put_down(waiting, author)
    put_down(waiting, second)


def test_an_approver_who_wrote_in_it_after_approving_does_not_count(asthma, registrar, approver, second):
    change = sent(asthma, by=registrar, loop="single", significance="safety", texts={"body": "One\nTwo"})
    decide(change, by=approver)
    change.take_back(by=registrar)
    change.edition.edit(by=approver, body="One\r\nTwo")
    changing.propose(change, by=registrar)
    put_down(change, second)
    with refused(NOT_ENOUGH):
        write(change, state="approved")


def test_who_wrote_in_a_draft_does_not_slip_out_of_its_authors(waiting, registrar, curator, nurse):
    waiting.take_back(by=registrar)
    waiting.edition.edit(by=curator, summary="Short.")
    with refused("stays its author"):
        waiting.edition.authors.remove(curator)
    with refused("stays its author"):
        Revision.authors.through.objects.filter(user=curator).update(user=nurse)


def test_a_draft_that_is_thrown_away_takes_its_authors_with_it(asthma, curator):
    draft = asthma.start_draft(by=curator)
    draft.edit(by=curator, body="Nothing.")
    draft.discard(by=curator)
    ask_now()


def test_a_safety_change_takes_two_people(asthma, registrar, approver, second):
    change = sent(asthma, by=registrar, loop="single", significance="safety")
    put_down(change, approver)
    with refused(NOT_ENOUGH):
        write(change, state="approved")
    with refused("a_person_approves_the_same_thing_once"):
        put_down(change, approver)
    put_down(change, second)
    write(change, state="approved")
    ask_now()


def test_a_committee_with_its_minute_is_one_of_the_two(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single", significance="safety")
    put_down(change, approver, committee="Medicines Committee", met_on=clock.today(), minute="7.1")
    with refused(NOT_ENOUGH):
        write(change, state="approved")
    with refused("a_committee_decides_on_a_date_with_a_minute"):
        put_down(sent(asthma, by=registrar, loop="single"), approver, committee="Medicines Committee")


def test_a_significance_is_not_lowered_under_an_approval(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single", significance="safety")
    put_down(change, approver)
    with refused(AS_SENT):
        write(change, significance="practice")
    with refused(FROZEN):
        write(change.edition, significance="practice")


def test_a_change_of_wording_counts_approvals_that_find_the_meaning_unchanged(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single", significance="wording")
    put_down(change, approver, meaning_unchanged=False)
    with refused(NOT_ENOUGH):
        write(change, state="approved")


@pytest.mark.parametrize("verdict", ["send_back", "decline"])
def test_only_approvals_approve(verdict, waiting, approver):
    put_down(waiting, approver, verdict=verdict, note="Why?")
    with refused(NOT_ENOUGH):
        write(waiting, state="approved")


def test_a_decision_is_put_down_for_what_waits_and_for_what_it_says_now(waiting, asthma, registrar, approver):
    with refused("on what a change that waits says now"):
        put_down(waiting, approver, fingerprint="0" * 64)
    with refused("on what a change that waits says now"):
        put_down(suggested(asthma, by=registrar), approver, fingerprint="")
    decide(waiting, by=approver)
    with refused("on what a change that waits says now"):
        put_down(Change.objects.get(pk=waiting.pk), approver)


def test_somebody_of_another_trust_decides_nothing(waiting, person, southgate):
    stranger = person("southgate_approver", role="approver", trust=southgate)
    with refused("a decision is made by somebody of the trust"):
        put_down(waiting, stranger)


def test_a_decision_is_neither_edited_nor_deleted(done, approver):
    for deed in (
        lambda: Decision.objects.update(reading="double"),
        lambda: Decision.objects.update(by=done.opened_by),
        lambda: Decision.objects.all()._raw_delete("default"),
    ):
        with refused("Cannot update or delete rows from reviews_decision"):
            deed()


def test_what_is_not_approved_says_why(waiting, approver):
    with refused("what_is_not_approved_says_why"):
        put_down(waiting, approver, verdict="decline")


# What was sent


@pytest.mark.parametrize("where", ["waiting", "approved"])
@pytest.mark.parametrize(
    "deed",
    [
        lambda draft: write(draft, body="Other."),
        lambda draft: write(draft, review_due=datetime.date(2099, 1, 1)),
        lambda draft: write(draft, based_on=None),
        lambda draft: draft.wordings.update(text="Other."),
        lambda draft: draft.wordings.all()._raw_delete("default"),
        lambda draft: draft.say(number="9", text="One more."),
        lambda draft: draft.expect(statement=draft.wordings.first().statement, what="One more."),
        lambda draft: draft.attach(name="a.txt", content=b"a", content_type="text/plain"),
        lambda draft: draft.wordings.model.objects.filter(revision__number=1).update(revision=draft, number="8"),
    ],
)
def test_nothing_of_a_sent_draft_is_written_in(deed, where, request):
    draft = request.getfixturevalue(where).edition
    with refused(FROZEN):
        deed(draft)


@pytest.mark.parametrize("where", ["waiting", "approved"])
def test_a_sent_draft_is_not_opened_behind_the_approvers_back(where, request):
    change = request.getfixturevalue(where)
    with refused("opened again by taking its change back"):
        write(change.edition, sent=False)
    with refused("opened again by taking its change back"):
        change.edition.take_back()


def test_a_change_that_waits_stays_as_it_was_sent(waiting, curator, asthma):
    for other in (
        {"what": "Other."},
        {"loop": "double"},
        {"fingerprint": "0" * 64},
        {"proposed_by": curator},
        {"review": suggested(asthma, by=curator).review},
    ):
        with refused(AS_SENT):
            write(waiting, **other)


def test_a_change_waits_only_with_its_draft_closed_to_writing(asthma, registrar):
    change = suggested(asthma, by=registrar)
    said = {"what": "A.", "why": "B.", "loop": "single", "suggested_loop": "single", "fingerprint": "0" * 64}
    with refused(TOGETHER):
        write(change, state="proposed", proposed_at=clock.now(), proposed_by=registrar, **said)


def test_a_change_that_waits_says_what_why_and_which_loop(asthma, registrar):
    for missing in ({"what": ""}, {"why": ""}):
        with refused("a_proposed_change_says_what_why_and_which_loop"):
            sent(asthma, by=registrar, loop="single", **missing)
    with refused("another_loop_than_suggested_has_a_reason"):
        sent(asthma, by=registrar, loop="double", loop_reason="")


# What a deeper change redefines


def test_a_double_loop_change_names_what_it_redefines(asthma, registrar):
    with refused(UNNAMED):
        sent(asthma, by=registrar, loop="double", governing=[])
    with refused(UNNAMED):
        sent(asthma, by=registrar, loop="double", governing=changing.REDEFINED["meta"])
    with refused("what_is_redefined_says_before_and_after"):
        sent(asthma, by=registrar, loop="double", governing=[("goal", "", "Care at once.")])


def test_what_it_redefines_stays_named_while_it_waits_and_for_good(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="double")
    for moment in ("it waits", "it is in force"):
        for deed in (
            lambda: change.governing.all()._raw_delete("default"),
            lambda: change.governing.update(variable="norm"),
            lambda: change.governing.update(becomes="Nothing."),
        ):
            with refused(AS_SENT):
                deed()
        if moment == "it waits":
            decide(change, by=approver, reading="double")
            ask_now()
    with refused(AS_SENT):
        GoverningChange.objects.create(change=change, variable="norm", was="A", becomes="B")


def test_taken_back_it_may_name_something_else(asthma, registrar):
    change = sent(asthma, by=registrar, loop="double")
    change.take_back(by=registrar)
    changing.propose(change, by=registrar, loop="double", governing=[("policy", "One.", "Two.")])
    ask_now()
    assert [one.variable for one in change.governing.all()] == ["policy"]


# Differences


@pytest.fixture
def differing(asthma, registrar, approver) -> Change:
    """Approved, with the loop read otherwise by the approver."""
    change = sent(asthma, by=registrar, loop="single")
    decide(change, by=approver, reading="double")
    ask_now()
    return Change.objects.get(pk=change.pk)


def test_an_unsettled_difference_is_not_published(differing, approver):
    with refused(TOGETHER):
        write(differing, state="in_force", ended_at=clock.now(), ended_by=approver)
        publish(differing.edition, approver, reason=differing.why)


@pytest.mark.parametrize("who", ["registrar", "approver"])
def test_neither_an_author_nor_who_decided_settles_it(who, differing, request):
    with refused("neither wrote the change nor decided on it"):
        differing.settle(by=request.getfixturevalue(who), loop="single", why="The aim is the same.")


def test_settling_towards_double_loop_names_what_is_redefined(differing, lead):
    with refused(UNNAMED):
        Change.objects.get(pk=differing.pk).settle(by=lead, loop="double", why="It is our aim.")
    differing.settle(by=lead, loop="double", why="It is our aim.", governing=changing.REDEFINED["double"])
    ask_now()
    assert state(differing) == "in_force"


def test_a_settled_loop_says_who_and_why(differing, lead):
    with refused("a_settled_loop_says_when_who_and_why"):
        write(differing, settled_loop="single", settled_at=clock.now(), settled_by=lead)


# Reviews


@pytest.fixture
def review(facilitator, northbridge) -> Review:
    methods.equip(northbridge)
    method = next(one for one in methods.in_force(northbridge) if one.routine.slug == "after-action-review")
    return Review.begin(by=facilitator, method=method, title="Oxygen", trigger="incident", facilitator=facilitator)


def close(review: Review, by: User, **more: Any) -> None:
    said = {"learning": "We had time.", "share_with": "Nobody else."}
    write(review, **{"state": "closed", "closed_at": clock.now(), "closed_by": by, **said, **more})


def test_a_review_is_not_closed_over_an_undecided_change(review, asthma, registrar, facilitator, approver):
    draft = asthma.start_draft(by=registrar)
    draft.edit(by=registrar, body="Give oxygen at once.")
    change = Change.begin(by=registrar, edition=draft, review=review)
    undecided = "a review is closed when each of its changes is decided"
    with refused(undecided):
        close(review, facilitator)
    changing.propose(change, by=registrar)
    with refused(undecided):
        close(review, facilitator)
    decide(change, by=approver, reading="double")
    with refused(undecided):
        close(review, facilitator)
    change.refresh_from_db()
    change.settle(by=facilitator, loop="single", why="The aim is the same.")
    close(review, facilitator)
    ask_now()


def test_no_change_is_begun_in_a_closed_review_nor_moved_into_it(review, asthma, registrar, facilitator):
    close(review, facilitator)
    change = suggested(asthma, by=registrar)
    with refused("a review is closed when each of its changes is decided"):
        write(change, review=review)


def test_a_review_is_not_closed_without_the_learning_question_but_a_desk_review_is(
    review, facilitator, asthma, registrar, approver
):
    with refused("a_closed_review_has_answered_the_learning_question"):
        close(review, facilitator, learning="")
    with refused("a_closed_review_has_answered_the_learning_question"):
        close(review, facilitator, share_with="")
    decide(sent(asthma, by=registrar, loop="single"), by=approver)
    ask_now()
    assert Review.objects.filter(desk=True, state="closed", learning="").exists()


def test_nothing_is_written_in_a_closed_review_and_what_it_says_stays(review, facilitator, registrar):
    step = review.method.steps.first()
    review.answer(by=facilitator, step=step, text="A steroid.")
    review.find(by=facilitator, what="Steroids are kept in the other bay.", factor="tools")
    action = agreed(review, by=facilitator, owner=registrar)
    close(review, facilitator)
    closed = "nothing is written in a closed review"
    with refused(closed):
        write(review.answers.get(), text="Nothing.")
    with refused(closed):
        review.findings.all().delete()
    with refused(closed):
        copied(action)
    with refused("a_closed_review_stays_as_it_was_closed"):
        write(review, learning="Nothing.")


def test_an_action_stays_what_it_is_and_ends_once(review, facilitator, registrar):
    action = agreed(review, by=facilitator, owner=registrar)
    with refused("an_action_stays_what_it_is"):
        write(action, what="Something else.")
    with refused("an_action_says_what_and_how_one_will_know"):
        agreed(review, by=facilitator, owner=registrar, measure="")
    write(action, due=clock.today())
    action.end(by=registrar, done=True, outcome="Nine in ten.")
    with refused("an_ended_action_stays_as_it_ended"):
        write(action, outcome="Ten in ten.")


def test_an_action_is_of_its_reviews_trust(review, facilitator, registrar, southgate):
    action = agreed(review, by=facilitator, owner=registrar)
    with refused("an action, its review and what was found are of one"):
        copied(action, trust=southgate)


def copied(action: Action, **fields: Any) -> Action:
    """Another row like it, around the verb."""
    said = {field.name: getattr(action, field.name) for field in Action._meta.concrete_fields}
    return Action.objects.create(**{**said, "id": None, "reference": "ZNB-2026-9999", **fields})


def agreed(review: Review, *, by: User, owner: User, measure: str = "Nine in ten within the hour.") -> Action:
    return Action.agree(by=by, review=review, what="Stock steroids.", owner=owner, due=clock.today(), measure=measure)


def test_a_review_keeps_the_method_it_began_with_and_does_not_become_a_desk_review(review, northbridge):
    for other in ({"method": methods.desk(northbridge)}, {"desk": True}):
        with refused("Cannot update"):
            write(review, **other)


def test_a_review_follows_a_learning_routine_of_its_own_trust(review, facilitator, southgate, curator, northbridge):
    begun = {"by": facilitator, "title": "Other", "trigger": "audit", "facilitator": facilitator}
    care = Routine.begin(by=curator, trust=northbridge, kind="care", slug="drip", title="Putting up a drip")
    care.adopt(by=curator)
    with refused("follows an edition of one of its learning routines"):
        Review.begin(method=care, **begun)
    with refused("follows an edition of one of its learning routines"):
        Review.begin(method=review.method.routine.start_draft(by=facilitator), **begun)
    theirs = Service.open(by=None, trust=southgate, name="Wards", slug="wards", parent=None)
    with refused("a review is of one trust"):
        Review.begin(method=review.method, service=theirs, **begun)


# Another trust


def test_a_change_its_guidance_and_its_review_are_of_one_trust(asthma, registrar, southgate, stranger):
    methods.equip(southgate)
    method = methods.in_force(southgate)[0]
    theirs = Review.begin(by=stranger, method=method, title="Theirs", trigger="audit", facilitator=stranger)
    with pytest.raises(Exception, match="another trust"):
        Change.begin(by=registrar, edition=asthma.start_draft(by=registrar), review=theirs)
    change = suggested(asthma, by=registrar)
    with refused("of one trust"):
        write(change, review=theirs)


def test_a_finding_of_another_review_is_not_what_led_to_it(review, asthma, registrar, facilitator):
    finding = review.find(by=facilitator, what="No torch.", factor="tools")
    with refused("of one trust"):
        write(suggested(asthma, by=registrar), finding=finding)


# After all that


def test_everything_that_the_verbs_made_stands_up_to_a_second_look(done, review, asthma, registrar, approver):
    dated = sent(asthma, by=registrar, loop="single", texts={"body": "Call for help."}, publish_on=clock.today())
    decide(dated, by=approver, reading="double")
    sent(asthma, by=registrar, loop="double", texts={"aim": "Care at once."})
    suggested(asthma, by=registrar).withdraw(by=registrar, why="No.")
    ask_now()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reviews_change SET due = due; UPDATE reviews_review SET title = title")
        cursor.execute("UPDATE knowledge_guidance SET current_id = current_id")
    ask_now()
