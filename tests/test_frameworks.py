"""How services stand against a framework: read by everybody of the trust, said by those who lead the services."""

from __future__ import annotations

import datetime
import re
import threading

import pytest
from django.db import connections
from playwright.sync_api import expect

from knowledge.models import Assessment, Conflict, Guidance, Wording
from knowledge.standing import picture, pictures_led_by
from nhs_learning.people.models import Service
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from tests.changing import publish

BASE = "/guidance/znb/long-term-conditions/"
SHEET = f"{BASE}assess/respiratory/"
LAST_WEEK = datetime.timedelta(days=7)


def wording(framework: Guidance, number: str) -> Wording:
    return framework.current.wordings.get(number=number)


@pytest.fixture
def assess(framework, lead, services):
    """The lead assesses respiratory, met by audit unless told otherwise: ``assess("1", standing="partly", …)``."""

    def make(number: str, *, service: Service = services.respiratory, **said) -> Assessment:
        said = {"standing": "met", "evidence": "Audit of May.", "by": lead, **said}
        return Assessment.make(service=service, wording=wording(framework, number), **said)

    return make


@pytest.fixture
def fill(framework):
    """What a browser sends of the sheet of respiratory as it now is, with these fields changed."""

    def fields(**changed) -> dict[str, str]:
        row = picture(framework, framework.current.wordings.select_related("statement"))
        sent = {"edition": str(framework.current_id)}
        for place in next(row for row in row.rows if row.service.slug == "respiratory").places:
            said = {"evidence": place.evidence, "action": place.action, "due": place.due or "", "seen": place.pk or ""}
            if place.pk:
                said["standing"] = place.standing
            sent |= {f"{place.wording.statement.key}-{name}": str(value) for name, value in said.items()}
        return {**sent, **{name.replace("_", "-", 1): value for name, value in changed.items()}}

    return fields


def reworded(framework: Guidance, by, text: str) -> None:
    draft = framework.start_draft(by=by)
    draft.wordings.filter(number="1").update(text=text)
    publish(draft, loop="double", reason="We ask for more.")
    framework.refresh_from_db()


# Reading


def test_a_nurse_reads_how_each_service_stands(signed_in, nurse, framework, assess):
    assess("1", evidence="92 of 100 notes.")
    page = signed_in(nurse).get(framework.get_absolute_url()).content.decode()
    assert "92 of 100 notes." in page
    assert "1 of 2 standards is met" in page
    assert "1 met" in page
    assert "1 not assessed" in page  # cardiology


def test_a_standard_that_nobody_assessed_reads_not_assessed(signed_in, nurse, framework):
    page = signed_in(nurse).get(f"{BASE}standing/respiratory/").content.decode()
    assert page.count("Not assessed") == 2
    assert "0 of 2 standards are met in Respiratory: 2 not assessed." in " ".join(page.split())


def test_what_does_not_apply_is_left_out_of_the_count(framework, assess):
    assess("1", standing="not_applicable", evidence="No inpatients.")
    row = picture(framework, framework.current.wordings.all()).rows[1]
    assert row.headline == "0 of the one standard that applies are met"
    assert row.remainder == "1 not applicable, 1 not assessed"


def test_a_late_action_is_marked_and_one_in_time_is_not(signed_in, nurse, assess):
    today = clock.today()
    assess("1", standing="partly", action="Train the team", due=today - LAST_WEEK)
    assess("2", standing="partly", action="Print the number", due=today + LAST_WEEK)
    page = " ".join(signed_in(nurse).get(f"{BASE}standing/").content.decode().split())
    assert "1 action is late." in page
    assert page.index("Train the team") < page.index("Print the number")
    assert page.count(">Late<") == 1


def test_an_action_is_no_longer_late_once_the_standard_is_met(framework, assess):
    assess("1", standing="partly", action="Train the team", due=clock.today() - LAST_WEEK)
    assess("1", standing="met", evidence="All trained.")
    assert [row.late for row in picture(framework, framework.current.wordings.all()).rows] == [0, 0]


