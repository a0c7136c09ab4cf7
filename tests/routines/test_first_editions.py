"""A routine is written down for the first time, and put in force by somebody who answers for its service."""

from __future__ import annotations

import pytest

from knowledge.models import Conflict
from nhs_learning.record.models import Event
from routines.drafts import drafts_of, similar
from routines.models import Routine, RoutineRevision

SHEET = {"seen": "0", "step-TOTAL_FORMS": "1", "step-INITIAL_FORMS": "0"}


def begun(by, services, title="Sepsis huddle", **said) -> RoutineRevision:
    """A draft in respiratory that says enough, unless told otherwise."""
    draft = Routine.begin(by=by, trust=by.trust, kind="care", title=title, service=services.respiratory)
    draft.write(by=by, **{"goal": "Antibiotics in time.", "steps": [{"who": "Nurse", "what": "Call it"}], **said})
    return draft


def test_a_registrar_writes_a_routine_down_and_reads_whom_to_ask(registrar, lead, curator, services, signed_in):
    client = signed_in(registrar)
    said = {"title": "Sepsis huddle", "kind": "care", "service": services.respiratory.pk}
    assert client.post("/routines/new/", said).url == "/routines/sepsis-huddle/draft/"
    step = {"step-0-who": "Nurse", "step-0-what": "Call it"}
    sheet = {**SHEET, "title": "Sepsis huddle", "goal": "Antibiotics in time.", **step, "then": "read"}
    page = client.post("/routines/sepsis-huddle/draft/", sheet, follow=True).text
    assert "Whom to ask" in page
    assert lead.name in page
    assert "Put it in force" not in page
    assert client.post("/routines/sepsis-huddle/draft/read/").status_code == 403


def test_the_lead_finds_what_waits_and_puts_it_in_force(registrar, lead, nurse, services, signed_in):
    draft, client = begun(registrar, services), signed_in(lead)
    assert "Waiting for you to put in force" in client.get("/routines/").text
    client.post("/routines/sepsis-huddle/draft/read/", {"seen": "1"})
    assert signed_in(nurse).get("/routines/sepsis-huddle/").status_code == 200
    assert Event.objects.about(draft.routine).first().verb == "adopted"
    assert client.get("/routines/sepsis-huddle/draft/").url == "/routines/sepsis-huddle/"


def test_a_routine_without_a_goal_and_steps_is_not_put_in_force(lead, services, signed_in):
    draft = begun(lead, services, goal=" ", steps=[])
    assert draft.missing == ["what it is for: its goal", "at least one step"]
    page = signed_in(lead).post("/routines/sepsis-huddle/draft/read/", {"seen": "1"})
    assert page.status_code == 409
    assert "Write down what it is for: its goal and at least one step." in page.text
    assert drafts_of(lead).mine == [draft]


def test_a_way_of_reviewing_needs_a_question(curator):
    draft = Routine.begin(by=curator, trust=curator.trust, kind="learning", title="Debrief")
    draft.write(by=curator, goal="To learn.", steps=[{"who": "All", "what": "Meet"}])
    assert draft.missing == ["a question at one step at least, since they are the form of a review"]


def test_nobody_puts_in_force_what_they_have_not_read(registrar, lead, services):
    draft = begun(registrar, services)
    seen = draft.edits
    draft.write(by=registrar, goal="Something else.")
    with pytest.raises(Conflict, match="Somebody wrote in it"):
        draft.put_in_force(by=lead, seen=seen)


def test_who_saves_second_is_told_and_loses_nothing(registrar, lead, services, signed_in):
    draft = begun(registrar, services)
    seen = str(draft.edits)
    draft.write(by=lead, goal="The lead’s goal.")
    sheet = {**SHEET, "title": "Sepsis huddle", "goal": "The registrar’s goal.", "seen": seen}
    page = signed_in(registrar).post("/routines/sepsis-huddle/draft/", sheet)
    assert page.status_code == 409
    assert "The registrar’s goal." in page.text
    assert f'name="seen" value="{draft.edits}"' in page.text
    quietly = signed_in(registrar).post("/routines/sepsis-huddle/draft/", sheet, headers={"X-Autosave": "1"})
    assert quietly.status_code == 409


