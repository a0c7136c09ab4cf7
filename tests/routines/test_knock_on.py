"""Guidance changes, and the routines that draw on it need checking until their owner has looked."""

from __future__ import annotations

import datetime
import threading

import pytest
from django.db import connection, connections, transaction

from knowledge.models import Conflict, Guidance, Insight
from nhs_learning.people.models import Notice
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from reviews.models import Change
from routines import knocking_on
from routines.models import Check, Routine, Source
from routines.tasks import remind_of_checks
from tests.changing import approve, decider, propose, publish


def changed(asthma: Guidance, curator, *, significance: str = "practice", drop: int | None = None):
    """A later edition of asthma is in force: without the statement of this place, where one is named."""
    draft = Guidance.objects.get(pk=asthma.pk).start_draft(by=curator)
    draft.edit(by=curator, significance=significance, summary=f"{draft.summary} Look again.")
    if drop is not None:
        draft.wordings.order_by("position", "pk")[drop].delete()
    publish(draft, loop="single", reason="An audit found a gap.", by=curator)
    return draft


def routine_of(curator, lead, *, draws_on=(), title: str = "Ward round", service=None) -> Routine:
    draft = Routine.begin(by=curator, trust=curator.trust, kind="care", title=title, owner=lead, service=service)
    draft.write(by=curator, steps=[{"what": "Look at the chart", "draws_on": list(draws_on)}])
    draft.adopt(by=curator)
    draft.routine.refresh_from_db()
    return draft.routine


def in_force(draft, curator) -> None:
    """A draft of a later edition of a routine is decided and in force."""
    change = Change.suggest(by=curator, edition=draft)
    propose(change, by=curator, loop="double")
    approve(change, *(decider(curator.trust, number + 1) for number in range(change.needs)))


def new_edition(huddle: Routine, curator):
    """A draft of a later edition of the huddle, that expects something else of people."""
    draft = Routine.objects.get(pk=huddle.pk).start_draft(by=curator)
    draft.write(by=curator, norms="Anybody may call it, at night too.")
    return draft


@pytest.fixture
def tip(nurse, services) -> Insight:
    said = {"title": "Spacers", "situation": "A frightened adult.", "practice": "We count.", "why": "It slows them."}
    tip = Insight.begin(by=nurse, service=services.respiratory, **said)
    tip.share(by=nurse)
    return tip


def test_a_routine_needs_checking_when_guidance_that_it_draws_on_changes_in_practice(huddle, asthma, curator, lead):
    changed(asthma, curator)
    check = Check.objects.open().get()
    assert (check.routine, check.kind, check.since.number, check.revision.number) == (huddle, "a_changed", 1, 2)
    notice = Notice.objects.get(to=lead, url=check.get_absolute_url())
    assert notice.words == "Breathless huddle needs checking: Acute asthma in adults has changed"
    check.say_still_right(by=lead, word="Only the summary changed.")
    assert not Check.objects.open().exists()


def test_a_change_of_wording_leaves_routines_in_peace(huddle, asthma, curator):
    changed(asthma, curator, significance="wording")
    assert not Check.objects.exists()


def test_a_statement_that_a_routine_uses_and_that_is_dropped_is_loudest_whatever_the_edition_says_of_itself(
    huddle, asthma, curator, lead
):
    changed(asthma, curator, significance="wording", drop=0)
    check = Check.objects.open().get()
    assert (check.kind, check.is_gone) == ("d_statement_gone", True)
    check.say_still_right(by=lead, word="We go on giving oxygen.")
    changed(asthma, curator, significance="wording")
    assert not Check.objects.open().exists()  # that it is gone was answered already
    changed(asthma, curator)
    assert Check.objects.open().get().kind == "a_changed"


def test_a_statement_that_no_routine_uses_may_go_in_peace(huddle, asthma, curator):
    changed(asthma, curator, significance="wording", drop=1)
    assert not Check.objects.exists()


def test_what_changes_again_while_it_waits_is_looked_at_from_where_it_began(huddle, asthma, curator):
    for _ in range(2):
        changed(asthma, curator)
    check = Check.objects.open().get()
    assert (check.since.number, check.revision.number) == (1, 3)


def test_who_looked_before_it_changed_again_is_told_so(huddle, asthma, curator, lead):
    changed(asthma, curator)
    check = Check.objects.get()
    seen = check.seen
    changed(asthma, curator)
    with pytest.raises(Conflict, match="changed again"):
        Check.objects.get().say_still_right(by=lead, word="Fine.", seen=seen)
    with pytest.raises(Conflict, match="changed again"):
        check.say_still_right(by=lead, word="Fine.")


def test_guidance_that_is_withdrawn_and_comes_back_needs_no_checking_any_more(huddle, asthma, curator):
    asthma.withdraw(by=curator, why="It is wrong.", instead="Ask.")
    assert Check.objects.open().get().kind == "c_guidance_gone"
    asthma.reinstate(by=curator, why="It was right.")
    assert Check.objects.get().outcome == "back"
    assert Event.objects.about(huddle).first().verb == "need_no_check"


