"""Blind reading: nobody who may be asked for a reading of the loop learns another's before their own is stored."""

from __future__ import annotations

import datetime
import json
import re

import pytest
from django.contrib.auth.models import AnonymousUser

from knowledge.models import Guidance
from nhs_learning.people.models import Notice, User
from nhs_learning.record import clock
from nhs_learning.record.models import Event, SearchEntry
from reviews import methods, permissions
from reviews.models import Change, Review
from tests import changing
from tests.reviews.trying import decide, resend, sent, suggested


@pytest.fixture
def second(person) -> User:
    return person("approver2", role="approver")


def sees(user: User, change: Change) -> bool:
    """Asked of the change by itself and of the change in a list, where it costs no query; both say the same."""
    now = Change.objects.get(pk=change.pk)
    alone = bool(permissions.may_see_reading(user, now))
    for listed in Change.objects.visible_to(user).with_subject().filter(pk=change.pk):
        assert bool(permissions.may_see_reading(user, listed)) == alone
    return alone


def test_the_approver_does_not_see_the_authors_reading_before_her_own_is_stored(asthma, registrar, approver, second):
    change = suggested(asthma, by=registrar)
    assert not sees(approver, change), "while it is being written"
    changing.propose(change, by=registrar, significance="safety")
    assert not sees(approver, change), "while it waits"
    decide(change, by=approver)
    assert sees(approver, change)
    assert not sees(second, change), "who is still to read it"


