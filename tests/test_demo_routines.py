"""The demonstration trust's routines: how they are done and changed, what people recorded, and what is still open."""

from __future__ import annotations

import datetime

import pytest

from knowledge.models import Guidance
from nhs_learning.demo import content
from nhs_learning.record import clock
from nhs_learning.record.nhs_numbers import find
from reviews.models import Change, Review
from routines import flow, permissions, picture
from routines.models import Check, Pattern, Performance, Routine, Tally, Use, UseTally
from routines.sources import drawn_on

pytestmark = pytest.mark.django_db


def routine(slug: str) -> Routine:
    return Routine.objects.select_related("current", "trust", "service").get(trust__ods_code="ZNB", slug=slug)


def in_force() -> list[Routine]:
    return list(Routine.objects.filter(trust__ods_code="ZNB").in_force().select_related("current", "owner", "deputy"))


def departures(slug: str, reason: str) -> list[datetime.date]:
    done = Performance.objects.filter(routine=routine(slug), how="departed", reason=reason)
    return sorted(done.values_list("on", flat=True))


def test_northbridge_has_routines_of_care_of_running_things_and_of_learning(lived) -> None:
    there = in_force()
    kinds = [one.kind for one in there]
    assert len(there) >= 20
    assert {kind: kinds.count(kind) for kind in Routine.Kind} == {"care": 10, "operational": 6, "learning": 9}
    for one in there:
        assert one.owner.is_active
        assert one.current.goal
        assert one.current.norms
    for one in there:
        steps = list(one.current.steps.all())
        flow.see([flow.Link(step.key, tuple(step.after)) for step in steps])
        if one.kind != "learning":
            assert 4 <= len(steps) <= 10
            assert one.topics.exists()
            assert one.current.sources.exists()
    assert len({one.owner for one in there if one.kind == "learning"}) >= 5


def test_steps_run_beside_each_other_and_join_again(lived) -> None:
    huddle = routine("sepsis-huddle").current
    after = {step.key: step.after for step in huddle.steps.all()}
    assert after["s3"] == after["s4"] == ["s2"]
    assert after["s6"] == ["s3", "s4", "s5"]


def test_routines_draw_on_guidance_statements_and_insights(lived) -> None:
    drawn = [source for one in in_force() for source in one.current.sources.all()]
    assert sum(source.guidance_id is not None for source in drawn) >= 15
    assert sum(source.statement_id is not None for source in drawn) >= 30
    assert sum(source.insight_id is not None for source in drawn) >= 4


def test_seven_have_later_editions_by_changes_with_their_loops(lived) -> None:
    changes = Change.objects.filter(trust__ods_code="ZNB", state="in_force", routine_revision__isnull=False)
    later = changes.exclude(routine_revision__routine__kind="learning").select_related("routine_revision__routine")
    loops = {change.routine_revision.routine.slug: change.loop_that_holds for change in later}
    assert loops == {
        "antenatal-triage": "single",
        "bed-meeting": "double",
        "discharge-planning": "single",
        "handover-at-night": "double",
        "sepsis-huddle": "single",
        "theatre-brief": "single",
        "virtual-ward-morning-huddle": "single",
    }
    assert later.filter(review__desk=False).count() == 3
    learning = changes.filter(routine_revision__routine__kind="learning")
    assert learning.count() >= 4
    assert {change.loop_that_holds for change in learning} == {"meta"}


def test_two_years_of_what_was_done_are_counted(lived) -> None:
    done = Performance.objects.filter(routine__trust__ods_code="ZNB")
    assert 11_000 < done.count() < 14_000
    assert done.earliest("on").on < clock.today() - datetime.timedelta(days=700)
    assert done.latest("on").on >= clock.today() - datetime.timedelta(days=5)
    assert done.count() == sum(Tally.objects.filter(step=None).values_list("number", flat=True))
    for one in done.worth_spreading():
        assert one.how == "adapted"
        assert one.words
    assert 10 <= done.worth_spreading().count() <= 20


def test_three_thousand_uses_of_guidance_are_counted(lived) -> None:
    uses = Use.objects.filter(guidance__trust__ods_code="ZNB")
    assert 2_700 < uses.count() < 4_000
    assert uses.count() == sum(UseTally.objects.values_list("number", flat=True))
    assert uses.filter(statement__isnull=False).count() > uses.filter(statement=None).count()
    assert set(uses.values_list("how", flat=True)) == set(Use.How.values)
    assert len(set(uses.values_list("guidance", flat=True))) >= 20


def test_everything_was_recorded_by_the_edition_in_force_on_its_day(lived) -> None:
    for done in Performance.objects.select_related("revision")[:2000]:
        assert done.revision.published_at <= done.at
    for use in Use.objects.select_related("revision")[:2000]:
        assert use.revision.published_at <= use.at
        assert use.on <= clock.today()


def test_what_people_wrote_is_short_various_and_about_nobody(lived) -> None:
    words = [*Performance.objects.exclude(words="").values_list("words", flat=True)]
    words += Use.objects.exclude(words="").values_list("words", flat=True)
    assert 60 <= len(set(words)) <= 160
    assert max(map(len, words)) < 160
    assert not any(find(text) for text in words)


