"""Reading guidance in a browser, and by whom it may be read."""

from __future__ import annotations

import pytest

from knowledge.models import Guidance


@pytest.mark.browser
def test_a_nurse_goes_from_the_home_page_to_a_guideline_in_one_click(page, sign_in, nurse, asthma):
    sign_in(nurse)
    page.goto("/")
    page.get_by_role("link", name="Acute asthma in adults").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Acute asthma in adults"
    assert "Offer oxygen" in page.locator("#s1").inner_text()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.browser
def test_a_nurse_signs_in_with_her_passphrase(page, nurse):
    page.goto("/")
    page.get_by_label("E-mail address").fill("nurse@northbridge.example")
    page.get_by_label("Passphrase", exact=True).fill("pass")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("heading", name="What do you need to know?").is_visible()


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