def test_the_page_says_when_the_wording_has_changed_since(signed_in, nurse, framework, curator, assess):
    assess("1")
    assess("2")
    reworded(framework, curator, "Everyone has a care plan within a week.")
    page = signed_in(nurse).get(framework.get_absolute_url()).content.decode()
    assert page.count("assessed against edition 1’s wording, which has changed since") == 1


def test_earlier_assessments_stay_to_be_read_with_the_words_they_saw(signed_in, nurse, framework, curator, assess):
    assess("1", standing="not_met", evidence="None yet.", action="Write them", due=clock.today())
    reworded(framework, curator, "Everyone has a care plan within a week.")
    assess("1", evidence="All have one.")
    page = signed_in(nurse).get(f"{BASE}standing/respiratory/s1/").content.decode()
    assert page.index("All have one.") < page.index("None yet.")
    assert "What edition 1 said" in page
    assert "care plan that they helped to write" in page


@pytest.mark.parametrize("audience", ["network", "public"])
def test_a_stranger_reads_a_shared_framework_but_not_how_our_services_stand(
    audience, signed_in, stranger, client, framework, assess
):
    assess("1", evidence="92 of 100 notes.")
    Guidance.objects.update(audience=audience)
    readers = [signed_in(stranger)] + ([client] if audience == "public" else [])
    for reader in readers:
        page = reader.get(framework.get_absolute_url())
        assert page.status_code == 200
        assert b"92 of 100" not in page.content
        assert b"How our services stand" not in page.content
    for address in ("standing/", "standing/respiratory/", "standing/respiratory/s1/", "assess/respiratory/"):
        assert readers[0].get(BASE + address).status_code == 404


def test_a_guideline_has_no_standing(signed_in, lead, asthma):
    assert signed_in(lead).get(f"{asthma.get_absolute_url()}standing/").status_code == 404
    assert b"How our services stand" not in signed_in(lead).get(asthma.get_absolute_url()).content


def test_a_framework_that_applies_to_no_service_says_what_is_missing(signed_in, nurse, framework):
    framework.applies_to.clear()
    assert b"Nobody has said yet which services" in signed_in(nurse).get(framework.get_absolute_url()).content


@pytest.mark.parametrize("page", ["", "standing/"])
def test_a_framework_of_any_size_takes_few_queries(
    page, northbridge, curator, lead, services, signed_in, django_assert_max_num_queries
):
    """12 standards by 17 services."""
    draft = Guidance.begin(by=curator, service=services.medicine, kind="service_framework", title="Large")
    wards = [
        Service.open(by=None, trust=northbridge, name=f"Ward {n}", slug=f"ward-{n}", parent=services.medicine)
        for n in range(17)
    ]
    draft.guidance.applies_to.set(wards)
    standards = [draft.say(number=str(n), text=f"Standard {n}.") for n in range(12)]
    draft.adopt(by=curator)
    for ward in wards:
        for standard in standards[:-1]:
            Assessment.make(by=lead, service=ward, wording=standard, standing="met", evidence="Seen.")
    client, address = signed_in(lead), f"/guidance/znb/large/{page}"
    client.get(address)  # what the reader last read, and when the session was used, is written once
    with django_assert_max_num_queries(10):
        response = client.get(address)
    assert response.content.count(b"11 of 12 standards are met") >= 17


# Assessing


def test_the_lead_assesses_a_standard_and_the_page_says_so(signed_in, lead, framework, fill):
    sent = fill(s1_standing="met", s1_evidence="92 of 100 notes.")
    response = signed_in(lead).post(SHEET, sent, follow=True)
    assert response.redirect_chain[-1][0] == f"{BASE}standing/respiratory/"
    assert "Saved: 1 standard is newly assessed for Respiratory." in response.content.decode()
    made = Assessment.objects.get()
    assert (made.standing, made.evidence, made.by, made.wording) == (
        "met",
        "92 of 100 notes.",
        lead,
        wording(framework, "1"),
    )
    assert Event.objects.about(framework)[0].verb == "assessed"