def test_what_she_sent_back_and_gets_again_unchanged_she_has_read(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single")
    decide(change, by=approver, verdict="send_back", note="Say why.")
    change.refresh_from_db()
    changing.propose(change, by=registrar, why="Because of the audit of May.")
    assert sees(approver, change)
    assert permissions.may_decide(approver, change)


def test_another_text_is_read_blind_again(asthma, registrar, approver):
    change = sent(asthma, by=registrar, loop="single")
    decide(change, by=approver, verdict="send_back", note="Say for whom.")
    change.refresh_from_db()
    change.edition.edit(by=registrar, body="Give adults oxygen at once.")
    changing.propose(change, by=registrar)
    assert not sees(approver, change)


def test_what_is_approved_may_be_taken_back_so_that_who_has_not_read_it_still_sees_nothing(
    asthma, registrar, approver, second, lead
):
    change = sent(asthma, by=registrar, loop="single", publish_on=clock.today() + datetime.timedelta(days=7))
    decide(change, by=approver, reading="double")
    assert not sees(second, change)
    resend(Change.objects.get(pk=change.pk), by=registrar, body="Another text.")
    assert not sees(second, change)
    assert not sees(approver, change), "of another text"


def test_the_lead_who_settles_sees_what_was_read_also_when_she_approves_elsewhere(asthma, registrar, approver, lead):
    lead.join(None, role="approver", by=None)
    change = sent(asthma, by=registrar, loop="single")
    assert not sees(lead, change), "she may be asked to decide"
    decide(change, by=approver, reading="double")
    assert sees(lead, change), "now she is asked to settle"


def test_the_facilitator_who_also_approves_reads_it_blind_like_everybody(asthma, registrar, facilitator, northbridge):
    facilitator.join(None, role="approver", by=None)
    methods.equip(northbridge)
    review = Review.begin(
        by=facilitator,
        method=methods.in_force(northbridge)[0],
        title="Oxygen",
        trigger="audit",
        facilitator=facilitator,
    )
    draft = asthma.start_draft(by=registrar)
    draft.edit(by=registrar, body="Give oxygen at once.")
    change = Change.begin(by=registrar, edition=draft, review=review)
    changing.propose(change, by=registrar)
    assert not sees(facilitator, change)


def test_who_stands_in_reads_it_blind(asthma, registrar, approver, nurse):
    approver.be_away(by=approver, until=clock.today() + datetime.timedelta(days=3), stand_in=nurse)
    assert not sees(User.objects.get(pk=nurse.pk), sent(asthma, by=registrar, loop="single"))


def test_authors_owners_and_readers_see_it_and_nobody_of_another_trust(
    asthma, registrar, curator, nurse, person, southgate
):
    change = sent(asthma, by=registrar, loop="single")
    assert sees(registrar, change)
    assert sees(curator, change)
    assert not sees(person("their_approver", role="approver", trust=southgate), change)
    assert not sees(AnonymousUser(), change)


def test_once_it_is_decided_for_good_it_is_open_to_all_who_see_the_change(asthma, registrar, approver, second):
    for verdict, note in (("decline", "No."), ("approve", "")):
        change = sent(asthma, by=registrar, loop="single")
        decide(change, by=approver, verdict=verdict, note=note)
        assert sees(second, change)


def test_a_list_tells_who_wrote_and_who_decided_without_asking_again(
    asthma, registrar, approver, second, django_assert_num_queries
):
    decide(sent(asthma, by=registrar, loop="single", significance="safety"), by=approver)
    for user, wrote, decided in ((registrar, True, False), (approver, False, True), (second, False, False)):
        change = Change.objects.visible_to(user).with_subject().get()
        assert (change.i_wrote, change.i_decided) == (wrote, decided)
        assert user.reach
        with django_assert_num_queries(0):
            permissions.may_see_reading(user, change)
            permissions.may_decide(user, change)


def test_what_waits_is_listed_for_those_who_may_decide_the_oldest_first(
    asthma, framework, registrar, approver, second, curator, stranger, nurse
):
    newer = sent(asthma, by=registrar, loop="single", significance="safety")
    with clock.at(clock.now() - datetime.timedelta(days=4)):
        older = sent(asthma, by=registrar, loop="single")
    mine = sent(framework, by=approver, loop="single", texts={"body": "Plans."})
    suggested(asthma, by=registrar)
    assert list(Change.objects.waiting_for(approver)) == [older, newer], "not her own"
    decide(newer, by=approver)
    assert list(Change.objects.waiting_for(approver)) == [older]
    assert list(Change.objects.waiting_for(second)) == [older, newer, mine]
    for other in (registrar, curator, stranger, nurse):
        assert not Change.objects.waiting_for(other).exists()


# What is written down on the way

#: How a loop, its reason, what it redefines and a note would give themselves away.
TELLING = re.compile(r"single|double|meta|telltale", re.IGNORECASE)


def _written_down() -> str:
    """All that timelines, notices and the search index say of a change that is on its way."""
    said = [[event.verb, event.what] for event in Event.objects.filter(subject_kind="change")]
    said += [[notice.words, notice.why, notice.url] for notice in Notice.objects.all()]
    said += [[entry.title, entry.text] for entry in SearchEntry.objects.exclude(kind="routine")]
    return json.dumps(said)


def test_no_timeline_notice_or_search_result_tells_how_anybody_read_it(asthma, registrar, approver, second, lead):
    asthma.service.rearrange(by=lead, lead=lead)
    governing = [("goal", "Telltale before.", "Telltale after.")]
    change = sent(
        asthma, by=registrar, loop="double", loop_reason="Telltale.", governing=governing, significance="safety"
    )
    assert not TELLING.search(_written_down())
    decide(change, by=approver, reading="single", note="Telltale: a single thing.")
    assert not TELLING.search(_written_down())
    decide(change, by=second, reading="meta", verdict="send_back", note="Telltale.")
    assert not TELLING.search(_written_down())
    change.refresh_from_db()
    changing.propose(
        change,
        by=registrar,
        loop="double",
        loop_reason="Telltale.",
        governing=governing,
        publish_on=clock.today() + datetime.timedelta(days=7),
    )
    decide(change, by=second, reading="meta")
    change = Change.objects.get(pk=change.pk)
    assert change.needs_settling
    change.settle(by=lead, loop="double", why="Telltale.")
    assert Notice.objects.filter(to=lead).exists()
    assert not TELLING.search(_written_down()), "it may be taken back, and read by others"


def test_what_is_known_of_the_guidance_tells_nothing_either(asthma, registrar):
    sent(asthma, by=registrar, loop="double")
    events = Event.objects.filter(subject_kind__in=("guidance", "revision", "review")).values_list("what", flat=True)
    assert not TELLING.search(json.dumps([{**what, "title": ""} for what in events]))
    assert Guidance.objects.get(pk=asthma.pk).current.loop == ""


# Need to know


def test_somebody_removed_from_a_confidential_review_sees_it_no_longer(asthma, facilitator, nurse, lead, northbridge):
    methods.equip(northbridge)
    review = Review.begin(
        by=facilitator,
        method=methods.in_force(northbridge)[0],
        title="Oxygen",
        trigger="incident",
        facilitator=facilitator,
        service=asthma.service,
        confidentiality="participants",
        participants=[nurse],
    )
    assert review in Review.objects.visible_to(nurse)
    assert review not in Review.objects.visible_to(lead)
    review.remove(nurse, by=facilitator)
    assert review not in Review.objects.visible_to(nurse)
    assert not permissions.may_take_part(nurse, review)
    review.close(by=facilitator, learning="We had time.", share_with="Nobody else.")
    assert review not in Review.objects.visible_to(nurse)
    assert review in Review.objects.visible_to(facilitator)


def test_somebody_who_moved_to_another_trust_takes_part_no_longer(asthma, facilitator, nurse, northbridge, southgate):
    methods.equip(northbridge)
    review = Review.begin(
        by=facilitator,
        method=methods.in_force(northbridge)[0],
        title="Oxygen",
        trigger="incident",
        facilitator=facilitator,
        participants=[nurse],
    )
    assert permissions.may_take_part(nurse, review)
    nurse.move_to(southgate, by=None)
    assert not permissions.may_take_part(nurse, review)
    assert review not in Review.objects.visible_to(nurse)
