"""The pages of sessions: planning, coming, drawing, writing down how it went, taking up what came of it."""

from __future__ import annotations

import datetime

import pytest

from knowledge.models import Community, Insight, Session
from nhs_learning.record import clock
from reviews.models import Change
from tests.meeting import a_circle, eleven, held, planned, soon


@pytest.fixture
def circle(registrar, nurse) -> Community:
    """The registrar's; the nurse belongs to it."""
    return a_circle(registrar, nurse)


PLAN = {
    "title": "Blood cultures",
    "begins": "13:00",
    "minutes": "60",
    "place": "Seminar room 2",
    "purpose": "",
    "agenda": "1. Say what you face",
    "facilitator_words": "",
    "guidance_words": "",
}


def plan(person, **typed) -> dict[str, str]:
    """What the form of a plan sends."""
    return {**PLAN, "on": soon().isoformat(), "facilitator": str(person.pk), **typed}


def test_a_member_plans_a_session_by_a_method(circle, nurse, signed_in):
    client, address = signed_in(nurse), f"{circle.get_absolute_url()}sessions/new/"
    assert "Randomised coffee trial" in client.get(address).content.decode()
    form = client.get(f"{address}?method=peer_assist").content.decode()
    assert "Those who face it say what they plan" in form
    answer = client.post(f"{address}?method=peer_assist", plan(nurse), follow=True)
    assert "It is planned. The members are told." in answer.content.decode()
    session = Session.objects.get()
    assert (session.kind, session.begins, session.facilitator) == ("peer_assist", datetime.time(13), nurse)


def test_who_is_no_member_plans_nothing(circle, lead, signed_in):
    assert signed_in(lead).get(f"{circle.get_absolute_url()}sessions/new/").status_code == 403
    assert signed_in(circle.facilitator).get(f"{circle.get_absolute_url()}sessions/new/?method=x").status_code == 404


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"title": ""}, "Say in a few words what it is about"),
        ({"on": ""}, "Say on which day"),
        ({"on": "2026-02-31"}, "Give a date"),
        ({"on": "2020-01-01"}, "That day is past"),
        ({"on": "2090-01-01"}, "more than two years away"),
        ({"begins": "25:00"}, "Give a time, such as 12:30"),
        ({"minutes": "0"}, "5 minutes at least"),
        ({"minutes": "5000"}, "600 minutes at most"),
        ({"minutes": "an hour"}, "Give a number of minutes"),
        ({"agenda": "x" * 100_000}, "at most 20000"),
        ({"title": "Mr B, 943 476 5919"}, "This looks as if it holds an NHS number"),
        ({"facilitator": "", "facilitator_words": "zzz"}, "Nobody here is called “zzz”"),
        ({"guidance_words": "zzz"}, "Nothing in force here is called “zzz”"),
    ],
)
def test_what_is_amiss_in_a_plan_is_said_beside_it(typed, said, circle, nurse, signed_in):
    answer = signed_in(nurse).post(f"{circle.get_absolute_url()}sessions/new/?method=fishbowl", plan(nurse, **typed))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Session.objects.exists()


def test_a_script_in_an_agenda_is_words(circle, nurse, registrar, signed_in):
    session = planned(circle, agenda="<script>alert(1)</script>\n\n[x](javascript:alert(1))", title="<b>bold</b>")
    html = signed_in(nurse).get(session.get_absolute_url()).content.decode()
    assert "<script>alert" not in html
    assert 'href="javascript' not in html
    assert "<b>bold</b>" not in html


def test_somebody_says_that_they_come_and_that_they_can_not(circle, nurse, lead, signed_in):
    session = planned(circle)
    client, address = signed_in(nurse), session.get_absolute_url()
    assert "Do you come?" in client.get(address).content.decode()
    client.post(f"{address}answer/", {"coming": "yes"})
    assert "You come." in client.get(address).content.decode()
    client.post(f"{address}answer/", {"coming": "no"})
    assert session.attendances.get(user=nurse).coming is False
    signed_in(lead).post(f"{address}answer/", {"coming": "yes"})
    assert not session.attendances.filter(user=lead).exists()


