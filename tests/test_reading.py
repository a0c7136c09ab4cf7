"""Reading guidance in a browser, and by whom it may be read."""

from __future__ import annotations

import datetime
import re

import pytest
from playwright.sync_api import expect

from knowledge.models import Guidance
from nhs_learning.views import pages
from tests.changing import publish


@pytest.mark.browser
def test_a_nurse_goes_from_the_home_page_to_a_guideline_in_one_click(page, sign_in, nurse, asthma):
    sign_in(nurse)
    page.goto("/")
    page.get_by_role("link", name="Acute asthma in adults").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Acute asthma in adults")
    expect(page.locator("#s1")).to_contain_text("Offer oxygen")


@pytest.mark.browser
def test_a_nurse_signs_in_with_her_passphrase(page, nurse):
    page.goto("/")
    page.get_by_label("E-mail address").fill("nurse@northbridge.example")
    page.get_by_label("Passphrase", exact=True).fill("pass")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="What do you need to know?")).to_be_visible()


@pytest.mark.browser
def test_a_link_to_a_recommendation_leads_a_nurse_to_it_after_she_signs_in(page, nurse, asthma):
    page.goto(f"{asthma.get_absolute_url()}#s2")
    page.get_by_label("E-mail address").fill("nurse@northbridge.example")
    page.get_by_label("Passphrase", exact=True).fill("pass")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"#s2$"))
    expect(page.locator("#s2")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("audience", "readers"),
    [
        ("private", {"curator", "lead"}),
        ("service", {"curator", "lead", "nurse", "registrar"}),
        ("trust", {"curator", "lead", "nurse", "registrar", "surgeon"}),
        ("network", {"curator", "lead", "nurse", "registrar", "surgeon", "stranger"}),
        ("public", {"curator", "lead", "nurse", "registrar", "surgeon", "stranger", "anonymous"}),
    ],
)
def test_each_audience_reads_what_is_meant_for_it(
    audience, readers, asthma, services, person, client, signed_in, curator, lead, nurse, registrar, stranger
):
    """The curator owns it; respiratory is the nurse's service, beneath the registrar's and the lead's."""
    Guidance.objects.update(audience=audience)
    surgeon = person("surgeon", role="contributor", service=services.surgery)
    people = [curator, lead, nurse, registrar, stranger, surgeon]
    seen = {p.name.lower() for p in people if signed_in(p).get(asthma.get_absolute_url()).status_code == 200}
    if client.get(asthma.get_absolute_url()).status_code == 200:
        seen.add("anonymous")
    assert seen == readers


def test_a_nurse_reads_what_is_for_her_service_only_while_she_is_of_it(signed_in, nurse, curator, services, asthma):
    asthma.describe(by=curator, audience="service")
    client, address = signed_in(nurse), asthma.get_absolute_url()
    answers = [client.get(address).status_code]
    nurse.give_up(services.respiratory, role="reader", by=curator)
    answers.append(client.get(address).status_code)
    nurse.join(services.respiratory, role="reader", by=curator)
    answers.append(client.get(address).status_code)
    assert answers == [200, 404, 200]


def test_what_is_narrowed_or_withdrawn_shows_so_at_once_to_a_nurse_who_has_read_it(
    signed_in, nurse, curator, services, asthma
):
    client, address = signed_in(nurse), asthma.get_absolute_url()
    client.get(address)
    asthma.withdraw(by=curator, why="Evidence of harm.")
    assert "Withdrawn: do not follow this" in client.get(address).text
    asthma.describe(by=curator, audience="private")
    assert client.get(address).status_code == 404


def test_somebody_not_signed_in_is_asked_to_sign_in_whether_or_not_there_is_such_a_page(client, asthma):
    for address in (asthma.get_absolute_url(), "/guidance/znb/no-such-thing/"):
        response = client.get(address)
        assert response.status_code == 302
        assert response.url.startswith("/sign-in/")


def test_a_renamed_address_leads_on(signed_in, nurse, curator, asthma):
    former = asthma.get_absolute_url()
    asthma.rename(by=curator, slug="asthma-attack")
    response = signed_in(nurse).get(former)
    assert (response.status_code, response.url) == (301, "/guidance/znb/asthma-attack/")
    assert response["Cache-Control"] == "private, no-cache", "or a browser would go round in circles once it is back"


