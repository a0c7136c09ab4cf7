"""Another edition came into force since a draft was begun: it is brought up to date, and nobody's words are lost."""

from __future__ import annotations

import pytest

from knowledge.merging import Clash, Merge, Statement, next_free
from knowledge.models import Conflict, Revision
from nhs_learning.record.models import Event
from reviews.models import Change
from routines.models import Routine
from tests.changing import approve, decider, propose, publish

BODY = "## Recognise\n\nA peak flow under half of best is *severe*.\n\n## Treat\n\nGive salbutamol."


def say(number: str, text: str, *milestones: tuple) -> Statement:
    return Statement(number, (text, "", ""), "", milestones)


def merged(began: str, now: str, other: str) -> tuple[str, list[Clash]]:
    merge = Merge()
    return merge.text("body", began, now, other), merge.clashes


def statements(began: dict, now: dict, other: dict) -> tuple[list[tuple[int, str, str]], list[Clash]]:
    merge = Merge()
    found = merge.statements(began, now, other)
    return [(pk, one.number, one.words[0]) for pk, one in found.items()], merge.clashes


# Texts


def test_what_only_one_of_them_changed_stays_or_comes_in():
    now, other = BODY.replace("severe", "life-threatening"), BODY.replace("Give", "Give nebulised")
    assert merged(BODY, now, BODY) == (now, [])
    assert merged(BODY, BODY, other) == (other, [])
    assert merged(BODY, now, now) == (now, [])


def test_a_long_text_is_merged_paragraph_by_paragraph():
    now, other = BODY.replace("severe", "life-threatening"), BODY.replace("Give", "Give nebulised")
    both = now.replace("Give", "Give nebulised")
    assert merged(BODY, now, other) == (both, [])
    assert merged(BODY, now, f"{other}\n\n   - indented\n\nMore.") == (f"{both}\n\n   - indented\n\nMore.", [])


def test_what_both_changed_keeps_the_drafts_words_and_is_told():
    now, other = BODY.replace("half", "a third"), BODY.replace("half", "40 per cent")
    text, clashes = merged(BODY, now, f"{other}\n\nMore.")
    assert text == f"{now}\n\nMore."
    came, kept = "A peak flow under 40 per cent of best is *severe*.", "A peak flow under a third of best is *severe*."
    assert clashes == [Clash("body", "", came, kept)]


def test_a_paragraph_that_the_draft_took_out_and_the_other_rewrote_stays_out_and_is_told():
    text, clashes = merged("A.\n\nB.\n\nC.", "A.\n\nC.", "A.\n\nB!\n\nC.")
    assert (text, clashes) == ("A.\n\nC.", [Clash("body", "", "B!", "")])


def test_line_ends_are_no_change():
    assert merged("A.\nB.", "A.\r\nB.", "A.\nC.") == ("A.\nC.", [])


def test_a_text_of_ten_thousand_like_paragraphs_takes_no_time():
    long = "\n\n".join(["Ring."] * 10_000)
    text, clashes = merged(long, f"{long}\n\nMine.", f"Theirs.\n\n{long}")
    assert (text.endswith("Mine."), len(clashes)) == (True, 1)


# Statements


def test_statements_are_matched_by_what_lasts_not_by_their_numbers():
    began = {1: say("1.1", "Oxygen."), 2: say("1.2", "Magnesium.")}
    now = {1: say("1.1", "Oxygen at once."), 2: say("1.2", "Magnesium.")}
    other = {3: say("1.1", "Ask for help."), 1: say("1.2", "Oxygen."), 2: say("1.3", "Magnesium, once.")}
    found = [(3, "1.1", "Ask for help."), (1, "1.2", "Oxygen at once."), (2, "1.3", "Magnesium, once.")]
    assert statements(began, now, other) == (found, [])


def test_a_statement_that_both_reworded_keeps_the_drafts_words():
    said, clashes = statements({1: say("1", "A.")}, {1: say("1", "Mine.")}, {1: say("1", "Theirs.")})
    assert (said, clashes) == ([(1, "1", "Mine.")], [Clash("statements", "1", "1 Theirs.", "1 Mine.")])


def test_strength_and_words_belong_together():
    began, now, other = (Statement("1", words) for words in (("A.", "offer", ""), ("B.", "offer", ""), ("A.", "", "")))
    merge = Merge()
    assert merge.statements({1: began}, {1: now}, {1: other}) == {1: now}
    assert len(merge.clashes) == 1


def test_dropped_on_one_side_and_changed_on_the_other_is_told():
    began = {1: say("1", "A."), 2: say("2", "B.")}
    assert statements(began, {1: say("1", "A.")}, {1: say("1", "A."), 2: say("2", "B!")}) == (
        [(1, "1", "A.")],
        [Clash("statements", "2", "2 B!", "")],
    )
    assert statements(began, {1: say("1", "A."), 2: say("2", "B!")}, {1: say("1", "A.")}) == (
        [(1, "1", "A."), (2, "2", "B!")],
        [Clash("statements", "2", "", "2 B!")],
    )