def test_a_calendar_takes_it(circle, nurse, signed_in):
    summer = clock.today().replace(year=clock.today().year + 1, month=7, day=1)
    title = "Cultures, and veins; again \\ " + "é" * 80
    session = planned(circle, on=summer, begins=datetime.time(13), place="Room 2", title=title)
    answer = signed_in(nurse).get(f"{session.get_absolute_url()}calendar.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    text = answer.content.decode()
    assert f"DTSTART:{summer:%Y%m%d}T120000Z\r\n" in text  # summer time
    lines = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "\n" not in text.replace("\r\n", "")
    unfolded = text.replace("\r\n ", "")
    assert "SUMMARY:Cultures\\, and veins\\; again \\\\ " + "é" * 80 + "\r\n" in unfolded
    assert (lines[0], lines[-2]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")


def test_two_who_change_a_session_at_once_are_told_and_lose_nothing(circle, registrar, signed_in):
    session = planned(circle)
    session.write(by=registrar, seen=0, place="Room 3")
    typed = plan(registrar, title="My title", seen="0")
    answer = signed_in(registrar).post(f"{session.get_absolute_url()}change/", typed)
    assert answer.status_code == 409
    assert "My title" in answer.content.decode()
    session.refresh_from_db()
    assert (session.title, session.place) == ("Blood cultures", "Room 3")


def test_only_who_runs_it_changes_cancels_draws_and_reminds(circle, nurse, signed_in):
    session = planned(circle, kind="coffee_trial")
    client = signed_in(nurse)
    for way in ("change/", "cancel/", "draw/", "write/"):
        assert client.get(session.get_absolute_url() + way).status_code == 403
    assert client.post(f"{session.get_absolute_url()}remind/").status_code == 403


def test_it_is_cancelled_with_a_reason(circle, registrar, signed_in):
    session = planned(circle)
    client, address = signed_in(registrar), f"{session.get_absolute_url()}cancel/"
    assert client.post(address, {"why": ""}).status_code == 422
    client.post(address, {"why": "Norovirus."})
    assert "Norovirus." in client.get(session.get_absolute_url()).content.decode()


def test_a_lead_plans_to_gather_what_a_nurse_knows_who_leaves(lead, nurse, curator, registrar, services, signed_in):
    client, address = signed_in(lead), f"/sessions/new/?harvest_of={nurse.pk}"
    assert "Gather what Nurse knows" in client.get(address).content.decode()
    typed = plan(lead, service=str(services.respiratory.pk), invited_words="registrar")
    assert client.post(address, typed).status_code == 302
    session = Session.objects.get()
    assert (session.harvest_of, session.service, session.kind) == (nurse, services.respiratory, "knowledge_harvest")
    assert {one.user for one in session.guests} == {lead, nurse, registrar}
    assert signed_in(curator).get(session.get_absolute_url()).status_code == 404
    assert signed_in(registrar).get(f"/sessions/new/?harvest_of={curator.pk}").status_code == 403
    assert signed_in(lead).get("/sessions/new/?harvest_of=nobody").status_code == 302


# Writing down how it went


def test_it_is_written_down_from_its_day_on(circle, registrar, signed_in):
    session, today = planned(circle), planned(circle, on=clock.today())
    client = signed_in(registrar)
    assert client.get(f"{session.get_absolute_url()}write/").status_code == 403
    assert client.get(f"{today.get_absolute_url()}write/").status_code == 200


def test_notes_are_saved_as_somebody_types_and_who_came_by_the_button(circle, nurse, registrar, signed_in):
    session = planned(circle, on=soon(-1))
    client, address = signed_in(registrar), f"{session.get_absolute_url()}write/"
    typed = {"notes": "We talked.", "seen": "0", "writer": registrar.pk, "came": [nurse.pk]}
    answer = client.post(address, typed, headers={"X-Autosave": "1"}).json()
    assert answer["fields"] == {"seen": 1}
    session.refresh_from_db()
    assert (session.notes, session.state) == ("We talked.", "planned")
    client.post(address, {**typed, "seen": "1"})
    session.refresh_from_db()
    assert session.state == "held"
    assert [one.user for one in session.guests if one.came] == [nurse]


def test_notes_of_two_at_once_are_not_lost(circle, registrar, signed_in):
    session = planned(circle, on=soon(-1))
    session.write(by=registrar, seen=0, notes="First.")
    client, typed = signed_in(registrar), {"notes": "Second.", "seen": "0", "writer": registrar.pk}
    quietly = client.post(f"{session.get_absolute_url()}write/", typed, headers={"X-Autosave": "1"})
    assert quietly.status_code == 409
    answer = client.post(f"{session.get_absolute_url()}write/", typed)
    assert answer.status_code == 409
    assert "Second." in answer.content.decode()
    session.refresh_from_db()
    assert (session.notes, session.state) == ("First.", "planned")


def test_what_somebody_typed_is_never_saved_as_a_colleagues(circle, nurse, registrar, signed_in):
    session = planned(circle, on=soon(-1))
    typed = {"notes": "Hers.", "seen": "0", "writer": nurse.pk}
    answer = signed_in(registrar).post(f"{session.get_absolute_url()}write/", typed, headers={"X-Autosave": "1"})
    assert answer.status_code == 409
    assert "you are signed in as Registrar" in answer.json()["message"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"notes": "Mrs A, 943 476 5919"}, "This looks as if it holds an NHS number"),
        ({"notes": "x" * 100_000}, "at most 20000"),
        ({"came": ["999999"]}, "999999"),
        ({"add": "yes", "kind": "insight", "text": ""}, "Say what came of it"),
        ({"add": "yes", "kind": "", "text": "Hm."}, "Choose what it is"),
        ({"add": "yes", "kind": "insight", "text": "Mrs A, 943 476 5919"}, "NHS number"),
        ({"add": "yes", "kind": "insight", "text": "x" * 100_000}, "at most 1000"),
    ],
)
def test_what_is_amiss_in_what_was_written_down_is_said(typed, said, circle, registrar, signed_in):
    session = planned(circle, on=soon(-1))
    whole = {"notes": "", "seen": "0", "writer": registrar.pk, "guidance_words": "", **typed}
    answer = signed_in(registrar).post(f"{session.get_absolute_url()}write/", whole)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not session.outputs.exists()