def test_what_had_changed_before_it_was_withdrawn_still_needs_checking_when_it_is_back(huddle, asthma, curator):
    changed(asthma, curator)
    asthma.withdraw(by=curator, why="It is wrong.", instead="Ask.")
    assert Check.objects.open().get().kind == "c_guidance_gone"
    asthma.reinstate(by=curator, why="It was right.")
    check = Check.objects.open().get()
    assert (check.kind, check.since.number, check.revision.number) == ("a_changed", 1, 2)


def test_an_insight_that_is_withdrawn_needs_checking_and_is_not_named_to_who_may_no_longer_read_it(tip, curator, lead):
    routine = routine_of(curator, lead, draws_on=[f"insight-{tip.pk}"])
    tip.withdraw(by=tip.holders.get(), why="It is out of date.")
    assert Check.objects.open().get().kind == "b_insight_gone"
    words = Notice.objects.filter(to=lead).latest("pk").words
    assert words == f"{routine} needs checking: an insight that it draws on is withdrawn"


def test_an_insight_for_one_service_only_needs_checking_where_others_follow_the_routine(
    tip, curator, lead, nurse, services
):
    token = [f"insight-{tip.pk}"]
    routine_of(curator, lead, draws_on=token, title="Theirs", service=services.respiratory)
    routine_of(curator, lead, draws_on=token, title="Everybody’s")
    tip.edit(by=nurse, seen=0, audience="service")
    check = Check.objects.open().get()
    assert (check.routine.title, check.kind, check.is_gone) == ("Everybody’s", "a_insight_closed", False)
    tip.edit(by=nurse, seen=1, audience="trust")
    check.refresh_from_db()
    assert check.outcome == "back"


def test_a_routine_that_changed_after_its_owner_knew_is_checked_with_that(huddle, asthma, curator, lead):
    changed(asthma, curator)
    in_force(new_edition(huddle, curator), curator)
    check = Check.objects.get()
    assert (check.outcome, check.cleared_by.name) == ("changed", "Decider 1")


def test_a_draft_that_was_begun_before_the_guidance_changed_does_not_check_it(huddle, asthma, curator):
    draft = new_edition(huddle, curator)
    changed(asthma, curator)
    in_force(draft, curator)
    assert Check.objects.open().get().kind == "a_changed"


def test_a_routine_that_no_longer_draws_on_what_changed_needs_no_checking(huddle, asthma, curator):
    draft = new_edition(huddle, curator)
    draft.write(by=curator, steps=[{"what": "Call the team together"}], draws_on={"policies": []})
    changed(asthma, curator)
    in_force(draft, curator)
    assert Check.objects.get().outcome == "changed"


def test_a_new_edition_that_still_draws_on_what_is_gone_still_needs_checking(huddle, asthma, curator):
    changed(asthma, curator, drop=0)
    in_force(new_edition(huddle, curator), curator)
    assert Check.objects.open().get().kind == "d_statement_gone"


def test_a_routine_that_draws_on_what_is_gone_already_needs_checking_from_the_day_it_is_in_force(asthma, curator, lead):
    oxygen = Source(statement=asthma.statements.order_by("pk").first()).token
    changed(asthma, curator, drop=0)
    routine_of(curator, lead, draws_on=[oxygen])
    check = Check.objects.get()
    assert (check.kind, check.since.number, check.revision.number) == ("d_statement_gone", 1, 2)


def test_of_what_was_found_still_right_a_new_edition_asks_no_second_time(huddle, asthma, curator, lead):
    asthma.withdraw(by=curator, why="It is wrong.", instead="Ask.")
    Check.objects.get().say_still_right(by=lead, word="We keep to it until there is another.")
    in_force(new_edition(huddle, curator), curator)
    assert not Check.objects.open().exists()


def test_where_the_owner_has_left_the_deputy_is_told_and_else_the_lead_of_the_service(
    huddle, asthma, curator, lead, nurse, registrar, services
):
    huddle.describe(by=curator, owner=nurse, deputy=registrar, service=services.respiratory)
    nurse.leave(by=None)
    changed(asthma, curator)
    assert "needs checking" in registrar.notices.latest("pk").words
    registrar.leave(by=None)
    changed(asthma, curator)
    notice = lead.notices.filter(words__contains="needs checking").latest("pk")
    assert (notice.words, notice.why) == (
        "Breathless huddle needs checking: Acute asthma in adults has changed",
        "You look after the routine.",
    )


def test_nobody_is_told_the_name_of_guidance_that_they_may_not_read(huddle, asthma, curator, nurse, services):
    huddle.describe(by=curator, owner=nurse, service=services.respiratory)
    asthma.describe(by=curator, audience="private")
    changed(asthma, curator)
    assert "Breathless huddle needs checking: something that it draws on has changed" in list(
        nurse.notices.values_list("words", flat=True)
    )