def test_a_new_number_alone_does_not_keep_what_the_new_edition_dropped():
    began, now = {1: say("1", "A."), 2: say("2", "B.")}, {9: say("1", "New."), 1: say("2", "A."), 2: say("3", "B.")}
    assert statements(began, now, {1: say("1", "A.")}) == ([(9, "1", "New."), (1, "2", "A.")], [])


def test_of_two_with_one_number_the_one_in_force_keeps_it():
    began = {1: say("1.1", "A.")}
    now, other = {1: say("1.1", "A."), 8: say("1.2", "Mine.")}, {1: say("1.1", "A."), 9: say("1.2", "Theirs.")}
    said, clashes = statements(began, now, other)
    assert said == [(1, "1.1", "A."), (8, "1.3", "Mine."), (9, "1.2", "Theirs.")]
    assert clashes == [Clash("statements", "1.3", "1.2 Theirs.", "1.3 Mine.")]


@pytest.mark.parametrize(
    ("number", "used", "found"),
    [("1.3", ["1.3"], "1.4"), ("9", ["9", "10"], "11"), ("A", ["A"], "A-2"), ("Q" * 20, ["Q" * 20], "Q" * 12 + "-2")],
)
def test_the_next_number_that_is_free(number, used, found):
    assert next_free(number, used) == found


def test_the_order_is_the_drafts_where_it_moved_anything():
    began = {1: say("1", "A."), 2: say("2", "B.")}
    other = {1: say("1", "A."), 3: say("3", "C."), 2: say("2", "B.")}
    moved = {2: say("2", "B."), 1: say("1", "A.")}
    assert [pk for pk, *_ in statements(began, moved, other)[0]] == [2, 1, 3]
    assert [pk for pk, *_ in statements(began, began, other)[0]] == [1, 3, 2]


def test_milestones_of_a_standard_are_merged_one_by_one():
    half, most, late = ("Half have a plan", None, ""), ("Most have a plan", None, "Audit"), ("All", None, "")
    merge = Merge()
    found = merge.statements({1: say("1", "A.", half)}, {1: say("1", "A.", half, late)}, {1: say("1", "A.", most)})
    assert (found[1].milestones, merge.clashes) == ((most, late), [])


# Drafts


@pytest.fixture
def draft(asthma, registrar):
    """The registrar's draft of the next edition, begun before another edition came into force."""
    return asthma.start_draft(by=registrar)


@pytest.fixture
def newer(asthma, curator):
    """Puts another edition in force meanwhile, with these texts."""

    def put_in_force(**texts):
        other = asthma.start_draft(by=curator)
        other.edit(by=curator, **texts)
        return other

    return put_in_force


def test_a_draft_is_based_on_the_edition_that_came_meanwhile(draft, newer, asthma, registrar):
    draft.edit(by=registrar, aim="Safe first half hour of care.")
    draft.wordings.filter(number="1.1").update(text="Offer oxygen at once.")
    draft.attach(name="mine.csv", content=b"a", content_type="text/csv")
    other = newer(scope="Adults.", summary="Ask for help first.")
    other.wordings.filter(number="1.2").update(text="Offer magnesium.", strength="offer")
    other.attach(name="theirs.csv", content=b"b", content_type="text/csv")
    publish(other, loop="double", reason="A confidential enquiry.")
    draft = Revision.objects.get(pk=draft.pk)
    assert not draft.is_up_to_date
    assert draft.bring_up_to_date(by=registrar) == []
    draft.refresh_from_db()
    assert draft.is_up_to_date
    assert draft.based_on == other
    assert (draft.aim, draft.scope) == ("Safe first half hour of care.", "Adults.")
    assert draft.summary == "Ask for help first."
    said = list(draft.wordings.values_list("number", "text", "strength"))
    assert said == [("1.1", "Offer oxygen at once.", "offer"), ("1.2", "Offer magnesium.", "offer")]
    assert list(draft.attachments.values_list("name", flat=True)) == ["mine.csv", "theirs.csv"]
    assert draft.changed_parts() == ["aim", "statements", "attachments"], "only what the registrar changed"


def test_what_clashes_is_handed_to_the_author_and_the_change_goes_on(draft, newer, asthma, registrar):
    change = Change.suggest(by=registrar, edition=draft)
    draft.edit(by=registrar, aim="Mine.")
    publish(newer(aim="Theirs."), loop="double", reason="Why.")
    change = Change.objects.get(pk=change.pk)
    with pytest.raises(Conflict, match="bring it up to date first"):
        propose(change, by=registrar, loop="double")
    assert change.edition.bring_up_to_date(by=registrar) == [Clash("aim", "", "Theirs.", "Mine.")]
    propose(change, by=registrar, loop="double")
    approve(change, decider(change.trust))
    asthma.refresh_from_db()
    assert (asthma.current, asthma.current.number, asthma.current.aim) == (draft, 3, "Mine.")