def test_saving_one_standard_leads_back_to_it(signed_in, lead, framework, fill):
    response = signed_in(lead).post(SHEET, fill(s1_standing="met", s1_evidence="Seen.", save="s1"))
    assert response.url == f"{SHEET}?saved=s1#s1"


def test_nothing_changed_writes_nothing(signed_in, lead, fill, assess):
    assess("1", standing="partly", evidence="Line one.\nLine two.", action="Train", due=clock.today() - LAST_WEEK)
    sent = fill(s1_evidence="Line one.\r\nLine two. ")  # as browsers send it
    assert b"Nothing was changed" in signed_in(lead).post(SHEET, sent, follow=True).content
    assert Assessment.objects.count() == 1


def test_each_change_is_a_new_row(signed_in, lead, fill, assess):
    assess("1")
    assess("2")
    signed_in(lead).post(SHEET, fill(s2_evidence="Audit of June."))
    rows = Assessment.objects.order_by("pk").values_list("statement__key", "evidence")
    assert list(rows) == [("s1", "Audit of May."), ("s2", "Audit of May."), ("s2", "Audit of June.")]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"s1_standing": "met"}, "Standard 1: say what shows it"),
        ({"s1_evidence": "Seen."}, "Standard 1: choose how Respiratory stands against it"),
        ({"s1_standing": "partly", "s1_evidence": "Half."}, "Standard 1: say what will be done about it"),
        ({"s1_standing": "not_met", "s1_evidence": "No.", "s1_action": "Train"}, "Standard 1: say by when"),
        (
            {"s1_standing": "partly", "s1_evidence": "Half.", "s1_action": "Train", "s1_due": "soon"},
            "Standard 1: give the date by which it will be done",
        ),
        (
            {"s1_standing": "partly", "s1_evidence": "Half.", "s1_action": "Train", "s1_due": "2020-01-31"},
            "Standard 1: that date is past",
        ),
        ({"s1_standing": "splendid", "s1_evidence": "Seen."}, "Standard 1: Select a valid choice"),
    ],
)
def test_an_error_is_said_plainly_and_nothing_typed_is_lost(typed, told, signed_in, lead, framework, fill):
    sent = fill(**typed, s2_standing="met", s2_evidence="The number is on every bed.")
    response = signed_in(lead).post(SHEET, sent)
    page = response.content.decode()
    assert response.status_code == 200
    assert told in page
    assert "The number is on every bed." in page
    assert typed.get("s1_evidence", "") in page
    assert not Assessment.objects.exists()


def test_what_looks_like_an_nhs_number_holds_the_save_until_the_lead_says_otherwise(signed_in, lead, framework, fill):
    sent = fill(s1_standing="met", s1_evidence="See 943 476 5919.")
    held = signed_in(lead).post(SHEET, sent)
    assert held.status_code == 200
    assert not Assessment.objects.exists()
    mark = re.search(r'name="not_an_nhs_number"[^>]*value="(\w+)"', held.content.decode())[1]
    signed_in(lead).post(SHEET, {**sent, "not_an_nhs_number": mark})
    assert Assessment.objects.get().evidence == "See 943 476 5919."
    assert Event.objects.filter(verb="said_not_an_nhs_number").exists()


def test_a_met_standard_keeps_no_action(signed_in, lead, fill, assess):
    assess("1", standing="partly", evidence="Half.", action="Train", due=clock.today())
    signed_in(lead).post(SHEET, fill(s1_standing="met"))
    latest = Assessment.objects.latest("pk")
    assert (latest.standing, latest.action, latest.due) == ("met", "", None)


