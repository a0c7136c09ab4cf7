"""Drafting, adopting, publishing, withdrawing: what the verbs do, and what the database refuses whoever asks."""

from __future__ import annotations

import datetime

import pytest
from django.core.management import call_command
from django.db import InternalError, connection, transaction
from django.db.utils import IntegrityError

from knowledge.models import Attachment, Conflict, Guidance, Milestone, Revision, Wording
from nhs_learning.record import clock
from nhs_learning.record.models import Event, SearchEntry
from tests.changing import publish


def test_a_first_edition_is_adopted_without_a_loop(asthma):
    assert (asthma.state, asthma.current.number, asthma.current.loop) == ("in_force", 1, "")


def test_a_later_edition_takes_a_loop_and_a_reason(asthma, curator):
    draft = asthma.start_draft(by=curator)
    with pytest.raises(IntegrityError, match="a_later_edition_has_a_number"), transaction.atomic():
        draft.publish(by=curator)
    publish(draft, loop="single", reason="The audit found a gap.")
    assert asthma.revisions.get(number=2) == Guidance.objects.get(pk=asthma.pk).current


def test_a_draft_begins_as_what_is_in_force(framework, curator):
    draft = framework.start_draft(by=curator)
    assert [w.text for w in draft.wordings.all()] == [w.text for w in framework.current.wordings.all()]
    assert [m.what for m in draft.milestones.all()] == ["Nine in ten have a care plan"]
    assert draft.based_on == framework.current


def test_a_draft_does_not_begin_with_the_committee_that_approved_the_edition_before(asthma, curator, nurse, signed_in):
    draft, later = asthma.start_draft(by=curator), asthma.start_draft(by=curator)
    draft.edit(by=curator, committee="Drugs and Therapeutics Committee", summary="Ask early.")
    publish(draft, loop="single", reason="The audit found a gap.")
    assert asthma.start_draft(by=curator).committee == ""
    later.bring_up_to_date(by=curator)
    publish(later, loop="single", reason="Another gap.")
    told = [edition.committee for edition in asthma.revisions.order_by("number").filter(number__gt=1)]
    assert told == ["Drugs and Therapeutics Committee", ""]
    page = signed_in(nurse).get(asthma.get_absolute_url()).content.decode()
    assert "<dt>Approving committee</dt><dd>not known</dd>" in page


def test_two_drafts_of_one_edition_and_only_the_first_is_published(asthma, curator, approver):
    quick, slow = asthma.start_draft(by=curator), asthma.start_draft(by=approver)
    publish(quick, loop="single", reason="Quicker.")
    with pytest.raises(Conflict, match="up to date first"):
        slow.publish(by=approver, loop="single", reason="Slower.")
    slow.refresh_from_db()
    assert slow.is_draft


@pytest.mark.parametrize(
    "change",
    [
        lambda revision: Revision.objects.filter(pk=revision.pk).update(body="other"),
        lambda revision: Revision.objects.filter(pk=revision.pk).update(published_at=None, published_by=None),
        lambda revision: Revision.objects.filter(pk=revision.pk)._raw_delete("default"),
        lambda revision: revision.wordings.update(text="other"),
        lambda revision: revision.wordings.all()._raw_delete("default"),
        lambda revision: revision.say(number="9", text="One more."),
        lambda revision: revision.expect(statement=revision.wordings.first().statement, what="One more."),
        lambda revision: revision.attach(name="a.txt", content=b"a", content_type="text/plain"),
        lambda revision: Event.objects.update(verb="other"),
        lambda revision: Event.objects.all()._raw_delete("default"),
    ],
)
def test_the_database_refuses_to_edit_what_is_published(change, framework):
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        change(framework.current)


def test_the_stored_html_of_published_editions_is_rebuilt_when_the_renderer_has_changed(asthma, framework, capsys):
    Revision.objects.filter(pk=asthma.current_id).update(html="stale")
    call_command("rebuild_html")
    assert "peak flow" in Revision.objects.get(pk=asthma.current_id).html
    assert "1 of 2 editions look different now." in capsys.readouterr().out


def test_a_new_edition_keeps_the_statements_key_and_its_old_words(asthma, curator):
    draft = asthma.start_draft(by=curator)
    first = draft.wordings.get(number="1.1")
    Wording.objects.filter(pk=first.pk).update(number="2.1", text="Offer oxygen at once.")
    publish(draft, loop="single", reason="Audit.")
    said = [w.text for w in Wording.objects.filter(statement=first.statement).order_by("pk")]
    assert said == ["Offer oxygen to keep saturation at 94 to 98 per cent.", "Offer oxygen at once."]
    assert first.statement.key == "s1"