def test_it_is_written_down_and_whoever_does_it_is_an_author(draft, newer, registrar, nurse):
    publish(newer(aim="Theirs."), loop="double", reason="Why.")
    edits = draft.edits
    draft.bring_up_to_date(by=nurse)
    assert draft.is_author(nurse)
    assert draft.edits == edits + 1, "whoever has the draft open is told"
    assert draft.bring_up_to_date(by=nurse) == [], "twice is once"
    assert [deed.by for deed in Event.objects.about(draft).filter(verb="brought_up_to_date")] == [nurse]


def test_a_draft_that_waits_for_a_decision_is_taken_back_first(draft, newer, registrar):
    change = Change.suggest(by=registrar, edition=draft)
    draft.edit(by=registrar, aim="Mine.")
    propose(change, by=registrar, loop="double")
    publish(newer(scope="Adults."), loop="double", reason="Why.")
    draft.refresh_from_db()
    with pytest.raises(Conflict, match="take it back"):
        draft.bring_up_to_date(by=registrar)
    change.take_back(by=registrar)
    assert draft.bring_up_to_date(by=registrar) == []


def test_nothing_is_brought_into_what_is_published_withdrawn_or_first(draft, newer, asthma, registrar, curator):
    with pytest.raises(Conflict, match="first edition"):
        asthma.current.bring_up_to_date(by=registrar)
    publish(second := newer(scope="Adults."), loop="double", reason="Why.")
    asthma.refresh_from_db()
    publish(newer(scope="All adults."), loop="double", reason="Why.")
    with pytest.raises(Conflict, match="published"):
        Revision.objects.get(pk=second.pk).bring_up_to_date(by=registrar)
    asthma.withdraw(by=curator, why="It does harm.")
    with pytest.raises(Conflict, match="withdrawn"):
        draft.bring_up_to_date(by=registrar)


def test_numbers_that_collide_don_t_break_the_draft(draft, newer, registrar):
    draft.say(number="1.3", text="Mine.")
    other = newer(scope="Adults.")
    other.say(number="1.3", text="Theirs.")
    publish(other, loop="double", reason="Why.")
    clashes = draft.bring_up_to_date(by=registrar)
    assert [(clash.where, clash.came, clash.kept) for clash in clashes] == [("1.4", "1.3 Theirs.", "1.4 Mine.")]
    assert dict(draft.wordings.values_list("number", "text"))["1.4"] == "Mine."


def test_a_frameworks_milestones_come_along(framework, registrar, curator):
    draft, other = framework.start_draft(by=registrar), framework.start_draft(by=curator)
    other.milestones.update(what="All have a care plan")
    publish(other, loop="single", reason="Why.")
    draft.expect(statement=draft.wordings.get(number="2").statement, what="One number to ring")
    assert draft.bring_up_to_date(by=registrar) == []
    said = draft.milestones.values_list("what", "measure")
    assert sorted(said) == [("All have a care plan", "Audit of notes"), ("One number to ring", "")]


# Routines


@pytest.fixture
def huddle(northbridge, curator) -> Routine:
    """A care routine in force, with two steps."""
    draft = Routine.begin(by=curator, trust=northbridge, kind="care", slug="huddle", title="Morning huddle")
    steps = [{"who": "Nurse in charge", "what": "Opens it."}, {"who": "All", "what": "Say what worries them."}]
    draft.write(by=curator, goal="Nobody is surprised.", procedure="At eight.", steps=steps)
    draft.adopt(by=curator)
    return draft.routine


def test_a_routines_draft_is_brought_up_to_date_step_by_step(huddle, registrar, curator):
    mine, other = huddle.start_draft(by=registrar), huddle.start_draft(by=curator)
    steps = [step.said() for step in mine.steps.all()]
    other.write(
        by=curator, goal="Nobody is left alone.", steps=[*steps, {"who": "Nurse in charge", "what": "Ends it."}]
    )
    publish_routine(other, curator)
    mine.write(by=registrar, procedure="At seven.", steps=[{"who": "Matron", "what": "Opens it."}, steps[1]])
    assert mine.bring_up_to_date(by=registrar) == []
    assert (mine.goal, mine.procedure) == ("Nobody is left alone.", "At seven.")
    assert [f"{step.who}: {step.what}" for step in mine.steps.all()] == [
        "Matron: Opens it.",
        "All: Say what worries them.",
        "Nurse in charge: Ends it.",
    ]


def test_a_step_that_both_changed_keeps_the_drafts(huddle, registrar, curator):
    mine, other = huddle.start_draft(by=registrar), huddle.start_draft(by=curator)
    steps = [step.said() for step in mine.steps.all()]
    other.write(by=curator, steps=[{"who": "Theirs", "what": "Opens it."}, steps[1]])
    publish_routine(other, curator)
    mine.write(by=registrar, steps=[{"who": "Mine", "what": "Opens it."}, steps[1]])
    assert mine.bring_up_to_date(by=registrar) == [Clash("steps", "", "Theirs: Opens it.", "Mine: Opens it.")]
    assert mine.steps.first().who == "Mine"


def publish_routine(draft, author) -> None:
    change = Change.suggest(by=author, edition=draft)
    propose(change, by=author, loop=change.suggestion().loop)
    approve(change, decider(change.trust))