def test_a_lead_says_that_an_assessment_holds_for_the_new_wording(signed_in, lead, framework, curator, fill, assess):
    assess("1")
    reworded(framework, curator, "Everyone has a care plan within a week.")
    signed_in(lead).post(SHEET, fill(s1_still_so="on"))
    assert Assessment.objects.latest("pk").wording == wording(framework, "1")
    assert not any(row.reworded for row in picture(framework, framework.current.wordings.all()).rows)


def test_the_second_of_two_leads_sees_what_the_first_saved_and_loses_nothing(
    signed_in, lead, person, services, fill, assess
):
    colleague = person("colleague", role="service_lead", service=services.respiratory)
    assess("1")
    sheet = fill()  # both open the page
    signed_in(colleague).post(SHEET, {**sheet, "s1-standing": "not_applicable", "s1-evidence": "We closed the clinic."})
    mine = {**sheet, "s1-evidence": "Audit of June.", "s2-standing": "met", "s2-evidence": "On every bed."}
    response = signed_in(lead).post(SHEET, mine)
    page = response.content.decode()
    assert response.status_code == 409
    for words in ("Standard 1: Colleague assessed it", "We closed the clinic.", "Audit of June.", "On every bed."):
        assert words in page
    assert Assessment.objects.count() == 2  # nothing of mine yet
    again = {**mine, "s1-seen": str(Assessment.objects.latest("pk").pk)}  # as the page now has it
    assert signed_in(lead).post(SHEET, again).status_code == 302
    assert {a.evidence for a in Assessment.objects.all()[2:]} == {"Audit of June.", "On every bed."}


def test_a_lead_who_changed_something_else_is_not_disturbed(signed_in, lead, person, services, fill, assess):
    colleague = person("colleague", role="service_lead", service=services.respiratory)
    assess("1")
    sheet = fill()
    signed_in(colleague).post(SHEET, {**sheet, "s1-evidence": "Audit of July."})
    response = signed_in(lead).post(SHEET, {**sheet, "s2-standing": "met", "s2-evidence": "On every bed."})
    assert response.status_code == 302
    assert [a.evidence for a in Assessment.objects.filter(statement__key="s1").order_by("pk")] == [
        "Audit of May.",
        "Audit of July.",
    ]


def test_a_new_edition_while_the_lead_types_is_shown_before_anything_is_saved(
    signed_in, lead, framework, curator, fill
):
    sent = fill(s1_standing="met", s1_evidence="All have one.")
    reworded(framework, curator, "Everyone has a care plan within a week.")
    response = signed_in(lead).post(SHEET, sent)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Edition 2 of the framework came into force while you were typing" in page
    assert "within a week" in page
    assert "All have one." in page
    assert not Assessment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_the_very_same_moment_take_turns(framework, lead, services):
    standard, outcomes, ready = wording(framework, "1"), [], threading.Barrier(2)

    def save() -> None:
        ready.wait()
        said = {"standing": "met", "evidence": "Seen."}
        try:
            Assessment.make(by=lead, service=services.respiratory, wording=standard, seen=None, **said)
            outcomes.append("saved")
        except Conflict:
            outcomes.append("told")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=save) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["saved", "told"]
    assert Assessment.objects.count() == 1


def test_only_who_leads_the_service_may_assess_it(
    signed_in, lead, nurse, registrar, approver, curator, stranger, framework, fill
):
    for person, status in (
        (lead, 200),
        (nurse, 403),
        (registrar, 403),
        (approver, 403),
        (curator, 403),
        (stranger, 404),
    ):
        client = signed_in(person)
        assert client.get(SHEET).status_code == status, person
        if status != 200:
            assert client.post(SHEET, fill(s1_standing="met", s1_evidence="Seen.")).status_code == status, person
    assert not Assessment.objects.exists()
    assert b"lead of Respiratory" in signed_in(nurse).get(SHEET).content


def test_a_service_to_which_the_framework_does_not_apply_has_no_sheet(signed_in, person, framework, services):
    leader = person("leader", role="service_lead")
    assert signed_in(leader).get(f"{BASE}assess/surgery/").status_code == 404
    assert signed_in(leader).get(f"{BASE}assess/cardiology/").status_code == 200


