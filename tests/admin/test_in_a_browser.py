"""A curator at work in a browser, on a desktop and on a phone; the page's own security policy allows all of it."""

from __future__ import annotations

import pytest

from knowledge.models import Guidance
from tests.admin.conftest import page_of

pytestmark = pytest.mark.browser


def choose(page, field: str, words: str) -> None:
    """Pick from a choice that one types into."""
    page.locator(f".field-{field} .select2-selection").click()
    page.locator(".select2-search__field").last.fill(words)
    page.locator(".select2-results__option", has_text=words).first.click()


def test_a_curator_writes_and_adopts_a_framework(page, sign_in, curator, services):
    sign_in(curator)
    page.goto("/admin/")
    page.locator(".model-serviceframework .addlink").click()
    page.get_by_label("Title").fill("Renal services")
    choose(page, "service", "Medicine")
    page.get_by_role("button", name="Save").click()
    for n, text in enumerate(("Choose with others", "Prepare early", "Dialyse near home")):
        if n:
            page.get_by_role("button", name="Add another Statement").click()
        page.locator(f"#id_wordings-{n}-number").fill(str(n + 1))
        page.locator(f"#id_wordings-{n}-text").fill(text)
    page.locator("#id_milestones-0-standard").fill("3")
    page.locator("#id_milestones-0-what").fill("Half dialyse at home")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The draft is saved.").wait_for()
    page.get_by_role("link", name="Adopt first edition").click()
    page.get_by_role("button", name="Adopt first edition").click()
    page.get_by_text("Renal services is in force.").wait_for()
    guidance = Guidance.objects.get(title="Renal services")
    assert [w.text for w in guidance.current.wordings.all()] == [
        "Choose with others",
        "Prepare early",
        "Dialyse near home",
    ]
    assert guidance.current.milestones.get().statement.key == "s3"


def test_a_number_that_is_none_is_said_to_be_so_with_a_tick(page, sign_in, curator, draft):
    sign_in(curator)
    page.goto(f"/admin/knowledge/revision/{draft.pk}/change/")
    page.get_by_label("Aim").fill("Order form 943 476 5919")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("is not an NHS number").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The draft is saved.").wait_for()


def test_no_page_of_the_admin_shuts_anybody_out(
    page, browser, live_server, sign_in, accessible, administrator, framework, draft, nurse, services
):
    """What axe-core finds on pages that hold every kind of field. It styles what it looks at, hence its own window."""
    sign_in(administrator)
    window = browser.new_context(
        storage_state=page.context.storage_state(),
        viewport=page.viewport_size,
        bypass_csp=True,
        base_url=live_server.url,
    )
    beside = page_of(framework).replace("change/", "{}/").format
    addresses = ["/admin/", "/admin/knowledge/guidance/", "/admin/knowledge/guidance/add/", "/admin/people/service/"]
    addresses += [page_of(thing) for thing in (framework, framework.current, draft, nurse, services.medicine)]
    addresses += [beside("history"), page_of(draft).replace("change/", "adopt/")]
    with_axe = window.new_page()
    for address in addresses:
        with_axe.goto(address)
        accessible(with_axe)
    window.close()
