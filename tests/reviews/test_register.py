"""The register: what each reader finds in it, how it is narrowed, and that it never tells a loop before its time."""

from __future__ import annotations

import csv
import datetime
import io

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from knowledge.loops import LOOPS
from knowledge.models import Topic
from nhs_learning.people.models import User
from nhs_learning.record import clock
from nhs_learning.record.spreadsheets import harmless
from reviews import methods, permissions
from reviews.models import Action, Change, Review, Series
from reviews.register import Register
from reviews.views.register import HEADINGS, NOT_SHOWN
from routines.models import Routine
from tests.changing import approve, propose, publish

ADDRESS = "/register/"


def begun(guidance, *, by, text="Ask for help sooner.") -> Change:
    """A change, still being written."""
    draft = guidance.start_draft(by=by)
    draft.edit(by=by, summary=text)
    return Change.suggest(by=by, edition=draft)


def sent(guidance, *, by, loop="single", **more) -> Change:
    change = begun(guidance, by=by)
    propose(change, by=by, loop=loop, **more)
    return change


def review(facilitator, *, title="Late antibiotics on the ward", **details) -> Review:
    """An after action review."""
    trust = facilitator.trust
    method = next(one for one in methods.in_force(trust) if one.routine.slug == "after-action-review")
    details = {"trigger": "incident", "facilitator": facilitator, **details}
    return Review.begin(by=facilitator, method=method, title=title, **details)


def action(of: Review, *, owner: User, what="Move the trolley", due=datetime.date(2030, 1, 1)) -> Action:
    return Action.agree(by=of.opened_by, review=of, what=what, owner=owner, due=due, measure="It is used.")


def found(reader: User, **asked: str) -> list[str]:
    """The references that the register finds, the newest first."""
    return [row.reference for row in Register(reader, asked)]


@pytest.fixture
def trust_with_methods(northbridge):
    methods.equip(northbridge)
    return northbridge


def test_reviews_changes_and_actions_stand_in_one_list_the_newest_first(
    trust_with_methods, facilitator, nurse, registrar, asthma, lead
):
    late = review(facilitator)
    todo = action(late, owner=nurse)
    change = sent(asthma, by=registrar)
    assert found(facilitator) == [todo.reference, late.reference]
    assert found(lead) == [change.reference, change.review.reference]
    assert found(nurse) == [todo.reference]
    assert found(registrar) == [change.reference, change.review.reference]


def test_the_ten_thousandth_reference_of_a_year_is_newer_than_the_one_before(trust_with_methods, facilitator):
    with clock.at(datetime.date(2026, 12, 30)):
        Series.objects.update_or_create(trust=facilitator.trust, year=2026, defaults={"last": 9998})
        review(facilitator), review(facilitator)
    with clock.at(datetime.date(2027, 1, 2)):
        review(facilitator)
    assert found(facilitator) == ["ZNB-2027-0001", "ZNB-2026-10000", "ZNB-2026-9999"]


def test_a_confidential_review_is_listed_for_those_in_it_and_nobody_else(
    trust_with_methods, facilitator, nurse, registrar, lead, approver, stranger, services
):
    secret = review(facilitator, confidentiality="participants", service=services.respiratory, participants=[nurse])
    assert found(facilitator) == found(nurse) == [secret.reference]
    for outsider in (registrar, lead, approver, stranger):
        assert found(outsider) == []
    secret.remove(nurse, by=facilitator)
    assert found(nurse) == []


def test_an_action_tells_its_owner_nothing_of_a_review_that_they_may_not_see(
    trust_with_methods, facilitator, registrar, asthma, services
):
    theme = Topic.objects.create(name="Asthma", slug="asthma")
    secret = review(facilitator, confidentiality="participants", service=services.surgery, guidance=asthma, theme=theme)
    todo = action(secret, owner=registrar)
    (row,) = Register(registrar, {})
    assert (row.reference, row.where, row.set_off_by, row.theme_name, row.about) == (todo.reference, "", "", "", "")
    for asked in ({"trigger": "incident"}, {"service": "surgery"}, {"theme": "asthma"}, {"subject": asthma.slug}):
        assert found(registrar, **asked) == []
        assert todo.reference in found(facilitator, **asked)
    assert not Register(registrar, {}).themes()
    assert not Register(registrar, {}).subjects()


# The loop


@pytest.fixture
def unread(asthma, registrar) -> Change:
    """A double-loop change that waits for an approver."""
    return sent(asthma, by=registrar, loop="double", loop_reason="It changes what we aim for.")