def test_a_withdrawn_framework_is_no_longer_assessed(signed_in, lead, curator, framework):
    framework.withdraw(by=curator, why="The department replaced it.")
    response = signed_in(lead).get(SHEET)
    assert response.status_code == 403
    assert b"no longer assessed" in response.content
    assert SHEET.encode() not in signed_in(lead).get(framework.get_absolute_url()).content


# What waits for a lead


def test_a_lead_finds_at_home_what_waits(signed_in, lead, nurse, framework, assess, services):
    assess("1", standing="partly", action="Train", due=clock.today() - LAST_WEEK)
    home = " ".join(signed_in(lead).get("/").content.decode().split())
    assert "Respiratory: Long-term conditions" in home
    assert "1 action is late." in home
    assert "My frameworks" not in signed_in(nurse).get("/").content.decode()


def test_a_lead_with_nothing_waiting_is_told_so(signed_in, lead, framework, assess, services):
    for number in ("1", "2"):
        assess(number)
        assess(number, service=services.cardiology)
    assert b"All standards that apply to your services are assessed" in signed_in(lead).get("/").content
    assert b"2 of 2 standards are met in Cardiology" in signed_in(lead).get("/my-frameworks/").content


def test_my_frameworks_take_few_queries_however_many(lead, curator, services, framework, django_assert_max_num_queries):
    for title in ("Stroke", "Renal", "Diabetes"):
        draft = Guidance.begin(by=curator, service=services.medicine, kind="service_framework", title=title)
        draft.guidance.applies_to.set([services.respiratory, services.surgery])
        draft.say(number="1", text="Good care.")
        draft.adopt(by=curator)
    assert lead.reach
    with django_assert_max_num_queries(2):
        pictures = pictures_led_by(lead)
    assert [len(one.rows) for one in pictures] == [1, 2, 1, 1]  # surgery is not the lead's


# In a browser


@pytest.mark.browser
def test_a_lead_assesses_in_the_browser_and_every_page_is_accessible(
    page, sign_in, accessible, lead, framework, assess
):
    assess("2", standing="partly", evidence="Half.", action="Print the number", due=clock.today() - LAST_WEEK)
    sign_in(lead)
    page.goto("/")
    accessible(page)
    page.goto(framework.get_absolute_url())
    accessible(page)
    page.locator("#standing").get_by_role("link", name="Assess Respiratory").click()
    accessible(page)
    standard = page.get_by_role("group", name="Standard 1", exact=True)
    expect(standard.get_by_label("What will be done")).to_be_hidden()
    standard.get_by_label("Partly met").check()
    page.get_by_role("button", name="Save and finish").click()
    accessible(page)
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(3)
    standard.get_by_label("Evidence").fill("92 of 100 notes.")
    standard.get_by_label("What will be done").fill("Train the team")
    standard.get_by_label("By when").fill((clock.today() + LAST_WEEK).isoformat())
    page.get_by_role("button", name="Save and finish").click()
    page.get_by_text("Saved: 1 standard is newly assessed").wait_for()
    accessible(page)
    page.get_by_role("link", name="Earlier assessments for Respiratory, standard 1").click()
    accessible(page)
    for address in (f"{BASE}standing/", "/my-frameworks/"):
        page.goto(address)
        accessible(page)


@pytest.mark.browser
def test_a_nurse_at_the_keyboard_sees_each_link_that_has_the_focus_whatever_the_width(page, sign_in, nurse, framework):
    sign_in(nurse)
    page.goto(BASE)
    link = page.get_by_role("table").get_by_role("link", name="Standard 1", exact=True)
    link.focus()
    seen = """(link) => {
        const { x, y, width, height } = link.getBoundingClientRect();
        return link.contains(document.elementFromPoint(x + width / 2, y + height / 2));
    }"""
    assert link.evaluate(seen)
