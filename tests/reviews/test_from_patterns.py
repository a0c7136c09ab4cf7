"""A pattern in how guidance is used sets off a review, which shows what people said; its page tells what came of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from knowledge.models import Conflict
from reviews.models import Change, Review
from routines.models import Pattern, Performance, Use
from tests.changing import approve, decider, propose


@pytest.fixture
def noticed(asthma, nurse, registrar, person) -> Pattern:
    """Three people departed from the second statement since they had found a better way."""
    for by, words in ((nurse, "We use the pump."), (registrar, ""), (person("midwife"), "It runs out.")):
        said = {"statement": asthma.statements.get(key="s2"), "reason": "found_better", "words": words}
        Use.record(by=by, guidance=asthma, how="departed", **said)
    return Pattern.objects.get()


@pytest.fixture
def opening(after_action, noticed) -> str:
    return f"/reviews/new/?pattern={noticed.pk}&method={after_action.routine.slug}"


def sent_with(noticed, services, lead) -> dict[str, object]:
    return {
        "title": "Magnesium by pump",
        "trigger": "pattern_of_use",
        "subject": f"guidance-{noticed.guidance_id}",
        "service": services.respiratory.pk,
        "facilitator": lead.pk,
        "confidentiality": "service",
    }


def test_the_lead_opens_a_review_with_what_the_pattern_says_filled_in(signed_in, lead, services, noticed, opening):
    client = signed_in(lead)
    assert f"pattern={noticed.pk}&amp;method=" in client.get(f"/reviews/new/?pattern={noticed.pk}").text.replace(
        "?pattern", "pattern"
    )
    page = client.get(opening).text
    assert "Acute asthma in adults, 1.2: we found a better way" in page
    assert '<option value="pattern_of_use" selected>' in page
    assert f'value="guidance-{noticed.guidance_id}" checked' in " ".join(page.split()).replace(' type="radio"', "")
    client.post(opening, sent_with(noticed, services, lead))
    review = Review.objects.get()
    noticed.refresh_from_db()
    assert (review.pattern, review.guidance, review.trigger) == (noticed, noticed.guidance, "pattern_of_use")
    assert (noticed.state, noticed.answered_by) == ("taken_up", lead)


def test_those_in_the_review_read_what_people_said_and_others_do_not(
    signed_in, lead, facilitator, nurse, open_review, noticed
):
    review = open_review(pattern=noticed)
    page = signed_in(facilitator).get(review.get_absolute_url()).text
    assert "3 departures from Acute asthma in adults, 1.2 in 1 day, because we found a better way" in page
    assert "We use the pump." in page
    assert "Nurse" not in page.split("What was noticed")[1].split("Talk it through")[0]
    assert signed_in(nurse).get(review.get_absolute_url()).status_code == 404
    hers = signed_in(nurse).get(noticed.get_absolute_url()).text
    assert review.reference not in hers
    assert "took it up" in hers


def test_who_comes_second_loses_nothing_typed_and_opens_none(signed_in, lead, services, curator, noticed, opening):
    noticed.set_aside(by=curator, why="Solved.")
    page = signed_in(lead).post(opening, sent_with(noticed, services, lead))
    assert page.status_code == 409
    assert "Somebody was quicker: this pattern is set aside." in page.text
    assert "Magnesium by pump" in page.text
    assert not Review.objects.exists()
    assert signed_in(lead).get(opening).url == noticed.get_absolute_url()


def test_no_review_is_begun_about_a_pattern_that_is_answered(open_review, noticed, curator):
    noticed.set_aside(by=curator, why="Solved.")
    with pytest.raises(Conflict):
        open_review(pattern=noticed)
    assert not Review.objects.exists()


def test_a_facilitator_who_does_not_look_after_it_and_a_stranger_open_none(
    signed_in, facilitator, stranger, noticed, opening
):
    assert signed_in(facilitator).get(opening).status_code == 403
    assert signed_in(stranger).get(opening).status_code in (403, 404)


def test_the_pattern_s_page_tells_what_came_of_it(
    signed_in, facilitator, nurse, registrar, open_review, asthma, noticed
):
    review = open_review(pattern=noticed, guidance=asthma)
    assert "No change is in force from it yet." in signed_in(facilitator).get(noticed.get_absolute_url()).text
    draft = asthma.start_draft(by=registrar)
    draft.edit(by=registrar, aim="The pump first.")
    change = Change.begin(by=registrar, edition=draft, review=review)
    page = signed_in(registrar).get(f"/changes/{change.reference}/send/").text
    assert (
        "Its review looks into a pattern: people departed from what is laid down because we found a better way." in page
    )
    propose(change, by=registrar, loop="double", what="We begin with the pump.")
    approve(change, decider(change.trust))
    review.close(by=facilitator, learning="We had time.", share_with="Nobody else.")
    page = signed_in(nurse).get(noticed.get_absolute_url()).text
    assert "We begin with the pump." in page
    assert "Double-loop" in page
    assert "closed since" in page


def test_a_pattern_of_a_routine_begins_a_review_of_it(signed_in, lead, nurse, huddle, after_action):
    for _ in range(3):
        Performance.record(by=nurse, routine=huddle, how="departed", reason="no_time")
    pattern = Pattern.objects.get()
    page = signed_in(lead).get(f"/reviews/new/?pattern={pattern.pk}&method={after_action.routine.slug}").text
    assert "Breathless huddle: there wasn’t time" in page
    assert f'value="routine-{huddle.pk}"' in page


def test_the_pages_take_few_queries(signed_in, facilitator, lead, open_review, noticed, django_assert_max_num_queries):
    review = open_review(pattern=noticed, guidance=noticed.guidance)
    for reader in (facilitator, lead):
        client = signed_in(reader)
        for thing, most in ((review, 12), (noticed, 11)):
            client.get(thing.get_absolute_url())
            with django_assert_max_num_queries(most):
                client.get(thing.get_absolute_url())


@pytest.mark.browser
def test_a_pattern_offers_a_review_and_the_lead_opens_it(
    page, sign_in, lead, asthma, noticed, after_action, accessible
):
    sign_in(lead)
    page.goto("/")
    expect(page.get_by_text("Does it still fit the work?")).to_be_visible()
    page.goto(asthma.get_absolute_url())
    accessible(page)
    page.get_by_role("link", name="See what people said, and open a review").click()
    expect(page.get_by_text("We use the pump.")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Open a review").click()
    page.get_by_role("link", name=after_action.title, exact=True).click()
    accessible(page)
    page.get_by_role("button", name="Open the review").last.click()
    expect(page.get_by_role("heading", name="What was noticed")).to_be_visible()
    expect(page.get_by_text("We use the pump.")).to_be_visible()
    accessible(page)
    page.goto(noticed.get_absolute_url())
    expect(page.get_by_role("heading", name="What came of it")).to_be_visible()
    page.goto("/patterns/")
    expect(page.get_by_text("taken up in a review")).to_be_visible()
    accessible(page)