def test_wards_that_rang_in_led_to_a_review_that_redefined_the_norm_and_rang_in_no_more(lived) -> None:
    meeting = routine("bed-meeting")
    again = Pattern.objects.get(routine=meeting, reason="no_longer_right")
    assert again.state == "taken_up"
    assert again.number >= 40
    review = Review.objects.get(pattern=again)
    [change] = review.changes.all()
    assert (change.loop_that_holds, change.edition.number) == ("double", 2)
    assert set(change.governing.values_list("variable", flat=True)) == {"norm", "structure"}
    before, since = (picture.as_done(edition) for edition in meeting.revisions.published().order_by("number"))
    assert since.number > 80
    assert since.hows["departed"] / since.number < 0.02 < before.hows["departed"] / before.number
    months = sorted(before.months)
    assert before.months[months[-2]]["departed"] > 3 * before.months[months[2]]["departed"]
    assert max(departures("bed-meeting", "no_longer_right")) < change.edition.published_at.date()


def test_an_earlier_sign_of_it_was_set_aside_with_a_reason(lived) -> None:
    assert Pattern.objects.get(routine=routine("bed-meeting"), reason="nobody_there").why


def test_nobody_is_there_at_weekends_and_the_lead_may_take_it_up(lived) -> None:
    reconciliation = routine("medicines-reconciliation-on-admission")
    pattern = Pattern.objects.noticed().get(routine=reconciliation)
    assert pattern.reason == "nobody_there"
    assert pattern.number >= 25
    assert permissions.may_answer_pattern(lived.people.lead, pattern)
    assert {done.on.weekday() for done in pattern.performances.all()} == {5, 6}
    assert pattern.last_on > clock.today() - datetime.timedelta(days=21)
    assert "in person at the bedside" in reconciliation.current.norms


def test_patterns_in_how_guidance_is_used_wait_too(lived) -> None:
    noticed = Pattern.objects.noticed().filter(guidance__isnull=False).select_related("guidance", "statement")
    assert {(one.guidance.slug, one.reason) for one in noticed} == {
        ("oxygen-in-adults", "system"),
        ("delirium", "nothing_there"),
    }
    assert all(one.statement and one.uses.count() == one.number for one in noticed)
    assert all(permissions.may_answer_pattern(lived.people.lead, one) for one in noticed)


def test_outside_of_stories_nobody_departs_so_often_that_it_would_be_a_pattern(lived) -> None:
    loose = Performance.objects.filter(how="departed", pattern=None).order_by("on")
    days: dict[tuple[int, str], list[datetime.date]] = {}
    for routine_id, reason, on in loose.values_list("routine", "reason", "on"):
        days.setdefault((routine_id, reason), []).append(on)
    for found in days.values():
        assert all((later - first).days >= 90 for first, later in zip(found, found[2:], strict=False))


def test_one_routine_draws_on_a_recommendation_that_is_gone_and_its_owner_is_to_look(lived) -> None:
    [gone] = Check.objects.open().filter(kind="d_statement_gone").select_related("routine", "guidance")
    assert (gone.routine.slug, gone.guidance.slug) == ("ward-round", "acute-kidney-injury")
    assert permissions.may_clear(lived.people.registrar, gone)
    shown = drawn_on(routine("ward-round").current, reader=lived.people.registrar)
    assert [drawn.gone for drawn in shown.gone] == ["This recommendation is no longer part of the guidance"]


def test_others_wait_for_somebody_who_can_sign_in_and_most_are_cleared(lived) -> None:
    waiting = Check.objects.open().select_related("routine", "guidance")
    assert 2 <= waiting.count() <= 5
    assert {one.routine.owner for one in waiting} >= {lived.people.registrar, lived.people.lead}
    cleared = Check.objects.filter(cleared_at__isnull=False)
    assert cleared.filter(outcome="still_right").count() >= 8
    assert cleared.filter(outcome="changed").count() >= 2
    assert all(one.word for one in cleared.filter(outcome="still_right"))


def test_one_is_withdrawn_with_a_reason_and_one_waits_to_be_adopted(lived) -> None:
    withdrawn = Routine.objects.get(trust__ods_code="ZNB", state="withdrawn")
    assert "half of them" in withdrawn.withdrawn_why
    draft = Routine.objects.get(trust__ods_code="ZNB", state="drafting").revisions.get()
    assert permissions.may_adopt_routine(lived.people.lead, draft)
    assert permissions.may_write_routine(lived.people.n_begum, draft)


def test_the_nurse_finds_routines_of_her_ward_to_record(lived) -> None:
    hers = Routine.objects.visible_to(lived.people.nurse).in_force().filter(service__slug="acute-medicine")
    assert hers.count() >= 5
    assert all(permissions.may_record_performance(lived.people.nurse, one) for one in hers)
    assert Guidance.objects.visible_to(lived.people.nurse).filter(uses__by=lived.people.nurse).exists()


def test_every_file_of_a_routine_says_what_it_is() -> None:
    for row in content.routines(today=content.WRITTEN_ON, trust="ZNB"):
        assert {"title", "kind", "service", "owner", "goal", "steps"} <= set(row), row["slug"]
        assert all(step["who"] and step["what"] for step in row["steps"])