def test_an_approver_who_has_yet_to_read_a_change_finds_its_loop_nowhere(signed_in, approver, unread):
    client = signed_in(approver)
    for address in (ADDRESS, "/register.csv"):
        body = b"".join(client.get(address)).decode()
        assert unread.reference in body
        assert NOT_SHOWN in body
        row = body.split(unread.reference)[-1]
        assert not any(loop.label in row.split("</tr>")[0] for loop in LOOPS.values()), address


@pytest.mark.parametrize("loop", LOOPS)
def test_narrowing_to_a_loop_does_not_tell_an_approver_which_it_is(signed_in, approver, unread, loop):
    assert found(approver, loop=loop) == []
    assert Register(approver, {"loop": loop}).count == 0
    client = signed_in(approver)
    assert unread.reference not in client.get(ADDRESS, {"loop": loop}).content.decode()
    assert unread.reference not in b"".join(client.get("/register.csv", {"loop": loop})).decode()


def test_the_counts_beside_the_choices_do_not_tell_it_either(approver, registrar, unread):
    assert {choice.value: choice.count for choice in Register(registrar, {}).choices("loop")}["double"] == 1
    assert sum(choice.count for choice in Register(approver, {}).choices("loop")) == 0
    narrowed = Register(approver, {"loop": "double"})
    assert sum(choice.count for name in ("kind", "state", "trigger") for choice in narrowed.choices(name)) == 0
    assert narrowed.still_open() == 0


@pytest.mark.parametrize("word", ["double", "double-loop", "Care at once", "what we aim for"])
def test_searching_does_not_tell_it_either(approver, unread, word):
    """What is said of the loop, and what the change redefines, is not searched."""
    assert found(approver, q=word) == []


def test_the_list_has_one_order_whatever_an_address_asks_for(signed_in, approver, registrar, asthma, framework):
    for guidance, loop in ((asthma, "double"), (framework, "single"), (asthma, "single")):
        sent(guidance, by=registrar, loop=loop)
    client = signed_in(approver)
    for address in (ADDRESS, "/register.csv"):
        assert len({b"".join(client.get(address, {"sort": sort})) for sort in ("", "loop", "-loop")}) == 1


def test_an_approver_sees_the_loop_once_their_own_reading_is_stored(approver, unread):
    approve(unread, approver, reading="single")
    assert unread.state == "approved"
    assert found(approver, loop="double") == [unread.reference]


def test_what_the_database_hides_is_what_the_permission_hides(
    approver, registrar, curator, lead, facilitator, nurse, asthma, framework, services, person
):
    """For everybody, of changes in every state: the two say the same."""
    surgeon = person("surgeon", role="approver", service=services.surgery)
    chest = person("chest", role="approver", service=services.respiratory)
    people = [approver, registrar, curator, lead, facilitator, nurse, surgeon, chest]
    taken_back, declined = sent(asthma, by=registrar), sent(asthma, by=registrar, loop="double")
    begun(asthma, by=curator)
    sent(framework, by=approver)
    taken_back.take_back(by=registrar)
    declined.decide(by=approver, verdict="decline", reading="single", fingerprint=declined.fingerprint, note="No.")
    publish(asthma.start_draft(by=registrar), loop="double", reason="Waiting cost an hour.")
    asthma.refresh_from_db()
    approve(sent(asthma, by=registrar, loop="single", significance="safety"), approver)
    lead.join(None, role="approver", by=None)
    later = clock.today() + datetime.timedelta(days=7)
    approve(sent(asthma, by=registrar, loop="double", publish_on=later), approver)
    approve(sent(asthma, by=registrar, loop="single", publish_on=later), chest, reading="double")
    method = Routine.objects.learning().first()  # the whole trust's
    draft = method.start_draft(by=registrar)
    draft.edit(by=registrar, goal="To learn sooner.")
    whole = Change.suggest(by=registrar, edition=draft)
    propose(whole, by=registrar, loop="meta", publish_on=later)
    approve(whole, approver, reading="single")
    people = [User.objects.get(pk=one.pk) for one in people]
    compared = 0
    for reader in people:
        for change in Change.objects.visible_to(reader).with_loop_shown_to(reader):
            sees = permissions.may_see_reading(reader, change)
            assert change.loop_hidden == (not sees and change.loop != "")
            assert change.shown_loop == (change.loop_that_holds if sees else "")
            compared += 1
    assert compared > 20