def test_the_trust_sees_what_came_of_it_and_members_see_the_notes(circle, nurse, lead, registrar, signed_in):
    session = held(circle)
    session.write(by=registrar, seen=session.saves, notes="Said between us.")
    session.bring_out(by=registrar, kind="insight", text="Hand over clock times.")
    address = session.get_absolute_url()
    theirs, ours = (signed_in(person).get(address).content.decode() for person in (lead, nurse))
    assert "Hand over clock times." in theirs
    assert "Said between us." not in theirs
    assert "Nurse" not in theirs
    assert "Write it as an insight" not in theirs
    assert "Said between us." in ours
    assert "Write it as an insight" in ours


def test_what_came_of_it_is_written_as_an_insight_or_asked(circle, nurse, lead, registrar, signed_in):
    session = held(circle)
    known = session.bring_out(by=registrar, kind="insight", text="Hand over clock times.")
    open_question = session.bring_out(by=registrar, kind="question", text="Who looks on Saturday?")
    client = signed_in(nurse)
    answer = client.post(f"/outputs/{known.pk}/insight/")
    assert answer.url == f"/insights/{Insight.objects.get().pk}/write/"
    assert "Somebody has taken it up" in client.post(f"/outputs/{known.pk}/insight/", follow=True).content.decode()
    assert client.post(f"/outputs/{known.pk}/ask/").status_code == 404
    signed_in(lead).post(f"/outputs/{open_question.pk}/ask/")
    assert not circle.conversations.exists()
    client.post(f"/outputs/{open_question.pk}/ask/")
    assert circle.conversations.get().question == "Who looks on Saturday?"
    assert "Was asked" in client.get(session.get_absolute_url()).content.decode()


