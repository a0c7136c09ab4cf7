"""How a routine is written: the sheet, by which people change it and begin new ones."""

from __future__ import annotations

import re
from contextlib import nullcontext

import pytest

from knowledge.models import Insight
from reviews.models import Change
from routines import flow
from routines.forms.finding import Sources
from routines.models import RoutineRevision


def typed(routine, *steps, **said) -> dict[str, str]:
    """What a browser sends of the sheet: the routine as it is, with these steps in place of its own."""
    edition = routine.current
    data = {name: getattr(edition, name) for name in ("title", "goal", "norms", "policies", "procedure", "structure")}
    data |= {"seen": "0", "then": "again", "step-TOTAL_FORMS": str(len(steps)), "step-INITIAL_FORMS": "0"}
    data |= {"policies_draws_on": list(edition.draws_on()["policies"])}
    for place, step in enumerate(steps):
        data |= {f"step-{place}-{name}": value for name, value in step.items()}
    return {**data, **said}


CALL = {"key": "s1", "who": "Nurse in charge", "what": "Call the team together", "minutes": "1"}
SAY = {"key": "s2", "who": "Nurse", "what": "Say each person’s oxygen", "tool": "The board"}
FIRST = {"key": "s3", "who": "Registrar", "what": "Say who is seen first", "prompt": "Who worries you most?"}


def suggest(client, routine, *steps, **said):
    return client.post(f"/routines/{routine.slug}/suggest/", typed(routine, *steps, **said), follow=True)


def draft_of(change: Change) -> RoutineRevision:
    return RoutineRevision.objects.get(pk=change.routine_revision_id)


def steps_of(change: Change) -> list[tuple[str, list[str]]]:
    return [(step.key, step.after) for step in draft_of(change).steps.all()]


def test_what_is_not_touched_is_kept_with_all_that_it_draws_on(huddle, registrar, signed_in):
    token = huddle.current.steps.all()[1].sources.get().token
    suggest(signed_in(registrar), huddle, CALL, SAY | {"draws_on": token}, FIRST)
    assert draft_of(Change.objects.get()).differences().texts == {}


def test_a_step_comes_after_those_whose_numbers_are_given_new_ones_too(huddle, registrar, signed_in):
    new = {"who": "Nurse", "what": "Fetch the trolley", "after": "1"}
    suggest(signed_in(registrar), huddle, CALL, SAY, new, FIRST | {"after": "2 and 3"})
    assert steps_of(Change.objects.get()) == [("s1", []), ("s2", []), ("s4", ["s1"]), ("s3", ["s2", "s4"])]


def test_the_sheet_shows_what_a_step_comes_after_by_the_numbers_on_the_page(huddle, registrar, signed_in):
    client = signed_in(registrar)
    page = suggest(client, huddle, CALL, SAY, FIRST | {"after": "1, 2"}).text
    assert 'name="step-2-after" type="text" value="1, 2"' in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"after": "1", "DELETE": ""}, "Step 3 comes after step 1, which you take out"),
        ({"after": "9"}, "Step 3 comes after step 9, which isn’t there"),
        ({"after": "3"}, "Step 3 comes after itself. Say after which other step it comes, or nothing."),
        ({"after": "the first"}, "Give the numbers of steps, with commas between, such as 1, 3"),
        ({"who": ""}, "Say who does it"),
        ({"minutes": "a few"}, "Give whole minutes, such as 5"),
    ],
)
def test_what_is_wrong_with_a_step_is_said_beside_it_and_nothing_is_saved(huddle, registrar, signed_in, change, said):
    gone = {"DELETE": "on"} if "take out" in said else {}
    page = suggest(signed_in(registrar), huddle, CALL | gone, SAY, FIRST | change)
    assert page.status_code == 422
    assert page.text.count(said) == 2  # in the summary, and beside the field
    assert not Change.objects.exists()


def test_steps_that_go_round_are_named_by_the_numbers_on_the_page(huddle, registrar, signed_in):
    page = suggest(signed_in(registrar), huddle, CALL | {"DELETE": "on"}, SAY | {"after": "3"}, FIRST)
    assert "The steps go round in a circle: step 2, then step 3, then step 2." in page.text
    assert not Change.objects.exists()


def test_a_step_is_moved_up_by_a_button_and_what_comes_after_it_goes_on_to(huddle, registrar, signed_in):
    client = signed_in(registrar)
    page = suggest(client, huddle, CALL, SAY | {"after": "1"}, FIRST | {"after": "1"}, then="", move="2-up")
    change = Change.objects.get()
    assert page.redirect_chain[-1][0] == f"/changes/{change.reference}/write/#step-2"
    assert steps_of(change) == [("s1", []), ("s3", ["s1"]), ("s2", ["s1"])]