def test_what_is_approved_for_a_later_day_is_still_not_told_to_an_approver_who_has_not_read_it(
    signed_in, approver, person, asthma, registrar
):
    second = person("second", role="approver")
    change = sent(asthma, by=registrar, loop="double", publish_on=clock.today() + datetime.timedelta(days=7))
    approve(change, approver)
    assert found(approver, loop="double") == [change.reference]
    assert found(second, loop="double") == []
    client = signed_in(second)
    for address in (ADDRESS, "/register.csv"):
        row = b"".join(client.get(address)).decode().split(change.reference)[-1].split("</tr>")[0]
        assert NOT_SHOWN in row
        assert "Double-loop" not in row


# Narrowing


def test_it_is_narrowed_by_what_it_is_state_trigger_service_subject_theme_and_day(
    trust_with_methods, facilitator, registrar, lead, asthma, framework, services
):
    theme = Topic.objects.create(name="Sepsis", slug="sepsis")
    with clock.at(datetime.date(2025, 3, 1)):
        old = review(facilitator, service=services.respiratory, trigger="audit", theme=theme, guidance=asthma)
    todo = action(old, owner=lead, what="Order more kits")
    change = sent(asthma, by=registrar)
    other = sent(framework, by=registrar)
    asked = {
        (("kind", "review"),): [old],
        (("kind", "desk"),): [other.review, change.review],
        (("kind", "action"),): [todo],
        (("kind", "change"), ("subject", asthma.slug)): [change],
        (("state", "change-proposed"),): [other, change],
        (("state", "action-open"),): [todo],
        (("state", "review-closed"),): [],
        (("state", "open"), ("kind", "review")): [old],
        (("trigger", "audit"),): [todo, old],
        (("service", "respiratory"),): [change, change.review, todo, old],
        (("service", "surgery"),): [],
        (("theme", "sepsis"),): [todo, old],
        (("subject", framework.slug),): [other, other.review],
        (("to", "2025-12-31"),): [old],
        (("from", "1/12/2025"), ("kind", "action")): [todo],
        (("q", "KITS"),): [todo],
        (("q", old.reference),): [old],
        (("q", "audit found"), ("kind", "change")): [other, change],
        (("kind", "nonsense"), ("state", "nonsense"), ("loop", "nonsense"), ("kind", "action")): [todo],
    }
    for pairs, expected in asked.items():
        register = Register(lead, dict(pairs))
        assert [row.reference for row in register] == [one.reference for one in expected], pairs
        assert register.count == len(expected), pairs
    medicine = found(lead, service="medicine")
    assert set(medicine) >= set(found(lead, service="respiratory")) | {other.reference}


def test_each_choice_says_how_long_the_list_would_be(facilitator, registrar, lead, asthma, framework):
    sent(asthma, by=registrar)
    begun(framework, by=registrar)
    register = Register(lead, {"kind": "change", "state": "change-proposed"})
    assert register.count == 1
    for name in ("kind", "state", "loop", "trigger"):
        for choice in register.choices(name):
            assert choice.count == len(found(lead, **{**register.asked, name: choice.value})), (name, choice)
    assert register.still_open() == len(found(lead, kind="change", state="open"))


def test_what_is_chosen_is_shown_and_can_be_removed(signed_in, lead, asthma, registrar):
    sent(asthma, by=registrar)
    html = signed_in(lead).get(ADDRESS, {"kind": "change", "q": "asthma", "service": "medicine"}).content.decode()
    assert 'href="/register/?q=asthma&amp;service=medicine"' in html
    assert "“asthma”" in html
    assert "Show everything" in html


def test_a_day_that_is_none_is_said_to_be_so_beside_the_field(signed_in, lead, asthma, registrar):
    change = sent(asthma, by=registrar)
    response = signed_in(lead).get(ADDRESS, {"from": "31/2/2026"})
    html = response.content.decode()
    assert response.status_code == 400
    assert "“31/2/2026” is not a date" in html
    assert change.reference in html


@pytest.mark.parametrize("query", ["?page=99", "?page=x", "?service=none", "?q=%00", "?subject=no&theme=no&to=x"])
def test_nonsense_in_an_address_breaks_nothing(signed_in, nurse, query):
    assert signed_in(nurse).get(ADDRESS + query).status_code in (200, 400)


def test_an_empty_register_says_what_will_be_there_and_how_to_begin(signed_in, nurse, person):
    html = signed_in(nurse).get(ADDRESS).content.decode()
    assert "Nothing is in the register yet" in html
    assert "suggest a change" in html
    nobody = person("nobody")
    nobody.trust = None
    nobody.save()
    assert signed_in(nobody).get(ADDRESS).status_code == 200
    assert signed_in(nobody).get("/register.csv").status_code == 200


