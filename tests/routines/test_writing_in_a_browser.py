"""Writing a routine in a browser: from the page of one to a change in force, and from nothing to a first edition."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from nhs_learning.people.models import User
from reviews import methods
from reviews.models import Change
from routines.models import Routine

pytestmark = pytest.mark.browser


def again(sign_in, page, user) -> None:
    page.context.clear_cookies()
    sign_in(User.objects.get(pk=user.pk))


@pytest.mark.django_db(transaction=True)
def test_a_registrar_changes_a_norm_an_approver_approves_and_a_nurse_reads_it(
    page, sign_in, accessible, registrar, approver, nurse, huddle
):
    sign_in(registrar)
    page.goto(huddle.get_absolute_url())
    accessible(page)
    page.get_by_role("link", name="Suggest a change").click()
    accessible(page)
    page.locator("[name=norms]").fill("Anybody may call it, and nobody is asked why.")
    page.get_by_role("button", name="Save, and see what changes").click()
    expect(page.get_by_text("It changes the norms: what we aim for, or the rules we work by.")).to_be_visible()
    expect(page.get_by_label("Double-loop: We changed")).to_be_checked()
    accessible(page)
    page.get_by_label("What changes?").fill("Nobody is asked why.")
    page.get_by_label("Why?", exact=True).fill("People waited for fear of being asked.")
    expect(page.locator("[name=governing-0-variable]")).to_have_value("norm")
    page.get_by_label("As it was").first.fill("Anybody may call it.")
    page.get_by_label("As it becomes").first.fill("Nobody is asked why.")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("You are told what is decided.")).to_be_visible()
    change = Change.objects.get()
    accessible(page)

    again(sign_in, page, approver)
    page.goto(f"/changes/{change.reference}/decide/")
    page.get_by_label("Double-loop: We changed").check()
    page.get_by_label("Approve", exact=True).check()
    page.get_by_role("button", name="Keep my decision").click()
    expect(page.get_by_text("Approved. It is in force now.")).to_be_visible()

    again(sign_in, page, nurse)
    page.goto(huddle.get_absolute_url())
    expect(page.get_by_text("Anybody may call it, and nobody is asked why.")).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_a_registrar_moves_a_step_and_finds_what_it_draws_on_and_that_is_single_loop(
    page, sign_in, accessible, registrar, huddle
):
    sign_in(registrar)
    page.goto(f"/routines/{huddle.slug}/suggest/")
    first = page.locator("#step-1")
    first.get_by_text("Draws on: nothing yet").click()
    words = first.get_by_label("Draws on")
    words.fill("asthma 1.2")
    first.get_by_role("button", name="Find").click()
    expect(page.locator("#step-1").get_by_label("Acute asthma in adults, 1.2")).to_be_checked()
    expect(page.get_by_text("Consider magnesium sulphate.")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Move down step 1").click()
    expect(page).to_have_url(re.compile("/write/#step-2$"))
    expect(page.locator("#step-2").get_by_label("Does what")).to_have_value("Call the team together")
    page.locator("#step-3").get_by_label("Comes after steps").fill("1, 2")
    page.get_by_role("button", name="Save, and see what changes").click()
    expect(page.get_by_text("It changes the steps: how we do it, not what we aim for.")).to_be_visible()
    expect(page.get_by_text("Comes after “Say each person’s oxygen”").first).to_be_visible()
    accessible(page)


@pytest.mark.django_db(transaction=True)
def test_another_question_in_the_after_action_review_is_meta_learning(page, sign_in, accessible, registrar):
    methods.equip(registrar.trust)
    sign_in(registrar)
    page.goto("/routines/after-action-review/suggest/")
    page.get_by_label("Question asked at this step").first.fill("What did the family expect to happen?")
    page.get_by_role("button", name="Save, and see what changes").click()
    expect(page.get_by_text("a change to it changes how we learn")).to_be_visible()
    expect(page.locator("ins", has_text="the family").first).to_be_visible()
    accessible(page)


@pytest.mark.django_db(transaction=True)
def test_a_lead_writes_a_routine_down_from_nothing_and_puts_it_in_force(page, sign_in, accessible, lead, nurse):
    sign_in(lead)
    page.goto("/routines/")
    page.get_by_role("button", name="Write down a routine").click()
    accessible(page)
    page.get_by_label("What do you call it?").fill("Bed meeting")
    page.get_by_label("Operational:").check()
    page.get_by_role("button", name="Begin to write").click()
    accessible(page)
    page.locator("[name=goal]").fill("Everybody who needs a bed has one by four.")
    page.get_by_text("Saved at").wait_for()
    page.get_by_label("Who", exact=True).fill("Site manager")
    page.get_by_label("Does what").fill("Read out the empty beds")
    page.get_by_role("button", name="Add a step").click()
    second = page.locator("fieldset.app-step").nth(1)
    expect(second.get_by_text("Step 2").first).to_be_visible()
    second.get_by_label("Who", exact=True).fill("Each ward")
    second.get_by_label("Does what").fill("Say who goes home")
    page.get_by_role("button", name="Save, and read it through").click()
    expect(page.get_by_role("heading", name="Is this how it should be done?")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_text("It is in force.")).to_be_visible()
    assert [step.what for step in Routine.objects.get().current.steps.all()] == [
        "Read out the empty beds",
        "Say who goes home",
    ]
    page.get_by_role("link", name="Change owner, service or topics").click()
    accessible(page)
    page.goto("/routines/bed-meeting/withdraw/")
    accessible(page)
    page.get_by_label("Why is it withdrawn?").fill("The board shows it all.")
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_text("Withdrawn: do not follow this")).to_be_visible()
    accessible(page)