def test_the_registrar_finds_one_recommendation_and_nothing_that_she_typed_is_lost(
    huddle, asthma, registrar, signed_in
):
    client = signed_in(registrar)
    look = {"step-1-draws_on_words": "asthma 1.2", "find": "step-1", "norms": "Half a sent"}
    page = suggest(client, huddle, CALL, SAY | {"what": "Say it aloud"}, FIRST, **look).text
    token = f"statement-{asthma.statements.order_by('pk').last().pk}"
    assert any(f'"{token}"' in box and " checked" in box for box in re.findall("<input[^>]*>", page))
    assert "Consider magnesium sulphate." in page
    assert "Say it aloud" in page
    assert "Half a sent" in page
    assert not Change.objects.exists()
    suggest(client, huddle, CALL, SAY | {"draws_on_words": "asthma 1.2"}, FIRST)
    assert draft_of(Change.objects.get()).steps.all()[1].sources.get().token == token


def test_what_is_found_is_open_to_the_whole_trust(asthma, nurse, services, registrar):
    open_to_all = Insight.begin(by=nurse, service=services.respiratory, title="Asthma: ask early", audience="trust")
    between_us = Insight.begin(by=nurse, service=services.respiratory, title="Asthma at night", audience="service")
    for one in (open_to_all, between_us):
        Insight.objects.filter(pk=one.pk).update(practice="Ask.", why="It helps.", situation="At night.")
        one.refresh_from_db()
        one.share(by=nurse)
    sources = Sources(registrar)
    assert [found.name for found in sources.called("asthma")] == ["Acute asthma in adults", "“Asthma: ask early”"]
    assert sources.known_as([f"insight-{between_us.pk}", "insight-x", f"guidance-{asthma.pk}"])[0].token == (
        f"guidance-{asthma.pk}"
    )
    asthma.audience = "private"
    asthma.save()
    assert [found.name for found in Sources(registrar).called("asthma")] == ["“Asthma: ask early”"]


def test_a_source_that_is_closed_meanwhile_is_refused_kindly(huddle, framework, registrar, signed_in):
    framework.audience = "private"
    framework.save()
    drawn = {"policies_draws_on": [f"guidance-{framework.pk}", *huddle.current.draws_on()["policies"]]}
    page = suggest(signed_in(registrar), huddle, CALL, SAY, FIRST, **drawn)
    assert "What was chosen here can’t be chosen any more: choose again" in page.text
    assert not Change.objects.exists()


def test_saving_as_one_types_gives_new_steps_their_keys_and_waits_for_nothing_half_found(huddle, registrar, signed_in):
    client = signed_in(registrar)
    new = {"who": "Nurse", "what": "Fetch the trolley"}
    data = typed(huddle, CALL, SAY, FIRST, new, **{"step-1-draws_on_words": "ast"})
    said = client.post("/routines/breathless-huddle/suggest/", data, headers={"X-Autosave": "1"}).json()
    assert said["fields"]["step-3-key"] == "s4"
    data |= {"seen": said["fields"]["seen"], "step-3-key": "s4", "step-3-what": "Fetch the trolley at once"}
    client.post(said["url"], data, headers={"X-Autosave": "1"})
    assert [key for key, _ in steps_of(Change.objects.get())] == ["s1", "s2", "s3", "s4"]


def test_a_sheet_of_thirty_steps_takes_no_more_queries_than_a_small_one(
    huddle, asthma, curator, registrar, signed_in, django_assert_max_num_queries
):
    token = f"guidance-{asthma.pk}"
    draft = huddle.start_draft(by=registrar)
    after = [()] + [(n,) for n in range(29)]
    steps = [{"who": "Nurse", "what": f"Do {n}", "draws_on": [token], "after": after[n]} for n in range(30)]
    draft.write(by=registrar, steps=steps)
    change = Change.suggest(by=registrar, edition=draft)
    client = signed_in(registrar)
    with django_assert_max_num_queries(15):
        page = client.get(f"/changes/{change.reference}/write/")
    assert page.text.count("Acute asthma in adults") >= 30
    searching = [{"who": "Nurse", "draws_on_words": f"asthma 1.{n}"} for n in range(30)]
    data = typed(huddle, *searching, find="step-1")
    with django_assert_max_num_queries(20):
        client.post(f"/changes/{change.reference}/write/", data)


@pytest.mark.parametrize(
    ("links", "problems"),
    [
        ([("a", ()), ("b", ()), ("c", ())], []),
        ([("a", ()), ("b", ("a",)), ("c", ("a",)), ("d", ("b", "c"))], []),
        ([("a", ("b",)), ("b", ("a",))], [0]),
        ([("a", ()), ("b", ("c",)), ("c", ())], [1]),
        ([("a", ("z",)), ("b", ("b",))], [0, 1]),
        ([], []),
    ],
)
def test_steps_that_follow_each_other_and_steps_that_do_not(links, problems):
    with pytest.raises(flow.Tangled) if problems else nullcontext() as told:
        flow.see([flow.Link(key, after) for key, after in links])
    assert [place for place, _ in (told.value.problems if told else [])] == problems