def test_its_owner_is_reminded_after_ten_working_days_and_its_lead_told_after_twenty(
    huddle, asthma, curator, nurse, lead, services
):
    huddle.describe(by=curator, owner=nurse, service=services.respiratory)
    with clock.at(datetime.date(2026, 6, 1)):
        changed(asthma, curator)
    for day, to_nurse, to_lead in ((12, 1, 0), (15, 2, 0), (26, 2, 0), (29, 2, 1), (30, 2, 1)):
        with clock.at(datetime.date(2026, 6, day)):
            remind_of_checks()
        told = Notice.objects.filter(url=Check.objects.get().get_absolute_url())
        assert (told.filter(to=nurse).count(), told.filter(to=lead).count()) == (to_nurse, to_lead), day


def test_of_a_withdrawn_routine_nobody_is_reminded(huddle, asthma, curator, lead):
    with clock.at(datetime.date(2026, 6, 1)):
        changed(asthma, curator)
    huddle.withdraw(by=curator, why="We do it otherwise.")
    before = Notice.objects.count()
    remind_of_checks()
    assert Notice.objects.count() == before
    assert not Check.objects.waiting_for(lead).exists()


def test_guidance_on_which_no_routine_draws_is_published_with_one_query_more(
    asthma, curator, django_assert_num_queries
):
    draft = changed(asthma, curator)
    with transaction.atomic(), django_assert_num_queries(1):
        knocking_on.guidance_changed(draft, by=curator)


@pytest.mark.parametrize("number", [3, 40])
def test_guidance_on_which_many_routines_draw_is_published_with_as_many_queries_as_with_few(
    number, asthma, curator, lead, services, django_assert_max_num_queries
):
    oxygen = Source(statement=asthma.statements.order_by("pk").first()).token
    for n in range(number):
        routine_of(curator, lead, draws_on=[oxygen], title=f"Round {n}", service=services.respiratory)
    draft = changed(asthma, curator, drop=0)
    assert Check.objects.open().count() == number
    notice = lead.notices.filter(words__contains="routines need checking").get()
    assert (notice.words[: len(str(number))], notice.url) == (str(number), "/routines/checks/")
    draft.refresh_from_db()
    Check.objects.all().delete()
    with transaction.atomic(), django_assert_max_num_queries(10):
        knocking_on.guidance_changed(draft, by=curator)


@pytest.mark.django_db(transaction=True)
def test_guidance_withdrawn_while_a_routine_that_draws_on_it_comes_into_force_is_not_missed(asthma, curator, lead):
    oxygen = Source(statement=asthma.statements.order_by("pk").first()).token
    draft = Routine.begin(by=curator, trust=curator.trust, kind="care", title="Ward round", owner=lead)
    draft.write(by=curator, steps=[{"what": "Give oxygen", "draws_on": [oxygen]}])
    with transaction.atomic():
        asthma.withdraw(by=curator, why="It is wrong.", instead="Ask.")
        beside = in_a_thread(lambda: draft.adopt(by=curator))
        wait_for_lock()
    beside.join()
    assert Check.objects.open().get().routine == draft.routine


@pytest.mark.django_db(transaction=True)
def test_a_routine_in_force_a_moment_before_guidance_is_withdrawn_is_not_missed(asthma, curator, lead):
    oxygen = Source(statement=asthma.statements.order_by("pk").first()).token
    draft = Routine.begin(by=curator, trust=curator.trust, kind="care", title="Ward round", owner=lead)
    draft.write(by=curator, steps=[{"what": "Give oxygen", "draws_on": [oxygen]}])
    with transaction.atomic():
        draft.adopt(by=curator)
        beside = in_a_thread(lambda: asthma.withdraw(by=curator, why="It is wrong.", instead="Ask."))
        wait_for_lock()
    beside.join()
    assert Check.objects.open().get().kind == "c_guidance_gone"


@pytest.mark.django_db(transaction=True)
def test_guidance_published_while_somebody_says_still_right_needs_checking_anew(huddle, asthma, curator, lead):
    changed(asthma, curator)
    check = Check.objects.get()
    with transaction.atomic():
        check.say_still_right(by=lead, word="Only the summary changed.")
        beside = in_a_thread(lambda: changed(Guidance.objects.get(pk=asthma.pk), curator))
        wait_for_lock()
    beside.join()
    anew = Check.objects.open().get()
    assert (anew.since.number, anew.revision.number) == (2, 3)


def in_a_thread(deed) -> threading.Thread:
    def do() -> None:
        try:
            deed()
        finally:
            connections.close_all()

    thread = threading.Thread(target=do)
    thread.start()
    return thread


def wait_for_lock() -> None:
    """Until the other thread waits for a lock of this one's."""
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        threading.Event().wait(0.01)
    raise AssertionError("The other thread never came to wait.")
