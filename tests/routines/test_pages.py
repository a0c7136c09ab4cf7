"""Reading routines: the list, a routine's page, its earlier editions, its method."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from knowledge.models import Insight, Topic
from reviews import methods
from reviews.models import Change
from routines import flow
from routines.models import Check, Routine
from tests.changing import approve, decider, propose, publish

TOLD = {"situation": "Always.", "practice": "So.", "why": "Because."}


def write_down(by, title, kind="operational", **said) -> Routine:
    """A routine in force of the whole trust, in two steps."""
    draft = Routine.begin(by=by, trust=by.trust, kind=kind, title=title)
    steps = [{"who": "Matron", "what": "Ask"}, {"who": "Ward", "what": "Answer"}]
    draft.write(by=by, **{"goal": "Everybody has a bed.", "steps": steps, **said})
    draft.adopt(by=by)
    draft.routine.refresh_from_db()
    return draft.routine


def next_edition(routine, by, loop="single", reason="It took too long.", **said) -> Routine:
    """A change to it, approved and in force."""
    draft = routine.start_draft(by=by)
    draft.write(by=by, **said)
    change = Change.suggest(by=by, edition=draft)
    propose(change, by=by, loop=loop, why=reason)
    approve(change, *(decider(change.trust, number + 1) for number in range(change.needs)))
    routine.refresh_from_db()
    return routine


@pytest.fixture
def beds(curator) -> Routine:
    return write_down(curator, "Bed meeting")


# The list


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Breathless huddle", "Bed meeting"]),
        ({"words": "the breathless huddle"}, ["Breathless huddle"]),
        ({"words": "oxygen"}, ["Breathless huddle"]),  # in a step
        ({"words": "everybody bed"}, ["Bed meeting"]),  # in its goal
        ({"words": "respiratory"}, ["Breathless huddle"]),
        ({"kind": "operational"}, ["Bed meeting"]),
        ({"service": "medicine"}, ["Breathless huddle"]),  # beneath it
        ({"service": "surgery"}, []),
        ({"topic": "breathing"}, ["Breathless huddle"]),
        ({"mine": "1"}, ["Breathless huddle"]),
        ({"checking": "1"}, []),
        ({"words": "xyzzy\0"}, []),
    ],
)
def test_the_lead_narrows_the_list(asked, found, huddle, beds, lead, curator, signed_in):
    topic = Topic.enter(by=curator, name="Breathing")
    huddle.describe(by=curator, owner=lead, service=huddle.service, topics=[topic])
    page = signed_in(lead).get("/routines/", asked).text
    listed = [one for one in ("Breathless huddle", "Bed meeting") if f">{one}</a>" in page]
    assert listed == found


def test_what_needs_checking_comes_first_for_its_owner_only(huddle, beds, asthma, curator, lead, nurse, signed_in):
    write_down(curator, "Airway round", kind="care")
    publish(asthma.start_draft(by=curator), loop="single", reason="An audit found a gap.")
    theirs, others = (signed_in(user).get("/routines/").text for user in (lead, nurse))
    assert theirs.index("Yours to check") < theirs.index("Breathless huddle") < theirs.index("Airway round")
    assert "Yours to check" not in others
    assert others.index("Airway round") < others.index("Breathless huddle")
    assert "Needs checking</strong>" in others


def test_a_learning_routine_leads_to_the_page_of_its_method(curator, nurse, signed_in):
    methods.equip(curator.trust)
    page = signed_in(nurse).get("/routines/", {"kind": "learning"}).text
    assert 'href="/methods/after-action-review/"' in page
    assert "Those who were there learn together" in page


def test_a_withdrawn_routine_is_listed_when_asked_for(beds, curator, nurse, signed_in):
    beds.withdraw(by=curator, why="We have an app now.")
    assert "Bed meeting" not in signed_in(nurse).get("/routines/").text
    page = signed_in(nurse).get("/routines/", {"withdrawn": "1"}).text
    assert "Bed meeting</a>" in page
    assert "Withdrawn</strong>" in page


def test_an_empty_list_says_what_will_be_there(nurse, registrar, signed_in):
    assert "ask your service lead" in signed_in(nurse).get("/routines/").text
    assert "Write down a routine" in signed_in(registrar).get("/routines/").text


def test_a_stranger_sees_none_of_it(huddle, stranger, signed_in):
    assert "Breathless" not in signed_in(stranger).get("/routines/").text
    for address in (huddle.get_absolute_url(), f"{huddle.get_absolute_url()}editions/1/"):
        assert signed_in(stranger).get(address).status_code == 404


def test_the_list_asks_the_database_no_more_for_a_hundred(curator, nurse, signed_in, django_assert_max_num_queries):
    for number in range(45):
        write_down(curator, f"Routine {number}")
    client = signed_in(nurse)
    client.get("/routines/")
    with django_assert_max_num_queries(11):
        assert "page 1 of 2" in client.get("/routines/").text


# The page


def test_the_page_says_who_does_what_with_what_and_for_how_long(huddle, nurse, signed_in):
    page = signed_in(nurse).get(huddle.get_absolute_url()).text
    for words in ("Everybody knows within five minutes", "Nurse in charge", "The board", "Who worries you most?"):
        assert words in page, words
    assert "At least 1 minute" in page
    assert "What do we expect of each other?" in page
    assert page.index('id="steps"') < page.index('id="governs"') < page.index('id="editions"')
    assert "Lead</a>" in page


def test_where_steps_part_and_meet_the_page_says_so(curator, nurse, signed_in):
    steps = [
        {"key": "s1", "who": "Nurse", "what": "Look"},
        {"key": "s2", "who": "Nurse", "what": "Wait", "after": ["s1"]},
        {"key": "s3", "who": "Doctor", "what": "Act", "after": ["s1"]},
        {"key": "s4", "who": "Nurse", "what": "Tell", "after": ["s2", "s3"]},
        {"key": "s5", "who": "Nurse", "what": "Write", "after": ["s1"]},
    ]
    page = signed_in(nurse).get(write_down(curator, "Round", steps=steps).get_absolute_url()).text
    assert 'Then <a href="#step-s2">step 2</a>, <a href="#step-s3">3</a> and <a href="#step-s5">5</a>.' in page
    assert 'After <a href="#step-s2">step 2</a> and <a href="#step-s3">3</a>.' in page
    assert page.count("Nothing waits for it.") == 1


def test_each_step_knows_what_follows_it():
    links = [flow.Link("a"), flow.Link("b"), flow.Link("c", ("a",))]
    assert flow.followed_by(links) == {"a": ["b", "c"], "b": [], "c": []}


def test_what_is_gone_is_said_loudly_with_its_step(huddle, asthma, curator, nurse, signed_in):
    draft = asthma.start_draft(by=curator)
    draft.wordings.first().delete()
    publish(draft, loop="single", reason="Oxygen has a guideline of its own.")
    page = signed_in(nurse).get(huddle.get_absolute_url()).text
    assert "This routine draws on something that is gone" in page
    assert '<a href="#step-s2">Step 2: Say each person’s oxygen</a>' in page
    assert "This recommendation is no longer part of the guidance" in page


def test_guidance_that_the_reader_may_not_read_is_not_named(huddle, asthma, curator, nurse, signed_in):
    asthma.describe(by=curator, audience="private")
    page = signed_in(nurse).get(huddle.get_absolute_url()).text
    assert "Acute asthma" not in page
    assert "Guidance that is not open to you" in page


def test_it_asks_the_database_no_more_for_forty_steps_with_thirty_sources(
    asthma, curator, nurse, services, signed_in, django_assert_max_num_queries
):
    tokens = [f"statement-{one.pk}" for one in asthma.statements.all()] + [f"guidance-{asthma.pk}"]
    steps = [{"who": "Nurse", "what": f"Step {n}", "draws_on": tokens if n < 10 else []} for n in range(40)]
    routine = write_down(curator, "Long round", steps=steps)
    next_edition(routine, curator, steps=[*steps[1:], {"who": "Nurse", "what": "Rest", "draws_on": tokens}])
    client = signed_in(nurse)
    for address in (routine.get_absolute_url(), f"{routine.get_absolute_url()}editions/2/"):
        client.get(address)
        with django_assert_max_num_queries(11):
            assert client.get(address).content.count(b'class="app-practice__step"') == 40


# Editions


def test_an_earlier_edition_says_that_it_is_not_in_force_and_the_later_what_it_changed(
    huddle, curator, nurse, signed_in
):
    steps = [one.said() for one in huddle.current.steps.in_full()]
    steps = [{**steps[1], "prompt": "Is it right?"}, {"who": "Porter", "what": "Fetch"}, steps[0]]
    next_edition(huddle, curator, loop="double", norms="Anybody may call it, and everybody comes.", steps=steps)
    client = signed_in(nurse)
    first = client.get(f"{huddle.get_absolute_url()}editions/1/").text
    assert "Earlier edition: not in force" in first
    assert "What changed since" not in first
    second = client.get(f"{huddle.get_absolute_url()}editions/2/").text
    assert "Edition 2, in force now" in second
    for words in ("Step 1: changed", "Step 2: new", "Step 3: taken out", "and everybody comes.", "Double-loop"):
        assert words in second, words
    page = client.get(huddle.get_absolute_url()).text
    assert f'href="{huddle.get_absolute_url()}editions/1/"' in page
    assert "It took too long." in page
    assert client.get(f"{huddle.get_absolute_url()}editions/3/").status_code == 404


def test_a_withdrawn_routine_has_no_edition_in_force(huddle, curator, nurse, signed_in):
    huddle.withdraw(by=curator, why="We have an app now.")
    assert "Withdrawn: not in force" in signed_in(nurse).get(f"{huddle.get_absolute_url()}editions/1/").text


def test_the_page_of_a_method_shows_what_its_steps_draw_on(curator, nurse, services, signed_in):
    tip = Insight.begin(by=nurse, service=services.respiratory, title="Ask the porter", audience="trust", **TOLD)
    tip.share(by=nurse)
    steps = [{"who": "All", "what": "Talk", "tool": "A round table", "minutes": 20, "draws_on": [f"insight-{tip.pk}"]}]
    method = write_down(curator, "Tea review", kind="learning", steps=steps)
    page = signed_in(nurse).get(method.get_absolute_url()).text
    for words in ("A round table", "20 minutes", "“Ask the porter”", "/routines/tea-review/editions/1/", "Curator</a>"):
        assert words in page, words


# In a browser


@pytest.mark.browser
def test_a_nurse_finds_a_routine_and_reads_it(huddle, beds, asthma, curator, nurse, page, sign_in, accessible):
    next_edition(huddle, curator, procedure="By the board.")
    sign_in(nurse)
    page.goto("/routines/")
    accessible(page)
    page.get_by_label("Find a routine").fill("breathless")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("link", name="Bed meeting")).to_have_count(0)
    page.get_by_role("link", name="Breathless huddle").click()
    expect(page.get_by_role("heading", name="Steps", exact=True)).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Edition 1").click()
    expect(page.get_by_text("Earlier edition: not in force")).to_be_visible()
    accessible(page)


@pytest.mark.browser
def test_the_owner_of_what_needs_checking_sees_it_at_once(huddle, asthma, curator, lead, page, sign_in, accessible):
    draft = asthma.start_draft(by=curator)
    draft.wordings.first().delete()
    publish(draft, loop="single", reason="Oxygen has a guideline of its own.")
    assert Check.objects.open().exists()
    sign_in(lead)
    page.goto("/routines/")
    expect(page.get_by_role("heading", name="Yours to check")).to_be_visible()
    accessible(page)
    page.goto(huddle.get_absolute_url())
    expect(page.get_by_role("heading", name="This routine draws on something that is gone")).to_be_visible()
    accessible(page)


def test_what_need_not_wait_for_each_other_is_done_at_once() -> None:
    links = [flow.Link("a"), flow.Link("b", ("a",)), flow.Link("c", ("a",)), flow.Link("d", ("b", "c"))]
    assert flow.longest(links, {"a": 1, "b": 15, "c": 10, "d": 5}) == 21
    assert flow.longest([], {}) == 0
