"""What changed between two editions, in words that a reader can check."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest

from knowledge.comparing import ADDED, REMOVED, SAME, Said, compare, passages, words


def wording(statement_id, number, text, strength="offer", certainty=""):
    return SimpleNamespace(statement_id=statement_id, number=number, text=text, strength=strength, certainty=certainty)


def milestone(statement_id, what, by_when=None, measure=""):
    return SimpleNamespace(statement_id=statement_id, what=what, by_when=by_when, measure=measure)


def said(*wordings, milestones=(), **texts):
    return Said(texts=texts, wordings=wordings, milestones=milestones)


def statement_changes(before, after):
    return [change.kinds for change in compare(said(*before), said(*after)).statements]


def test_a_changed_dose_is_the_only_thing_marked():
    assert [(s.kind, s.text) for s in words("Give 5 mg of salbutamol.", "Give 2.5 mg of salbutamol.")] == [
        (SAME, "Give "),
        (REMOVED, "5 "),
        (ADDED, "2.5 "),
        (SAME, "mg of salbutamol."),
    ]


def test_each_side_reads_as_it_was_written():
    before, after = (
        "Offer oxygen to all.\n\nCall for help.",
        "Offer oxygen to those who need it.\n\nCall for help early.",
    )
    found = passages(before, after)
    assert "\n\n".join("".join(s.text for s in p.before) for p in found) == before
    assert "\n\n".join("".join(s.text for s in p.after) for p in found) == after


def test_a_new_paragraph_leaves_those_around_it_unmarked():
    found = passages("One.\n\nThree.", "One.\n\nTwo.\n\nThree.")
    assert [(p.changed, p.after[0].text) for p in found] == [(False, "One."), (True, "Two."), (False, "Three.")]


def test_a_paragraph_that_was_rewritten_is_shown_as_replaced():
    found = words("The ward sister keeps the key.", "Controlled drugs live behind the electronic cabinet.")
    assert [s.kind for s in found] == [REMOVED, ADDED]


def test_editions_that_say_the_same_have_no_differences():
    edition = said(wording(1, "1.1", "Offer oxygen."), title="Asthma", body="## Treat\r\n\r\nNow.")
    again = said(wording(1, "1.1", "Offer oxygen."), title="Asthma", body="## Treat\n\nNow.\n")
    differences = compare(edition, again)
    assert not differences
    assert differences.statements_unchanged == 1


def test_only_the_texts_that_changed_are_named():
    differences = compare(said(title="Asthma", scope="Adults."), said(title="Asthma", scope="Adults and children."))
    assert list(differences.texts) == ["scope"]


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ([], [wording(1, "1", "Wash hands.")], [("added",)]),
        ([wording(1, "1", "Wash hands.")], [], [("dropped",)]),
        ([wording(1, "1", "Wash hands.")], [wording(1, "1", "Wash hands often.")], [("reworded",)]),
        ([wording(1, "1", "Wash hands.")], [wording(1, "2", "Wash hands.")], [("renumbered",)]),
        ([wording(1, "1", "Wash.", "consider")], [wording(1, "1", "Wash.", "must")], [("strength",)]),
        ([wording(1, "1", "Wash.")], [wording(1, "1", "Wash.", certainty="high")], [("certainty",)]),
        ([wording(1, "1", "Wash hands.")], [wording(2, "1", "Wash hands.")], [("added",), ("dropped",)]),
    ],
)
def test_a_statement_is_followed_by_what_it_is_not_by_its_number(before, after, kinds):
    assert statement_changes(before, after) == kinds


def test_a_milestone_that_changed_says_of_which_standard_it_is():
    was = said(wording(1, "1", "A"), wording(2, "2", "B"), milestones=[milestone(1, "Half"), milestone(2, "A line")])
    now = said(wording(1, "1a", "A"), milestones=[milestone(1, "All")])
    found = compare(was, now).milestones
    assert [(change.kind, change.number) for change in found] == [("reworded", "1a"), ("dropped", "2")]


def test_milestones_pair_up_within_their_statement():
    before = [milestone(1, "Half have a plan"), milestone(1, "Audit yearly"), milestone(2, "A line to ring")]
    after = [milestone(1, "Nine in ten have a plan"), milestone(1, "Audit yearly"), milestone(3, "A named nurse")]
    found = compare(said(milestones=before), said(milestones=after)).milestones
    assert [(c.kind, c.before and c.before.what, c.after and c.after.what) for c in found] == [
        ("reworded", "Half have a plan", "Nine in ten have a plan"),
        ("added", None, "A named nurse"),
        ("dropped", "A line to ring", None),
    ]


def bodies():
    """Pairs of bodies of 200 kB that are hard to compare."""
    some = random.Random(7)
    vocabulary = [f"word{i}" for i in range(400)]

    def prose(paragraph: int) -> str:
        chosen = some.choices(vocabulary, k=25_000)
        return "\n\n".join(" ".join(chosen[i : i + paragraph]) for i in range(0, len(chosen), paragraph))

    yield "prose in paragraphs", prose(80), prose(80)
    yield "one paragraph", prose(25_000), prose(25_000)
    yield "the same word", "a b " * 50_000, "b a " * 50_000
    yield "the same line", "a\n\nb\n\n" * 30_000, "b\n\na\n\n" * 30_000
    yield "middling paragraphs", "\n\n".join(["a b c d " * 60] * 400), "\n\n".join(["d a c b " * 60] * 400)


@pytest.mark.parametrize(("before", "after"), [pytest.param(*texts, id=name) for name, *texts in bodies()])
def test_a_long_body_is_compared_all_the_same(before, after):
    assert any(passage.changed for passage in passages(before, after))