def test_a_similar_routine_is_shown_before_a_second_one_is_written(huddle, registrar, services, signed_in):
    begun(registrar, services, title="Breathless at night: huddle")
    client, said = signed_in(registrar), {"title": "Huddle for the breathless", "kind": "care", "service": ""}
    page = client.post("/routines/new/", said).text
    assert "Is it one of these?" in page
    assert huddle.get_absolute_url() in page
    assert not Routine.objects.filter(title=said["title"]).exists()
    client.post("/routines/new/", {**said, "anyway": "yes"})
    assert Routine.objects.filter(title=said["title"]).exists()
    assert similar("Bed meeting", trust=registrar.trust) == []


def test_learning_routines_are_begun_by_facilitators(registrar, facilitator, signed_in):
    said = {"title": "Debrief", "kind": "learning", "service": ""}
    assert signed_in(registrar).post("/routines/new/", said).status_code == 422
    assert signed_in(facilitator).post("/routines/new/", said).status_code == 302


def test_nobody_else_sees_a_draft(registrar, nurse, services, signed_in):
    begun(registrar, services)
    assert signed_in(nurse).get("/routines/sepsis-huddle/draft/").status_code == 404
    assert signed_in(nurse).get("/routines/sepsis-huddle/").status_code == 404
    assert "Sepsis huddle" not in signed_in(nurse).get("/routines/").text


def test_its_author_throws_a_draft_away(registrar, lead, services, signed_in):
    begun(registrar, services)
    address = "/routines/sepsis-huddle/draft/throw-away/"
    assert signed_in(lead).post(address).status_code == 403
    signed_in(registrar).post(address)
    assert not Routine.objects.filter(slug="sepsis-huddle").exists()


def test_a_draft_that_came_into_force_meanwhile_is_not_thrown_away(registrar, lead, services):
    draft = begun(registrar, services)
    draft.put_in_force(by=lead, seen=draft.edits)
    with pytest.raises(Conflict, match="in force already"):
        draft.routine.throw_away(by=registrar)


def test_the_list_takes_no_more_queries_with_many_drafts(
    registrar, lead, services, signed_in, django_assert_max_num_queries
):
    for number in range(12):
        begun(registrar, services, title=f"Sepsis huddle {number}")
    client = signed_in(lead)
    client.get("/")  # the first page of a session writes it
    with django_assert_max_num_queries(11):
        assert client.get("/routines/").text.count("Sepsis huddle") >= 12


# Looking after one


def test_the_lead_gives_a_routine_to_the_registrar_who_is_told(huddle, lead, registrar, services, signed_in):
    said = {"owner": registrar.pk, "deputy": lead.pk, "service": services.medicine.pk}
    page = signed_in(lead).post("/routines/breathless-huddle/describe/", said, follow=True).text
    huddle.refresh_from_db()
    assert (huddle.owner, huddle.deputy, huddle.service) == (registrar, lead, services.medicine)
    assert "Saved." in page
    assert registrar.notices.filter(words__contains="is yours now").exists()


def test_a_nurse_does_not_look_after_it(huddle, nurse, signed_in):
    assert signed_in(nurse).get("/routines/breathless-huddle/describe/").status_code == 403
    assert "Change owner" not in signed_in(nurse).get(huddle.get_absolute_url()).text


def test_a_withdrawn_routine_says_when_by_whom_and_why(huddle, lead, nurse, signed_in):
    client, address = signed_in(lead), "/routines/breathless-huddle/withdraw/"
    assert client.post(address, {"why": ""}).status_code == 422
    client.post(address, {"why": "We call the outreach team instead."})
    page = signed_in(nurse).get(huddle.get_absolute_url()).text
    assert "Withdrawn: do not follow this" in page
    assert "We call the outreach team instead." in page
    assert lead.name in page
    late = client.post(address, {"why": "Twice"}, follow=True).text
    assert "It is not in force." in late
    assert "In case you need it: Twice" in late
