"""The demonstration trust's two years of learning, and of doing things by routines: in every state, once, and without
anybody's number."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import connection, models, transaction

from knowledge import loops, meeting
from knowledge.models import Codification, Community, Conversation, Guidance, Insight, Profile, Session
from nhs_learning.demo import content, living
from nhs_learning.demo.editing import replaced
from nhs_learning.people.models import User
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from nhs_learning.record.nhs_numbers import find
from reviews import permissions
from reviews.models import Action, Change, Decision, Finding, GoverningChange, Review
from routines import flow, picture
from routines import permissions as of_routines
from routines.models import Check, Pattern, Performance, Routine, Tally, Use, UseTally
from routines.sources import drawn_on

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def lived(django_db_setup, django_db_blocker) -> Iterator[SimpleNamespace]:
    """The demonstration trusts, lived through once for all that follow, and then as if they had never been."""
    with django_db_blocker.unblock(), transaction.atomic():
        said = list(living.live())
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
        people = {user.email.split("@")[0]: user for user in User.objects.filter(trust__ods_code="ZNB")}
        began = clock.today() - datetime.timedelta(days=731)
        yield SimpleNamespace(
            said=said,
            people=SimpleNamespace(**{name.replace(".", "_"): user for name, user in people.items()}),
            changes=Change.objects.filter(trust__ods_code="ZNB", opened_at__date__gte=began),
            reviews=Review.objects.filter(trust__ods_code="ZNB", desk=False),
        )
        transaction.set_rollback(True)


def counted(rows: models.QuerySet, field: str) -> Counter:
    return Counter(rows.values_list(field, flat=True))


def test_northbridge_has_held_sixty_reviews_by_every_method_for_every_reason(lived) -> None:
    assert lived.reviews.count() >= 60
    methods = set(Routine.objects.filter(trust__ods_code="ZNB").learning().values_list("slug", flat=True))
    assert len(methods) == 9
    assert set(counted(Review.objects.all(), "method__routine__slug")) == methods
    assert set(counted(Review.objects.all(), "trigger")) == set(Review.Trigger.values)
    assert len(counted(lived.reviews, "service")) >= 15
    assert set(counted(Finding.objects.all(), "factor")) == set(Finding.Factor.values)


def test_people_of_northbridge_have_told_each_other_what_they_learned(lived) -> None:
    told = Insight.objects.filter(trust__ods_code="ZNB").shared()
    assert told.count() == 60
    assert set(counted(told, "kind")) == set(Insight.Kind.values)
    assert set(counted(told.exclude(guidance=None), "relation")) == set(Insight.Relation.values)
    assert set(counted(told, "audience")) == set(Insight.Audience.values)
    assert told.filter(thanks__isnull=True).exists()
    assert told.to_ask_about().exists()
    assert not any(find(getattr(one, name)) for one in told for name in ("situation", "practice", "why", "when_not"))


def test_several_insights_grew_into_guidance_and_one_stayed_an_insight(lived) -> None:
    assert counted(Codification.objects.all(), "state") == {"taken_up": 5, "proposed": 2, "declined": 1}
    for grown in Codification.objects.filter(revision__number__gte=1):
        assert grown.revision.number > 1
        assert grown.insight.shared_at < grown.revision.published_at


def test_people_of_northbridge_have_profiles_and_have_asked_each_other(lived) -> None:
    profiles = Profile.objects.filter(user__trust__ods_code="ZNB")
    assert profiles.count() >= 40
    assert [one.user.name for one in profiles if one.is_stale]
    assert profiles.filter(takes_questions=False).exists()
    assert User.objects.filter(leaving_on__gte=clock.today()).exists()
    asked = Conversation.objects.filter(trust__ods_code="ZNB")
    assert asked.count() == 40
    assert set(counted(asked, "state")) == {"asked", "accepted", "answered", "closed"}
    assert asked.late().exists()
    assert asked.filter(insights__isnull=False).count() == 4


def test_six_communities_have_met_for_a_year_by_every_method(lived) -> None:
    communities = Community.objects.filter(trust__ods_code="ZNB")
    assert communities.count() == 6
    assert set(counted(Session.objects.all(), "kind")) == set(meeting.METHODS)
    for community in communities:
        assert community.sessions.to_come().exists()
        assert community.sessions.held().count() >= 4
    coffee = Session.objects.filter(kind=meeting.COFFEE, groups__isnull=False).latest("on")
    assert sorted(group.people.count() for group in coffee.groups.all()) == [2, 2, 2, 2, 3]


def test_a_handful_of_reviews_is_open_and_two_of_them_only_for_those_in_them(lived) -> None:
    still = lived.reviews.open()
    assert 4 <= still.count() <= 8
    assert counted(still, "confidentiality")["participants"] == 2


def test_a_closed_review_has_answered_each_question_of_its_method_and_the_one_about_learning(lived) -> None:
    for review in lived.reviews.filter(state="closed"):
        assert review.learning
        assert review.answers.count() == review.method.steps.count(), review


def test_actions_are_done_in_time_and_late_dropped_and_still_to_do(lived) -> None:
    actions = Action.objects.all()
    assert set(counted(actions, "state")) == set(Action.State.values)
    assert any(action.is_late for action in actions)
    assert any(action.ended_at and action.ended_at.date() > action.due for action in actions)
    assert all(action.owner.is_active for action in actions)


def test_there_are_a_hundred_and_fifty_changes_in_every_state(lived) -> None:
    assert lived.changes.count() >= 150
    assert set(counted(lived.changes, "state")) == set(Change.State.values)
    assert set(counted(lived.changes, "outcome")) >= set(Change.Outcome.values)
    assert {change.needs_settling for change in lived.changes.filter(state="approved")} == {True, False}
    again = lived.changes.filter(state="in_force", decisions__verdict="send_back").distinct()
    assert again.count() >= 4


def test_four_in_five_changes_are_single_loop_and_one_in_twenty_changes_how_the_trust_learns(lived) -> None:
    shares = Counter(change.loop_that_holds for change in lived.changes.exclude(loop=""))
    whole = shares.total()
    assert 0.75 < shares["single"] / whole < 0.85
    assert 0.10 < shares["double"] / whole < 0.20
    assert 0.03 < shares["meta"] / whole < 0.08


def test_every_deeper_change_names_what_it_redefines(lived) -> None:
    for change in lived.changes:
        if change.loop_that_holds in loops.VARIABLES:
            named = set(change.governing.values_list("variable", flat=True))
            assert named & set(loops.VARIABLES[change.loop_that_holds]), change


def test_a_change_reads_as_a_change_and_not_as_another_edition(lived) -> None:
    for change in lived.changes.exclude(what=""):
        assert change.edition.changed_parts(), change
        assert change.what
        assert change.why


def test_approvers_agree_on_the_loop_mostly_and_not_always(lived) -> None:
    approvals = Decision.objects.filter(change__in=lived.changes, verdict="approve").select_related("change")
    differ = [decision for decision in approvals if decision.reading != decision.change.loop]
    assert 5 <= len(differ) < 0.15 * len(approvals)
    assert Decision.objects.exclude(committee="").exists()


def test_every_decision_was_for_whoever_made_it(lived) -> None:
    for decision in Decision.objects.select_related("by", "change"):
        assert permissions.may_approve_in(decision.by, decision.change.service_id)
        assert not decision.change.is_author(decision.by)


def test_each_person_finds_something_waiting(lived) -> None:
    waiting = list(lived.changes.filter(state="proposed").order_by("proposed_at"))
    for approver in (lived.people.approver, lived.people.approver2):
        theirs = [change for change in waiting if permissions.may_decide(approver, change)]
        assert len(theirs) >= 8
        assert theirs[0].is_late
        assert not theirs[-1].is_late
    for author in (lived.people.registrar, lived.people.curator):
        sent_back = lived.changes.filter(state="drafting", proposed_by=author, decisions__verdict="send_back")
        assert permissions.may_write(author, sent_back.get())
    begun = lived.reviews.open().filter(
        facilitator=lived.people.facilitator, method__routine__slug="after-action-review"
    )
    assert all(0 < review.answers.exclude(text="").count() < review.method.steps.count() for review in begun)
    assert begun
    assert any(permissions.may_settle(lived.people.lead, change) for change in lived.changes.filter(state="approved"))


def test_the_maternity_story_is_told_across_all_three_loops(lived) -> None:
    told = list(lived.reviews.filter(theme__name="Maternity", title__startswith="Maternity:").order_by("opened_at"))
    story = [review for review in told if review.subject and review.changes.filter(state="in_force").exists()]
    assert [{change.loop_that_holds for change in review.changes.all()} for review in story] == [
        {"single"},
        {"double"},
        {"meta"},
    ]
    goal = GoverningChange.objects.filter(change__review=story[1], variable="goal")
    assert any("small team of midwives" in governing.becomes for governing in goal)
    framework = Guidance.objects.get(slug="nsf-children-young-people-maternity")
    assert "small team of midwives whom the woman knows" in framework.current.wordings.get(statement__key="s11").text
    assert Routine.objects.get(trust__ods_code="ZNB", slug="thematic-review").current.loop == "meta"


# Routines, and what people recorded


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
    assert 100 <= len(set(words)) <= 200
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
    since, before = picture.picture_of(meeting)[1]
    assert sum(since.hows) > 80
    assert since.hows[2] / sum(since.hows) < 0.02 < before.hows[2] / sum(before.hows)
    whole = Tally.objects.filter(revision=before.edition, step=None).order_by("month").values_list("month")
    times = models.Sum("number", filter=models.Q(how="departed"), default=0)
    departed = list(whole.annotate(times=times).values_list("times", flat=True))
    assert sum(departed[-5:]) > 3 * sum(departed[4:9])
    assert max(departures("bed-meeting", "no_longer_right")) < change.edition.published_at.date()


def test_an_earlier_sign_of_it_was_set_aside_with_a_reason(lived) -> None:
    assert Pattern.objects.get(routine=routine("bed-meeting"), reason="nobody_there").why


def test_nobody_is_there_at_weekends_and_the_lead_may_take_it_up(lived) -> None:
    reconciliation = routine("medicines-reconciliation-on-admission")
    pattern = Pattern.objects.noticed().get(routine=reconciliation)
    assert pattern.reason == "nobody_there"
    assert pattern.number >= 25
    assert of_routines.may_answer_pattern(lived.people.lead, pattern)
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
    assert all(of_routines.may_answer_pattern(lived.people.lead, one) for one in noticed)


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
    assert of_routines.may_clear(lived.people.registrar, gone)
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
    assert of_routines.may_adopt_routine(lived.people.lead, draft)
    assert of_routines.may_write_routine(lived.people.n_begum, draft)


def test_the_nurse_finds_routines_of_her_ward_to_record(lived) -> None:
    hers = Routine.objects.visible_to(lived.people.nurse).in_force().filter(service__slug="acute-medicine")
    assert hers.count() >= 5
    assert all(of_routines.may_record_performance(lived.people.nurse, one) for one in hers)
    assert Guidance.objects.visible_to(lived.people.nurse).filter(uses__by=lived.people.nurse).exists()


def test_every_file_of_a_routine_says_what_it_is() -> None:
    for row in content.routines(today=content.WRITTEN_ON, trust="ZNB"):
        assert {"title", "kind", "service", "owner", "goal", "steps"} <= set(row), row["slug"]
        assert all(step["who"] and step["what"] for step in row["steps"])


# The whole of it


def test_nothing_is_in_the_future_but_what_is_due(lived) -> None:
    now = clock.now()
    for noun in (Change, Review, Action, Decision, Finding, Event, Performance, Use, Check, Pattern):
        for field in noun._meta.get_fields():
            if isinstance(field, models.DateTimeField):
                later = noun.objects.filter(**{f"{field.name}__gt": now})
                assert not later.exists(), (noun, field.name, later[0])


def test_a_second_time_doubles_nothing(lived) -> None:
    nouns = (Change, Review, Event, Routine, Performance, Use)
    before = [noun.objects.count() for noun in nouns]
    assert list(living.live()) == []
    assert [noun.objects.count() for noun in nouns] == before


def test_no_text_of_it_holds_an_nhs_number() -> None:
    for path in content.FOLDER.rglob("*.*"):
        assert not find(path.read_text()), path


def test_an_edit_whose_place_is_not_there_fails() -> None:
    with pytest.raises(LookupError, match="0 times"):
        replaced("Sit up. Oxygen.", old="Lie down.", new="Lie flat.")
    with pytest.raises(LookupError, match="2 times"):
        replaced("Again, and again.", old="gain", new="gain")


def test_lives_that_go_back_in_time_fail() -> None:
    def backwards() -> Iterator[datetime.date]:
        yield datetime.date(2026, 2, 2)
        yield datetime.date(2026, 1, 1)

    with pytest.raises(ValueError, match="goes back"):
        list(living.lived_through(iter([("Backwards", backwards())])))
