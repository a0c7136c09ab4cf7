"""Which loop a change suggests: every kind beside every part, what wording is, what learning is, and in which words."""

from __future__ import annotations

import pytest

from knowledge import loops
from knowledge.models import Guidance, Revision
from knowledge.models.revision import COMPARED as GUIDANCE_PARTS
from routines.models import Routine
from routines.models.routine_revision import COMPARED as ROUTINE_PARTS

PARTS_OF_GUIDANCE = (*GUIDANCE_PARTS, "statements", "milestones", "attachments")
PARTS_OF_ROUTINES = (*ROUTINE_PARTS, "steps")
#: The design's table: what governs, by kind. All other parts are practice.
GOVERNS = {
    "guideline": "aim scope",
    "service_framework": "aim scope statements",
    "policy": "aim scope statements",
    "pathway": "aim scope",
    "care": "goal norms policies procedure structure",
    "operational": "goal norms policies procedure structure",
}
EVERY = [(kind, part) for kind in Guidance.Kind.values for part in PARTS_OF_GUIDANCE]
EVERY += [(kind, part) for kind in ("care", "operational") for part in PARTS_OF_ROUTINES]


@pytest.mark.parametrize(("kind", "part"), EVERY)
def test_a_part_that_governs_is_double_loop_and_a_part_of_practice_single_loop(kind, part):
    expected = "double" if part in GOVERNS[kind].split() else "single"
    assert loops.suggest(kind, [part]).loop == expected


@pytest.mark.parametrize("part", PARTS_OF_ROUTINES)
def test_whatever_changes_in_how_we_learn_is_meta_learning(part):
    assert loops.suggest("learning", [part]).loop == "meta"


@pytest.mark.parametrize(("kind", "part"), [*EVERY, *(("learning", part) for part in PARTS_OF_ROUTINES)])
def test_a_change_of_wording_is_single_loop_whatever_the_part(kind, part):
    assert loops.suggest(kind, [part], wording_only=True).loop == "single"


def test_one_governing_part_among_many_is_enough():
    assert loops.suggest("guideline", ["title", "body", "statements", "scope"]).loop == "double"


def test_nothing_changed_yet_suggests_the_loop_that_asks_least():
    suggestion = loops.suggest("guideline", [])
    assert (suggestion.loop, suggestion.why) == (
        "single",
        "It changes nothing yet: how we do it, not what we aim for.",
    )


@pytest.mark.parametrize(
    ("kind", "parts", "why"),
    [
        ("guideline", ["aim", "scope", "body"], "It changes the aim and the scope: what we aim for, or the rules"),
        ("guideline", ["summary", "body", "statements"], "the summary, the main text and the recommendations: how we"),
        ("service_framework", ["statements"], "It changes the standards: what we aim for"),
        ("policy", ["statements"], "It changes what the policy asks for: what we aim for"),
        ("learning", ["steps"], "so a change to it changes how we learn"),
        ("care", ["steps"], "It changes the steps: how we do it"),
    ],
)
def test_the_suggestion_says_which_parts_led_to_it(kind, parts, why):
    assert why in loops.suggest(kind, parts).why


@pytest.mark.parametrize(("kind", "part"), EVERY)
def test_every_part_has_a_name_in_the_middle_of_a_sentence(kind, part):
    assert loops.called_in(kind, part)


def test_every_kind_of_guidance_and_of_routine_has_its_row():
    assert {*Guidance.Kind.values, *Routine.Kind.values} == {*loops.GOVERNING, loops.LEARNING}


def test_the_deeper_loops_have_variables_of_their_own_and_single_loop_has_none():
    assert set(loops.VARIABLES) == {"double", "meta"}
    assert not set(loops.VARIABLES["double"]) & set(loops.VARIABLES["meta"])
    assert [loop.rings for loop in loops.LOOPS.values()] == [1, 2, 3]


def test_a_draft_says_itself_which_of_its_parts_changed(framework, curator):
    draft = framework.start_draft(by=curator)
    draft.wordings.filter(number="1").update(text="Everyone has a care plan that they wrote.")
    draft.milestones.update(measure="A survey")
    draft.attach(name="survey.csv", content=b"a,b", content_type="text/csv")
    draft.edit(by=curator, summary="Plans.")
    changed = Revision.objects.get(pk=draft.pk).changed_parts()
    assert changed == ["summary", "statements", "milestones", "attachments"]
    assert loops.suggest(framework.kind, changed).loop == "double"