def test_something_to_change_becomes_a_change_with_its_reason(circle, registrar, asthma, signed_in):
    output = held(circle).bring_out(by=registrar, kind="change", text="Say who looks on Saturday.", guidance=asthma)
    client, address = signed_in(registrar), f"{asthma.get_absolute_url()}suggest/?output={output.pk}"
    html = client.get(address).content.decode()
    assert "Say who looks on Saturday." in html
    client.post(address, {**sheet_of(html), "body": "Call the outreach nurse on Saturdays.", "then": "send"})
    change = Change.objects.get()
    output.refresh_from_db()
    assert output.change_reference == change.reference
    assert "Say who looks on Saturday." in client.get(f"/changes/{change.reference}/send/").content.decode()
    page = client.get(output.session.get_absolute_url()).content.decode()
    assert f"/changes/{change.reference}/" in page
    assert "What came of a session" not in client.get(address).content.decode()


def test_who_only_reads_is_not_sent_to_a_page_that_refuses_them(circle, nurse, registrar, asthma, signed_in):
    output = held(circle).bring_out(by=registrar, kind="change", text="Say who looks.", guidance=asthma)
    page = signed_in(nurse).get(output.session.get_absolute_url()).content.decode()
    assert "A contributor of your trust can suggest this change." in page
    assert "output=" not in page
    assert f"output={output.pk}" in signed_in(registrar).get(output.session.get_absolute_url()).content.decode()


def test_a_change_is_suggested_without_what_one_may_not_take_up(circle, lead, registrar, asthma, signed_in):
    output = held(circle).bring_out(by=registrar, kind="change", text="Say who looks.", guidance=asthma)
    for asked in (output.pk, "x", "9" * 30):
        html = signed_in(lead).get(f"{asthma.get_absolute_url()}suggest/?output={asked}").content.decode()
        assert "What came of a session" not in html


def sheet_of(html: str) -> dict[str, str]:
    """The fields of a sheet as the page begins, for sending back."""
    from lxml import html as parser

    form = parser.fromstring(html).xpath("//form[contains(@class, 'app-sheet-form')]")[0]
    return {name: value or "" for name, value in form.fields.items() if name and not name.endswith("DELETE")}


# Home, and how much is asked of the database


def test_home_names_the_next_sessions_and_those_that_wait_for_notes(circle, registrar, nurse, lead, signed_in):
    planned(circle, title="Next week")
    planned(circle, title="Last week", on=soon(-7))
    ours, hers, others = (signed_in(one).get("/").content.decode() for one in (registrar, nurse, lead))
    assert "You meet" in ours
    assert "How did it go?" in ours
    assert "Next week" in hers
    assert "How did it go?" not in hers
    assert "You meet" not in others


def test_the_list_of_sessions_says_what_is_to_come_and_how_to_meet(circle, nurse, lead, signed_in):
    planned(circle, title="Next week")
    hers, theirs = (signed_in(one).get("/sessions/").content.decode() for one in (nurse, lead))
    assert hers.index("To come for you") < hers.index("Next week")
    assert theirs.index("Nothing is planned for you") < theirs.index("Others in the trust") < theirs.index("Next week")
    assert "Knowledge café" in theirs


