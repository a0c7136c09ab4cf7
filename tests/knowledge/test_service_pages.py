"""Pages of services: what carries the work comes first, by the service's nature."""

from __future__ import annotations

import datetime

import pytest

from knowledge.models import Community, Guidance, Insight, Profile, Session, Topic
from nhs_learning.record import clock

TOLD = {"situation": "Always.", "practice": "So.", "why": "Because."}


@pytest.fixture
def full(services, nurse, registrar, lead, asthma, curator):
    """Respiratory with a lead, somebody who knows, an insight, a community and a session."""
    services.respiratory.rearrange(by=curator, lead=lead)
    Profile.write(of=nurse, seen=0, expertise={Topic.enter(by=curator, name="Asthma"): "leading"})
    Insight.begin(by=nurse, service=services.respiratory, title="Spacers", **TOLD).share(by=nurse)
    Community.begin(by=nurse, name="Breathing well", purpose="To learn.")
    soon = clock.today() + datetime.timedelta(days=3)
    Session.plan(by=nurse, service=services.respiratory, kind="peer_assist", on=soon, title="Ask a peer")
    return services.respiratory


def order(page) -> list[str]:
    """The parts of the page, as they come."""
    parts = ("people", "insights", "guidance", "meetings")
    return sorted(parts, key=lambda part: page.text.index(f'id="{part}"'))


@pytest.mark.parametrize(
    ("nature", "words", "parts"),
    [
        ("innovative", "Innovative: what people know carries", ["people", "insights", "meetings", "guidance"]),
        ("mixed", "Mixed: what people know and what is written", ["people", "guidance", "insights", "meetings"]),
        ("established", "Established: what is written down", ["guidance", "people", "insights", "meetings"]),
    ],
)
def test_what_comes_first_follows_from_its_nature(nature, words, parts, full, nurse, curator, signed_in):
    full.rearrange(by=curator, nature=nature)
    page = signed_in(nurse).get("/services/respiratory/")
    assert words in page.text
    assert order(page) == parts


def test_it_shows_who_leads_it_who_knows_what_and_what_there_is(full, nurse, signed_in):
    page = signed_in(nurse).get("/services/respiratory/").text
    for words in ("Led by", "lead@", "Leads on", "Spacers", "Breathing well", "Acute asthma"):
        assert words in page, words
    assert 'href="/browse/?service=respiratory"' in page


def test_what_is_beneath_it_belongs_to_it(full, nurse, signed_in):
    page = signed_in(nurse).get("/services/medicine/").text
    for words in ("Nurse", "Spacers", "Acute asthma"):
        assert words in page, words
    assert "Spacers" not in signed_in(nurse).get("/services/surgery/").text


def test_a_framework_that_applies_to_it_is_among_its_guidance(framework, nurse, signed_in):
    assert "Long-term conditions" in signed_in(nurse).get("/services/cardiology/").text


def test_a_lead_who_has_left_is_not_named(full, nurse, lead, signed_in):
    lead.leave(by=None)
    page = signed_in(nurse).get("/services/respiratory/").text
    assert "Nobody is named as its lead now" in page
    assert "lead@northbridge" not in page


def test_an_empty_service_says_how_to_begin(services, nurse, signed_in):
    page = signed_in(nurse).get("/services/surgery/").text
    for words in ("Nobody has a role in it yet", "Nobody has shared anything here yet", "No meeting is planned"):
        assert words in page, words


def test_what_is_not_the_readers_to_see_is_not_there(full, services, nurse, curator, stranger, signed_in):
    draft = Guidance.begin(by=curator, service=services.respiratory, kind="policy", title="Secret", audience="private")
    draft.adopt(by=curator)
    Insight.begin(by=curator, service=services.respiratory, title="Secret draft", **TOLD)
    assert "Secret" not in signed_in(nurse).get("/services/respiratory/").text
    assert signed_in(stranger).get("/services/respiratory/").status_code == 404
    assert signed_in(nurse).get("/services/alchemy/").status_code == 404


def test_home_breadcrumbs_and_browsing_lead_to_it(full, nurse, asthma, signed_in):
    client = signed_in(nurse)
    for address in ("/", asthma.get_absolute_url(), "/browse/?service=respiratory", "/people/" + str(nurse.pk) + "/"):
        assert 'href="/services/respiratory/"' in client.get(address).text, address


def test_it_takes_few_queries_however_many(full, nurse, person, services, signed_in, django_assert_max_num_queries):
    for number in range(20):
        colleague = person(f"p{number}", role="contributor", service=services.respiratory)
        Insight.begin(by=colleague, service=services.respiratory, title=f"Tip {number}", **TOLD).share(by=colleague)
    client = signed_in(nurse)
    client.get("/account/")
    with django_assert_max_num_queries(11):
        page = client.get("/services/respiratory/").text
    assert "Everybody in Respiratory" in page
    assert "All insights of Respiratory" in page


@pytest.mark.browser
@pytest.mark.parametrize("nature", ["innovative", "established"])
def test_it_is_read_on_any_screen(nature, page, sign_in, nurse, curator, full, accessible):
    full.rearrange(by=curator, nature=nature)
    sign_in(nurse)
    for slug in ("respiratory", "surgery"):
        page.goto(f"/services/{slug}/")
        accessible(page)
