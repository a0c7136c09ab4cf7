"""Guidance changes, and the routines that draw on it need checking until their owner has looked."""

from __future__ import annotations

from routines.models import Check
from tests.changing import publish


def test_a_routine_needs_checking_when_guidance_that_it_draws_on_changes_in_practice(huddle, asthma, curator, lead):
    publish(asthma.start_draft(by=curator), loop="single", reason="An audit found a gap.")
    check = Check.objects.open().get()
    assert (check.routine, check.kind, check.since.number, check.revision.number) == (huddle, "a_changed", 1, 2)
    check.say_still_right(by=lead, word="Only the summary changed.")
    assert not Check.objects.open().exists()


def test_a_change_of_wording_leaves_routines_in_peace(huddle, asthma, curator):
    draft = asthma.start_draft(by=curator)
    draft.edit(by=curator, significance="wording")
    publish(draft, loop="single", reason="A comma.")
    assert not Check.objects.exists()
