"""Suggesting a change, deciding on it blind, and reading it in force: the whole way, as people go it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from nhs_learning.people.models import User
from reviews.models import Change

pytestmark = pytest.mark.browser


@pytest.mark.django_db(transaction=True)
def test_a_registrar_rewords_a_standard_an_approver_reads_it_blind_and_a_nurse_sees_why(
    page, sign_in, accessible, registrar, approver, nurse, framework
):
    sign_in(registrar)
    page.goto(framework.get_absolute_url())
    page.get_by_role("link", name="Suggest a change").click()
    accessible(page)
    page.get_by_label("What it says").first.fill("Everyone has a care plan that they wrote themselves.")
    page.get_by_role("button", name="Save, and see what changes").click()
    expect(page.get_by_text("It looks like")).to_be_visible()
    expect(page.get_by_text("It changes the standards: what we aim for, or the rules we work by.")).to_be_visible()
    accessible(page)
    page.get_by_label("What changes?").fill("People write their own plan.")
    page.get_by_label("Why?", exact=True).fill("They told us that plans written for them are not theirs.")
    page.get_by_role("button", name="Send it").click()
    change = Change.objects.get()
    assert (change.state, change.loop, change.suggested_loop) == ("proposed", "double", "double")
    accessible(page)

    page.context.clear_cookies()
    sign_in(approver)
    page.goto("/decisions/")
    accessible(page)
    page.get_by_role("link", name=framework.title).first.click()
    assert "It changes the standards" not in page.content()
    accessible(page)
    page.get_by_label("Double-loop: We changed").check()
    page.get_by_label("Approve", exact=True).check()
    page.get_by_role("button", name="Keep my decision").click()
    expect(page.get_by_text("Approved. It is in force now.")).to_be_visible()
    accessible(page)

    page.context.clear_cookies()
    sign_in(User.objects.get(pk=nurse.pk))
    page.goto(framework.get_absolute_url())
    expect(page.get_by_text("Everyone has a care plan that they wrote themselves.")).to_be_visible()
    beside = page.get_by_role("complementary", name="About this guidance")
    expect(beside.get_by_text("They told us that plans written for them are not theirs.")).to_be_visible()
    expect(beside.get_by_text("Double-loop")).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_what_the_registrar_types_is_saved_as_she_types_and_shown_as_it_will_look(page, sign_in, registrar, asthma):
    sign_in(registrar)
    page.goto(f"{asthma.get_absolute_url()}suggest/")
    page.get_by_label("Main text").fill("## Treat\n\nGive it **at once**.")
    preview = page.get_by_role("region", name="Preview")
    preview.get_by_text("at once").wait_for()
    expect(preview.locator("strong")).to_have_text("at once")
    page.get_by_text("Saved at").wait_for()
    change = Change.objects.get()
    assert change.edition.body == "## Treat\n\nGive it **at once**."
    assert (change.state, change.review.desk) == ("drafting", True)
    page.get_by_role("button", name="Add a recommendation").click()
    page.get_by_label("Number").last.fill("1.3")
    page.get_by_label("What it says").last.fill("Ring the outreach nurse.")
    page.locator("[name^=statement-][name$=-key][value='s3']").wait_for(state="attached")
    page.get_by_label("Main text").fill("## Treat\n\nGive it now.")
    page.get_by_role("button", name="Save, and see what changes").click()
    page.get_by_role("heading", name="What you changed").wait_for()
    assert [w.number for w in change.edition.wordings.all()] == ["1.1", "1.2", "1.3"]
    assert Change.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_page_that_the_registrars_phone_dropped_opens_again_with_what_she_typed(page, sign_in, registrar, asthma):
    sign_in(registrar)
    page.goto(f"{asthma.get_absolute_url()}suggest/")
    page.get_by_label("Summary").fill("Half a sent")
    page.get_by_text("Saved at").wait_for()
    page.reload()
    expect(page.get_by_label("Summary")).to_have_value("Half a sent")


@pytest.mark.django_db(transaction=True)
def test_what_the_registrar_typed_stays_when_she_presses_save_after_being_signed_out(page, sign_in, registrar, asthma):
    sign_in(registrar)
    page.goto(f"{asthma.get_absolute_url()}suggest/")
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("Summary").fill("Ring the outreach nurse.")
    page.get_by_role("button", name="Save, and see what changes").click()
    expect(page.get_by_text("Not saved: you have been signed out.")).to_be_visible()
    expect(page.get_by_label("Summary")).to_have_value("Ring the outreach nurse.")
    sign_in(registrar)
    page.get_by_role("button", name="Save, and see what changes").click()
    expect(page.get_by_role("heading", name="What you changed")).to_be_visible()
    assert Change.objects.get().edition.summary == "Ring the outreach nurse."


@pytest.mark.django_db(transaction=True)
def test_a_row_that_the_registrar_added_by_mistake_is_taken_out_again(page, sign_in, registrar, asthma):
    sign_in(registrar)
    page.goto(f"{asthma.get_absolute_url()}suggest/")
    page.get_by_role("button", name="Add a recommendation").click()
    page.get_by_label("Number").last.fill("1.3")
    page.get_by_label("What it says").last.fill("Ring the outreach nurse.")
    page.get_by_text("Saved at").wait_for()
    page.get_by_label("Take this one out").last.check()
    page.get_by_label("Summary").fill("Ask early.")
    page.get_by_role("button", name="Save, and see what changes").click()
    expect(page.get_by_role("heading", name="What you changed")).to_be_visible()
    assert [w.number for w in Change.objects.get().edition.wordings.all()] == ["1.1", "1.2"]


@pytest.mark.django_db(transaction=True)
def test_nothing_that_the_registrar_comes_to_by_keyboard_is_hidden_by_the_line_of_buttons(
    page, sign_in, registrar, asthma
):
    sign_in(registrar)
    page.goto(f"{asthma.get_absolute_url()}suggest/")
    page.get_by_label("Title").focus()
    hidden = """() => {
        const [line, at] = [document.querySelector(".app-buttons--stay"), document.activeElement];
        return !line.contains(at) && at.getBoundingClientRect().top >= line.getBoundingClientRect().top && at.name;
    }"""
    for _ in range(25):
        page.keyboard.press("Tab")
        page.wait_for_timeout(60)  # the browser scrolls to it in the next frame
        if not page.evaluate("document.activeElement.closest('form[data-autosave]')"):
            break
        assert not page.evaluate(hidden)


@pytest.mark.django_db(transaction=True)
def test_a_registrar_makes_words_bold_by_keyboard_and_hears_that_there_are_buttons(page, sign_in, registrar, asthma):
    sign_in(registrar)
    page.goto(f"{asthma.get_absolute_url()}suggest/")
    bold = page.get_by_role("toolbar", name="Formatting").get_by_role("button", name="Bold")
    bold.wait_for()
    text = page.get_by_label("Main text")
    text.fill("at once")
    text.press("ControlOrMeta+a")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    expect(bold).to_be_focused()
    page.keyboard.press("Enter")
    expect(text).to_have_value("**at once**")
    page.get_by_text("Saved at").wait_for()