@pytest.mark.browser
def test_the_page_can_be_read_without_javascript(browser, live_server, public_asthma):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(public_asthma.get_absolute_url())
    expect(page.locator("#s1")).to_contain_text("Offer oxygen")
    page.get_by_role("link", name="Recommendations").click()
    expect(page).to_have_url(re.compile(r"#statements$"))
    expect(page.get_by_role("button", name="Copy link")).to_have_count(0)
    page.get_by_role("link", name="History").click()
    page.get_by_label("What did it say on this date?").fill("2020-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("nothing of it was in force")).to_be_visible()
    context.close()


@pytest.fixture
def public_asthma(asthma, curator) -> Guidance:
    asthma.describe(by=curator, audience="public")
    return asthma


@pytest.mark.browser
def test_a_nurse_copies_the_link_of_a_recommendation(page, sign_in, nurse, asthma):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(nurse)
    page.goto(asthma.get_absolute_url())
    page.get_by_role("button", name="Copy link to recommendation 1.1").click()
    page.locator("[aria-live=polite]", has_text="Link copied").wait_for(state="attached")
    assert page.evaluate("navigator.clipboard.readText()").endswith("/acute-asthma-in-adults/#s1")


@pytest.mark.browser
def test_the_contents_are_in_view_on_a_desktop_and_folded_on_a_phone(page, sign_in, nurse, asthma):
    sign_in(nurse)
    page.goto(asthma.get_absolute_url())
    wide = page.viewport_size["width"] > 1000
    entry = page.get_by_role("navigation", name="Contents of this page").get_by_role("link", name="Recognise")
    expect(entry).to_have_count(1 if wide else 0)
    if not wide:
        page.get_by_text("Contents", exact=True).locator("visible=true").click()
        entry.click()
        expect(page).to_have_url(re.compile(r"#section-recognise$"))


@pytest.mark.browser
def test_on_a_phone_the_contents_lead_to_whom_to_ask(page, sign_in, nurse, asthma):
    sign_in(nurse)
    page.goto(asthma.get_absolute_url())
    ask = page.get_by_role("navigation", name="Contents of this page").get_by_role("link", name="Who to ask")
    if page.viewport_size["width"] > 1000:
        expect(ask).to_have_count(0)
        return
    page.get_by_text("Contents", exact=True).locator("visible=true").click()
    ask.click()
    expect(page.get_by_role("heading", name="Who to ask")).to_be_in_viewport()


@pytest.mark.browser
def test_on_a_phone_escape_closes_the_menu_and_gives_the_focus_back_to_its_button(page, sign_in, nurse):
    sign_in(nurse)
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto("/")
    more = page.get_by_role("button", name="More")
    more.click()
    page.get_by_role("link", name="Register").focus()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "false")


@pytest.mark.browser
def test_on_paper_the_page_says_when_it_was_printed_and_where_to_check(page, sign_in, nurse, asthma):
    sign_in(nurse)
    page.goto(asthma.get_absolute_url())
    printed = page.locator(".app-printed")
    expect(printed).to_be_hidden()
    page.emulate_media(media="print")
    expect(printed).to_be_visible()
    for part in (
        "Northbridge University Hospitals",
        "Acute asthma in adults",
        "edition 1",
        "Printed from NHS Learning",
    ):
        expect(printed).to_contain_text(part)
    expect(printed).to_contain_text(page.url)
    expect(page.get_by_role("navigation", name="Contents of this page")).to_be_hidden()


def test_the_whole_world_is_told_names_and_no_addresses(client, signed_in, stranger, public_asthma):
    address = public_asthma.get_absolute_url()
    assert "curator@northbridge.example" in signed_in(stranger).get(address).content.decode()
    for _ in ("rendered", "kept"):
        html = client.get(address).content.decode()
        assert "Curator" in html
        assert "@northbridge.example" not in html


def test_the_page_says_whom_to_ask_and_what_changed(signed_in, nurse, lead, asthma, curator, services):
    services.respiratory.lead = lead
    services.respiratory.save()
    publish(asthma.start_draft(by=curator), loop="double", reason="Waiting cost people an hour.")
    html = signed_in(nurse).get(asthma.get_absolute_url()).content.decode()
    assert "mailto:lead@northbridge.example" in html
    assert "Waiting cost people an hour." in html
    assert "We changed what we aim for, or the rules we work by" in html
    assert "Compare with edition 1" in html


def test_guidance_of_another_trust_says_whose_it_is(signed_in, stranger, nurse, asthma, curator):
    asthma.describe(by=curator, audience="network")
    notice = "This is guidance of Northbridge University Hospitals, not of your trust"
    assert notice in signed_in(stranger).get(asthma.get_absolute_url()).content.decode()
    assert notice not in signed_in(nurse).get(asthma.get_absolute_url()).content.decode()


@pytest.mark.parametrize("statements", [2, 100])
def test_the_page_asks_the_database_no_more_for_a_hundred_statements(
    signed_in, nurse, asthma, curator, statements, django_assert_max_num_queries
):
    draft = asthma.start_draft(by=curator)
    for number in range(3, statements + 1):
        draft.expect(statement=draft.say(number=f"2.{number}", text="Wash your hands.").statement, what="Everybody")
    publish(draft, loop="single", reason="More to say.")
    client = signed_in(nurse)
    client.get(asthma.get_absolute_url())
    with django_assert_max_num_queries(9):
        assert client.get(asthma.get_absolute_url()).content.count(b'class="app-statement"') == statements


