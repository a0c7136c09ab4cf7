"""A facilitator runs an after action review from its trigger to its closing, at the widths of a desktop and a phone."""

from __future__ import annotations

import datetime
import re

import pytest
from playwright.sync_api import expect

from nhs_learning.record import clock
from reviews.models import Review


@pytest.fixture
def window(browser, live_server, signed_in):
    """A browser window of somebody's own, in which refused saves may show in the console."""
    contexts = []

    def opened(person, **options):
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        cookie = signed_in(person).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.browser
def test_a_facilitator_runs_an_after_action_review(page, sign_in, facilitator, registrar, asthma, accessible):
    sign_in(facilitator)
    page.goto("/reviews/")
    accessible(page)
    page.get_by_role("button", name="Open a review").click()
    accessible(page)
    page.get_by_role("link", name="After action review", exact=True).click()
    page.get_by_role("button", name="Open the review").last.click()
    accessible(page)  # with its errors
    page.get_by_label("What is it about?").fill("Late steroids on the ward")
    page.get_by_label("What set it off?").select_option("Near miss")
    page.get_by_label("Guidance or routine").fill("asthma")
    page.get_by_role("button", name=re.compile("^Find.*guidance or routine")).click()
    page.get_by_label("Acute asthma in adults (guideline, Respiratory)").wait_for()
    accessible(page)
    page.get_by_label("Who else takes part?").fill("regis")
    page.get_by_role("button", name="Open the review").last.click()
    page.get_by_text("The review is open.").wait_for()
    accessible(page)

    page.get_by_label("What did we expect to happen?").fill("A steroid within the hour.")
    page.get_by_text(re.compile(r"Saved at \d\d:\d\d")).wait_for()
    review = Review.objects.get()
    assert review.answers.get().text == "A steroid within the hour."
    page.get_by_label("What actually happened?").fill("None came before midnight.")
    page.get_by_label("What should improve?").fill("Steroids are kept in the other bay.")
    page.get_by_label("Internal environment").check()
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("Steroids are kept in the other bay.", exact=True).wait_for()
    assert review.answers.count() == 2

    page.get_by_role("link", name="Agree an action").click()
    page.get_by_label("What will be done?").fill("Keep a steroid pack in each bay.")
    page.get_by_label("Who sees to it?").fill("regis")
    page.get_by_label("By when?").fill((clock.today() + datetime.timedelta(days=30)).isoformat())
    page.get_by_label("How will we know that it worked?").fill("Nine in ten within the hour.")
    accessible(page)
    page.get_by_role("button", name="Agree it").last.click()
    page.get_by_text("Registrar sees to it.").wait_for()

    page.get_by_label("What helped or hindered our learning here?").fill("Everybody came within a week.")
    page.get_by_label("Who else should know?").fill("The night teams of the other wards.")
    page.get_by_role("button", name="Close the review").click()
    page.get_by_text("The review is closed.").wait_for()
    accessible(page)
    expect(page.locator("textarea")).to_have_count(0)
    page.emulate_media(media="print")
    expect(page.locator(".app-finding__ways, .app-review__steps")).to_have_count(0)
    for words in ("None came before midnight.", "Everybody came within a week.", "Keep a steroid pack in each bay."):
        expect(page.get_by_text(words).first).to_be_visible()


@pytest.mark.browser
def test_two_people_write_at_once_in_browsers(window, registrar, facilitator, review, accessible):
    page = window(registrar, viewport={"width": 390, "height": 900})
    page.goto(review.get_absolute_url())
    review.answer(by=facilitator, step=review.method.steps.first(), text="A steroid at once.")
    with page.expect_response(lambda response: response.status == 409):
        page.get_by_label("What did we expect to happen?").fill("Steroids within an hour.")
    page.get_by_text("Facilitator answered “What did we expect to happen?” while you were writing").wait_for()
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_text("Somebody else was writing, too").wait_for()
    accessible(page)
    expect(page.get_by_label("What did we expect to happen?")).to_have_value("Steroids within an hour.")
    page.get_by_label("What did we expect to happen?").fill("A steroid at once, at least within an hour.")
    page.get_by_text(re.compile(r"Saved at \d\d:\d\d")).wait_for()
    assert review.answers.get().text == "A steroid at once, at least within an hour."


@pytest.mark.browser
def test_whoever_was_signed_out_while_typing_loses_nothing(window, registrar, review):
    page = window(registrar)
    page.goto(review.get_absolute_url())
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("What did we expect to happen?").fill("A steroid")
    page.get_by_text("Not saved: you have been signed out.").wait_for()
    page.context.add_cookies(cookies)  # signed in again in another window
    page.get_by_label("What did we expect to happen?").press_sequentially(" within the hour.")
    page.get_by_text(re.compile(r"Saved at \d\d:\d\d")).wait_for()
    assert review.answers.get().text == "A steroid within the hour."


@pytest.mark.browser
def test_a_review_is_written_without_javascript(window, facilitator, review):
    page = window(facilitator, java_script_enabled=False)
    page.goto(review.get_absolute_url())
    page.get_by_label("What did we expect to happen?").fill("A steroid within the hour.")
    page.get_by_label("What should improve?").fill("Steroids are kept in the other bay.")
    page.get_by_label("Tools and technology").check()
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("Steroids are kept in the other bay.", exact=True).wait_for()
    expect(page.get_by_label("What did we expect to happen?")).to_have_value("A steroid within the hour.")


@pytest.mark.browser
@pytest.mark.parametrize(("javascript", "width"), [(True, 1280), (True, 390), (False, 390)])
def test_what_was_found_is_reworded_and_another_taken_out(window, accessible, registrar, review, javascript, width):
    for what in ("No steroids on the ward.", "Somebody was slow."):
        review.find(by=registrar, what=what, factor="tools")
    page = window(registrar, java_script_enabled=javascript, viewport={"width": width, "height": 900})
    page.goto(review.get_absolute_url())
    page.get_by_role("link", name=re.compile("^Reword or take out.*No steroids")).click()
    expect(page.get_by_label("What should improve?")).to_have_value("No steroids on the ward.")
    if javascript:
        accessible(page)
    page.get_by_label("What should improve?").fill("No steroids on the ward at night.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("No steroids on the ward at night.", exact=True)).to_be_visible()
    page.get_by_role("link", name=re.compile("^Reword or take out.*Somebody")).click()
    page.get_by_text("Take it out of the review").click()
    if javascript:
        accessible(page)
    page.get_by_role("button", name="Take it out").click()
    expect(page.get_by_text("It is taken out.")).to_be_visible()
    expect(page.get_by_text("Somebody was slow.")).to_have_count(0)