def test_pages_of_sessions_ask_the_database_little(
    circle, registrar, person, asthma, signed_in, django_assert_max_num_queries
):
    everybody = eleven(circle, person)
    coffee = planned(circle, kind="coffee_trial", on=clock.today(), guidance=asthma)
    coffee.draw(by=registrar)
    for member in everybody:
        coffee.answer(by=member, coming=True)
    past = held(circle, guidance=asthma)
    for kind in ("insight", "question", "change") * 5:
        past.bring_out(by=registrar, kind=kind, text="We look.", guidance=asthma)
    past.outputs.filter(kind="insight").first().make_insight(by=registrar)
    past.outputs.filter(kind="question").first().ask(by=registrar)
    for _ in range(20):
        planned(circle)
    client = signed_in(registrar)
    ways = [coffee.get_absolute_url(), past.get_absolute_url(), f"{past.get_absolute_url()}write/", "/sessions/", "/"]
    for address in (*ways, f"{coffee.get_absolute_url()}change/", f"{coffee.get_absolute_url()}draw/"):
        client.get(address)
        with django_assert_max_num_queries(11):
            assert client.get(address).status_code == 200


# In a browser


@pytest.mark.browser
def test_a_facilitator_plans_a_coffee_trial_and_draws_four_pairs_and_a_trio(
    page, sign_in, accessible, circle, person, registrar
):
    from playwright.sync_api import expect

    eleven(circle, person)
    sign_in(registrar)
    page.goto(circle.get_absolute_url())
    page.get_by_role("button", name="Plan a session").click()
    accessible(page)
    page.get_by_role("link", name="Randomised coffee trial").click()
    accessible(page)
    page.get_by_label("What is it about?").fill("The first coffees")
    page.get_by_label("By which day do they meet?").fill(soon().isoformat())
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_text("It is planned. The members are told.")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Draw the pairs").click()
    expect(page.get_by_text("Drawn. Everybody is told whom they meet.")).to_be_visible()
    expect(page.locator(".app-groups__one")).to_have_count(5)
    expect(page.get_by_text("a trio")).to_have_count(1)
    accessible(page)
    page.get_by_role("link", name="Draw again").click()
    accessible(page)
    page.get_by_role("button", name="Draw again").click()
    expect(page.locator(".app-groups__one")).to_have_count(5)


@pytest.mark.browser
def test_how_it_went_is_written_down_and_taken_up_in_a_browser(
    page, sign_in, accessible, circle, nurse, registrar, asthma
):
    from playwright.sync_api import expect

    session = planned(circle, on=soon(-1), guidance=asthma)
    sign_in(registrar)
    page.goto("/sessions/")
    accessible(page)
    page.get_by_role("link", name="Write down how it went: Blood cultures").click()
    accessible(page)
    page.get_by_label("What was said?").fill("Ask the vein finders.")
    expect(page.get_by_text("Saved at")).to_be_visible()
    page.get_by_label("Nurse").check()
    page.get_by_role("button", name="It was held: save").click()
    expect(page.get_by_text("Saved. Thank you.")).to_be_visible()
    page.get_by_label("In a sentence or two").fill("Warm the hand first.")
    page.get_by_label("Something we know now").check()
    page.get_by_role("button", name="Add it").last.click()
    expect(page.get_by_text("Written down: something we know now.")).to_be_visible()
    accessible(page)
    sign_in(nurse)
    page.goto(session.get_absolute_url())
    accessible(page)
    page.get_by_role("button", name="Write it as an insight").click()
    expect(page.get_by_label("What is it about?")).to_have_value("Warm the hand first.")


@pytest.mark.browser
def test_the_other_pages_of_a_session_are_usable_by_everybody(page, sign_in, accessible, circle, lead, nurse, services):
    session = planned(circle, title="A very long title of a session " * 4, place="x" * 200, guidance=None)
    sign_in(circle.facilitator)
    for way in ("", "change/", "cancel/"):
        page.goto(session.get_absolute_url() + way)
        accessible(page)
    sign_in(lead)
    for address in (f"/sessions/new/?harvest_of={nurse.pk}", session.get_absolute_url(), "/"):
        page.goto(address)
        accessible(page)