def test_from_another_trusts_guidance_the_way_back_leads_to_what_others_share(signed_in, stranger, asthma, curator):
    asthma.describe(by=curator, audience="network")
    for path in ("", "history/", "edition/1/"):
        text = signed_in(stranger).get(asthma.get_absolute_url() + path).text
        assert 'href="/browse/?from=all"' in text
        assert "?service=" not in text


def test_an_edition_without_any_text_says_whom_to_ask(signed_in, nurse, curator, services):
    draft = Guidance.begin(by=curator, service=services.surgery, kind="policy", title="Theatre lists")
    draft.adopt(by=curator)
    assert "It has no text yet. Ask Curator" in signed_in(nurse).get(draft.guidance.get_absolute_url()).text


@pytest.mark.browser
def test_three_hundred_recommendations_and_a_wide_table_fit_the_page(
    page, sign_in, nurse, curator, services, accessible
):
    draft = Guidance.begin(by=curator, service=services.surgery, kind="policy", title="Intravenous" + "x" * 239)
    wide = "|".join(["A column with a long heading"] * 9)
    draft.edit(by=curator, body=f"## Doses\n\n|{wide}|\n|{'---|' * 9}\n|{wide}|\n")
    for number in range(300):
        draft.say(number=f"1.{number}", text="Offer oxygen " * (1 + number % 20), strength="offer", certainty="low")
    draft.adopt(by=curator)
    sign_in(nurse)
    page.goto(draft.guidance.get_absolute_url() + "#s300")
    expect(page.locator("#s300")).to_be_visible()
    accessible(page)


@pytest.mark.browser
def test_on_a_phone_a_nurse_reads_the_last_column_without_scrolling_sideways(
    page, sign_in, nurse, curator, services, accessible
):
    draft = Guidance.begin(by=curator, service=services.surgery, kind="guideline", title="Raised potassium")
    table = "|Potassium|ECG|Who|Treat|\n|---|---|---|---|\n|6.5|Now|Doctor|**Adults:** insulin with glucose, then ask|"
    draft.edit(by=curator, body=table + "\n\n```\n" + "a line of code " * 30 + "\n```\n")
    draft.adopt(by=curator)
    sign_in(nurse)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(draft.guidance.get_absolute_url())
    cell = page.get_by_role("cell", name="Adults: insulin")
    place, bold = cell.bounding_box(), cell.locator("strong").bounding_box()
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= 390
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"Treat"'
    assert bold["x"] - place["x"] > 100  # beside what it is under, with the words that follow it
    accessible(page)


@pytest.mark.browser
def test_a_printed_page_of_the_demonstration_says_that_it_is_no_advice(page, sign_in, nurse, asthma):
    sign_in(nurse)
    page.goto(asthma.get_absolute_url())
    page.emulate_media(media="print")
    expect(page.get_by_label("Demonstration")).to_be_visible()
    expect(page.locator(".nhsuk-header")).to_be_hidden()


@pytest.mark.browser
def test_every_printed_page_of_what_is_withdrawn_says_so(page, sign_in, nurse, asthma, curator):
    asthma.withdraw(by=curator, why="The national guideline changed.")
    sign_in(nurse)
    page.goto(asthma.get_absolute_url())
    mark = page.locator(".app-watermark")
    expect(mark).to_be_hidden()
    page.emulate_media(media="print")
    expect(mark).to_be_visible()
    assert mark.evaluate("mark => getComputedStyle(mark).position") == "fixed"  # which print repeats on each page


@pytest.mark.browser
@pytest.mark.parametrize("state", ["overdue", "withdrawn"])
def test_what_is_amiss_is_said_first_and_to_everybody(state, page, sign_in, nurse, asthma, curator, accessible):
    if state == "withdrawn":
        asthma.withdraw(by=curator, why="The national guideline changed.")
    else:
        asthma.confirm(by=curator, why="Checked.", next_due=datetime.date(2020, 1, 1))
    sign_in(nurse)
    page.goto(asthma.get_absolute_url())
    notice = page.locator(".app-banner").first
    assert "Withdrawn: do not follow this" in notice.inner_text() or "Review overdue" in notice.inner_text()
    assert notice.bounding_box()["y"] < page.locator("#summary").bounding_box()["y"]
    accessible(page)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("address", "heading"), [("/nowhere/", "Page not found"), ("/admin/", "This is not open to you")]
)
def test_a_way_that_leads_nowhere_says_where_to_go(
    address, heading, browser, live_server, signed_in, nurse, accessible
):
    context = browser.new_context(base_url=live_server.url, viewport={"width": 390, "height": 900})
    session = signed_in(nurse).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(page.get_by_role("link", name="home page")).to_be_visible()
    accessible(page)
    context.close()


def test_when_everything_breaks_the_page_still_says_what_to_do(rf):
    answer = pages.broken(rf.get("/"))
    assert answer.status_code == 500
    assert "ask a senior colleague" in answer.text