# Several hundred


@pytest.fixture
def hundreds(trust_with_methods, facilitator, nurse, registrar, asthma, approver):
    """Three hundred actions, sixty reviews and forty changes."""
    for n in range(60):
        held = review(facilitator, title=f"Review {n}", participants=[approver, registrar])
        for m in range(5):
            action(held, owner=nurse, what=f"Action {n}.{m}")
    for _ in range(40):
        sent(asthma, by=registrar)


def test_it_takes_few_queries_however_long_it_is(signed_in, approver, lead, hundreds, django_assert_max_num_queries):
    for reader in (approver, lead):
        client = signed_in(reader)
        client.get(ADDRESS)  # a session is written at first
        for query in ("", "?page=3", "?service=medicine&state=open&q=a&from=2020-01-01&subject=acute-asthma-in-adults"):
            with django_assert_max_num_queries(8):
                client.get(ADDRESS + query)
        with django_assert_max_num_queries(6):
            b"".join(client.get("/register.csv?service=medicine"))


def test_pages_hold_fifty_and_every_entry_is_on_one_of_them(signed_in, approver, hundreds):
    client = signed_in(approver)
    total = len(found(approver))
    assert total == 60 + 300 + 40
    seen = []
    for number in range(1, 9):
        seen += [row.reference for row in Register(approver, {}).page(number)]
    assert seen == found(approver)
    html = client.get(ADDRESS + "?kind=action&page=2").content.decode()
    assert "300 entries, page 2 of 6" in html
    assert "?kind=action&amp;page=3" in html


# To take away


def read(response) -> list[list[str]]:
    text = b"".join(response).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_spreadsheet_holds_what_the_page_lists(
    signed_in, trust_with_methods, facilitator, registrar, lead, asthma, services
):
    held = review(facilitator, service=services.respiratory, title="Café, “déjà vu”")
    sent(asthma, by=registrar)
    response = signed_in(lead).get("/register.csv", {"kind": "review"})
    assert response["Content-Type"].startswith("text/csv")
    assert 'filename="register-znb-' in response["Content-Disposition"]
    headings, row = read(response)
    assert tuple(headings) == HEADINGS
    today = clock.today().isoformat()
    assert row[:4] == [held.reference, "Review", "Café, “déjà vu”", "Open"]
    assert row[6:10] == ["Respiratory", today, "Facilitator", "Incident"]


@pytest.mark.parametrize("title", ["=1+1", "+44 7700", "-2", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_no_spreadsheet_takes_a_cell_for_a_formula(title):
    assert harmless(title) == f"'{title}"
    assert harmless("Sepsis = act fast") == "Sepsis = act fast"


def test_a_title_that_begins_like_a_formula_is_made_harmless(signed_in, trust_with_methods, facilitator):
    review(facilitator, title='=HYPERLINK("http://x","y")')
    _, row = read(signed_in(facilitator).get("/register.csv"))
    assert row[2] == '\'=HYPERLINK("http://x","y")'


def test_the_register_is_for_those_who_are_signed_in(client):
    for name in ("register", "register_csv", "loops"):
        assert client.get(reverse(name)).status_code == 302


# In a browser


@pytest.mark.browser
def test_a_lead_finds_a_change_in_the_register_and_learns_what_the_loops_are(
    page, sign_in, lead, registrar, asthma, accessible, trust_with_methods, facilitator, services
):
    publish(asthma.start_draft(by=registrar), loop="double", reason="Waiting cost an hour.")
    asthma.refresh_from_db()
    sent(asthma, by=registrar)
    action(review(facilitator, service=services.respiratory), owner=lead, due=datetime.date(2026, 1, 2))
    sign_in(lead)
    page.goto(ADDRESS)
    accessible(page)
    page.get_by_text("Narrow the list").click()
    page.get_by_label("Loop").select_option("double")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="1 entry")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Double-loop").click()
    page.get_by_role("link", name="What is this?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The three loops of learning")
    accessible(page)


def test_a_nurse_reads_what_governs_in_each_kind_and_what_a_deeper_change_names(signed_in, nurse):
    html = signed_in(nurse).get("/loops/").content.decode()
    for words in (
        *(loop.example[:40] for loop in LOOPS.values()),
        "the aim, the scope and the standards",
        "the goal, the norms, the policies, the procedure and the structure",
        "Goal: what we aim for",
        "How we decide",
        "Why approvers read blind",
    ):
        assert words in html, words