def test_attachments_with_the_same_content_are_stored_once(asthma, curator):
    draft = asthma.start_draft(by=curator)
    one = draft.attach(name="chart.csv", content=b"a,b", content_type="text/csv")
    two = asthma.start_draft(by=curator).attach(name="copy.csv", content=b"a,b", content_type="text/csv")
    assert one.path == two.path
    assert Attachment.objects.count() == 2


def test_a_part_edit_does_not_refresh_the_reviewed_date(asthma, curator):
    with clock.at(datetime.date(2024, 3, 1)):
        asthma.confirm(by=curator, why="Checked against the national guideline.", next_due=datetime.date(2027, 3, 1))
    draft = asthma.start_draft(by=curator)
    publish(draft, loop="single", reason="A typing mistake.")
    asthma.refresh_from_db()
    assert (asthma.last_reviewed, asthma.review_due) == (datetime.date(2024, 3, 1), datetime.date(2027, 3, 1))


def test_an_extension_is_not_a_review(asthma, approver):
    asthma.extend(by=approver, why="The national guideline is due in spring.", next_due=datetime.date(2027, 6, 1))
    assert (asthma.last_reviewed, asthma.review_due) == (None, datetime.date(2027, 6, 1))


def test_overdue_is_worked_out_when_asked(asthma, curator):
    asthma.confirm(by=curator, why="Checked.", next_due=clock.today() + datetime.timedelta(days=30))
    assert not asthma.is_overdue
    with clock.at(clock.today() + datetime.timedelta(days=31)):
        assert asthma.is_overdue
        assert list(Guidance.objects.overdue()) == [asthma]


def test_withdrawing_says_why_and_what_instead_once(asthma, framework, curator):
    asthma.withdraw(by=curator, why="Replaced.", replaced_by=framework)
    assert (asthma.status, asthma.replaced_by) == ("withdrawn", framework)
    with pytest.raises(Conflict):
        asthma.withdraw(by=curator, why="Again.")


def test_a_draft_saved_in_between_is_a_conflict_and_nothing_is_lost(asthma, curator, registrar):
    draft = asthma.start_draft(by=curator)
    seen = draft.edits
    draft.edit(by=registrar, seen=seen, aim="The registrar's aim.")
    with pytest.raises(Conflict, match="saved by somebody else"):
        draft.edit(by=curator, seen=seen, aim="The curator's aim.")
    draft.refresh_from_db()
    assert draft.aim == "The registrar's aim."


def test_when_the_event_cannot_be_written_nothing_is_published(asthma, curator, monkeypatch):
    draft = asthma.start_draft(by=curator)
    monkeypatch.setattr(Event, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        draft.publish(by=curator, loop="single", reason="Audit.")
    assert Revision.objects.get(pk=draft.pk).is_draft
    assert Guidance.objects.get(pk=asthma.pk).current_id == draft.based_on_id


def test_what_is_in_force_is_findable_with_its_statements_and_a_dropped_statement_leaves_a_tombstone(asthma, curator):
    assert SearchEntry.objects.filter(gone=False).count() == 3
    draft = asthma.start_draft(by=curator)
    dropped = draft.wordings.get(number="1.2")
    dropped.delete()
    publish(draft, loop="single", reason="It no longer helps.")
    entry = SearchEntry.objects.get(kind="statement", subject_id=dropped.statement_id)
    assert (entry.gone, entry.text, entry.title) == (True, "", "")


def test_the_fingerprint_holds_for_what_is_decided_on_and_not_for_line_ends(asthma, curator):
    draft = asthma.start_draft(by=curator)
    draft.edit(by=curator, body="One\r\nTwo")
    before = draft.fingerprint()
    draft.edit(by=curator, body="One\nTwo")
    assert draft.fingerprint() == before
    draft.wordings.filter(number="1.2").update(position=7)  # the same order, counted with a gap
    assert draft.fingerprint() == before
    draft.expect(statement=draft.wordings.first().statement, what="By spring")
    assert draft.fingerprint() != before
    assert Milestone.objects.count() == 1


@pytest.mark.parametrize(
    "said",
    [
        {"version_label": "7"},
        {"committee": "Medicines Committee"},
        {"last_reviewed": datetime.date(2026, 1, 1)},
        {"review_due": datetime.date(2099, 1, 1)},
    ],
    ids=lambda said: next(iter(said)),
)
def test_the_fingerprint_holds_for_all_that_readers_will_see(said, asthma, curator):
    draft = asthma.start_draft(by=curator)
    before = draft.fingerprint()
    draft.edit(by=curator, **said)
    assert draft.fingerprint() != before


def test_positions_are_drawn_in_order(asthma, framework):
    positions = list(SearchEntry.objects.order_by("pk").values_list("position", flat=True))
    assert positions == sorted(positions)
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM search_position")
        assert cursor.fetchone()[0] == positions[-1]
