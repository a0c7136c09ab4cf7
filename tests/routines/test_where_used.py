"""Where what we know is used: on pages of guidance, insights and services; and the routines of somebody who leaves."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from knowledge.models import Conflict, Insight
from nhs_learning.people.models import Notice
from routines.leaving import hand_on
from routines.models import Routine
from tests.changing import publish

TOLD = {"situation": "Always.", "practice": "So.", "why": "Because."}


@pytest.fixture
def tip(nurse, services) -> Insight:
    """Shared with the trust by the nurse."""
    insight = Insight.begin(by=nurse, service=services.respiratory, title="Count aloud", audience="trust", **TOLD)
    insight.share(by=nurse)
    return insight


def drawing_on(by, *tokens, title="Airway round", service=None) -> Routine:
    draft = Routine.begin(by=by, trust=by.trust, kind="care", title=title, service=service)
    draft.write(by=by, goal="Breath.", steps=[{"who": "Nurse", "what": "Listen", "draws_on": tokens}])
    draft.adopt(by=by)
    return draft.routine


def test_guidance_lists_the_routines_and_steps_that_draw_on_it(huddle, asthma, curator, nurse, signed_in):
    first, second = asthma.statements.order_by("pk")
    drawing_on(curator, f"statement-{first.pk}", f"statement-{second.pk}")
    page = signed_in(nurse).get(asthma.get_absolute_url()).text
    assert "Used in 2 routines" in page
    assert 'href="/routines/breathless-huddle/#step-s2">Step 2</a> (recommendation <a href="#s1">1.1</a>)' in page
    assert 'href="/routines/breathless-huddle/#policies">Its policies</a>' in page
    assert '<a href="#s1">1.1</a> and <a href="#s2">1.2</a>' in page
    assert page.index("Who to ask</h2>") < page.index("Used in 2 routines")


def test_each_statement_says_in_how_many_routines_it_is_used(huddle, asthma, curator, nurse, signed_in):
    page = signed_in(nurse).get(asthma.get_absolute_url()).text
    assert page.count("In 1 routine</a>") == 1
    drawing_on(curator, f"statement-{asthma.statements.order_by('pk').first().pk}")
    assert "In 2 routines</a>" in signed_in(nurse).get(asthma.get_absolute_url()).text  # though the text is kept


def test_a_reader_of_another_trust_sees_its_own_trusts_routines_only(huddle, asthma, curator, stranger, signed_in):
    asthma.describe(by=curator, audience="network")
    page = signed_in(stranger).get(asthma.get_absolute_url()).text
    assert "Breathless" not in page
    assert "In 1 routine" not in page
    drawing_on(stranger, f"guidance-{asthma.pk}", title="Southgate round")
    assert "Southgate round" in signed_in(stranger).get(asthma.get_absolute_url()).text


def test_who_has_not_signed_in_sees_none(huddle, asthma, curator, client):
    asthma.describe(by=curator, audience="public")
    page = client.get(asthma.get_absolute_url()).text
    assert "Used in" not in page
    assert "In 1 routine" not in page


def test_a_withdrawn_routine_uses_nothing(huddle, asthma, curator, nurse, signed_in):
    huddle.withdraw(by=curator, why="We have an app now.")
    assert "Used in" not in signed_in(nurse).get(asthma.get_absolute_url()).text


def test_a_statement_that_is_gone_is_named_as_such(huddle, asthma, curator, nurse, signed_in):
    draft = asthma.start_draft(by=curator)
    draft.wordings.first().delete()
    publish(draft, loop="single", reason="Oxygen has a guideline of its own.")
    assert "<strong>no longer part of this</strong>" in signed_in(nurse).get(asthma.get_absolute_url()).text


def test_an_insight_lists_the_routines_that_draw_on_it(tip, curator, nurse, signed_in):
    assert "Used in" not in signed_in(nurse).get(tip.get_absolute_url()).text
    drawing_on(curator, f"insight-{tip.pk}")
    page = signed_in(nurse).get(tip.get_absolute_url()).text
    assert "Used in 1 routine" in page
    assert 'href="/routines/airway-round/#step-s1">Step 1</a>' in page


def test_a_service_shows_its_routines_and_those_beneath_it(huddle, curator, services, nurse, signed_in):
    drawing_on(curator, title="Chest pain round", service=services.cardiology)
    client = signed_in(nurse)
    page = client.get("/services/medicine/").text
    assert page.index("Breathless huddle") < page.index("Chest pain round")
    assert "Breathless huddle" not in client.get("/services/cardiology/").text
    assert "None is written down yet" in client.get("/services/surgery/").text


def test_where_routines_stand_follows_from_the_nature_of_the_service(huddle, services, curator, nurse, signed_in):
    client = signed_in(nurse)
    for nature, before in (("established", "people"), ("mixed", "insights")):
        services.respiratory.rearrange(by=curator, nature=nature)
        page = client.get("/services/respiratory/").text
        assert page.index('id="routines"') < page.index(f'id="{before}"'), nature
    services.respiratory.rearrange(by=curator, nature="innovative")
    page = client.get("/services/respiratory/").text
    assert page.index('id="guidance"') < page.index('id="routines"')


def test_the_pages_ask_the_database_no_more_for_many_routines(
    asthma, tip, curator, services, nurse, signed_in, django_assert_max_num_queries
):
    for number in range(30):
        tokens = [f"guidance-{asthma.pk}", f"insight-{tip.pk}"]
        drawing_on(curator, *tokens, title=f"Round {number}", service=services.respiratory)
    client = signed_in(nurse)
    for address in (asthma.get_absolute_url(), tip.get_absolute_url(), "/services/respiratory/"):
        client.get(address)
        with django_assert_max_num_queries(11):
            assert "Round 1" in client.get(address).text


@pytest.mark.browser
def test_from_guidance_a_nurse_comes_to_the_step_that_uses_it(huddle, asthma, nurse, page, sign_in, accessible):
    sign_in(nurse)
    page.goto(asthma.get_absolute_url())
    page.get_by_role("link", name="In 1 routine").click()
    expect(page.get_by_role("heading", name="Used in 1 routine")).to_be_in_viewport()
    accessible(page)
    page.get_by_role("link", name="Step 2").click()
    expect(page.get_by_text("Say each person’s oxygen", exact=True)).to_be_in_viewport()
    page.goto("/services/respiratory/")
    expect(page.get_by_role("heading", name="Routines")).to_be_visible()
    accessible(page)


# Leaving


def test_the_routines_of_somebody_who_leaves_are_handed_on(huddle, lead, registrar, curator, signed_in):
    client = signed_in(lead)
    page = client.get(f"/people/{lead.pk}/leaving/").text
    assert "Breathless huddle" in page
    address = f"/people/{lead.pk}/leaving/routines/"
    assert address in page
    assert client.post(address, {"things": ["breathless-huddle"]}).status_code == 422
    done = client.post(address, {"things": ["breathless-huddle"], "named": "Registrar"})
    assert done.url == f"/people/{lead.pk}/leaving/"
    huddle.refresh_from_db()
    assert (huddle.owner, huddle.service.slug) == (registrar, "respiratory")
    assert "is yours now" in Notice.objects.get(to=registrar).words


def test_a_deputy_hands_on_being_the_deputy(huddle, lead, nurse, registrar, curator):
    huddle.describe(by=curator, owner=lead, deputy=nurse, service=huddle.service)
    hand_on(nurse, ["breathless-huddle"], by=nurse, to=registrar)
    huddle.refresh_from_db()
    assert (huddle.owner, huddle.deputy) == (lead, registrar)
    assert "You are now the deputy" in Notice.objects.get(to=registrar).words
    hand_on(lead, ["breathless-huddle"], by=lead, to=registrar)
    huddle.refresh_from_db()
    assert (huddle.owner, huddle.deputy) == (registrar, None)  # nobody is their own deputy


def test_what_somebody_else_handed_on_meanwhile_is_told_kindly(huddle, lead, registrar, nurse, curator):
    hand_on(lead, ["breathless-huddle"], by=curator, to=registrar)
    with pytest.raises(Conflict, match="handed on already"):
        hand_on(lead, ["breathless-huddle"], by=lead, to=nurse)


def test_a_colleague_does_not_hand_on_what_is_anothers(huddle, lead, nurse, signed_in):
    assert signed_in(nurse).get(f"/people/{lead.pk}/leaving/routines/").status_code == 403


# The admin


def test_an_administrator_finds_routines_and_changes_none(huddle, administrator, stranger, signed_in):
    client = signed_in(administrator)
    assert "Breathless huddle" in client.get("/admin/routines/routine/", {"q": "breathless"}).text
    page = client.get(f"/admin/routines/routine/{huddle.pk}/change/").text
    assert "1. Nurse in charge: Call the team together" in page
    assert 'name="_save"' not in page
    assert "Breathless" not in signed_in(stranger).get("/admin/routines/routine/").text
