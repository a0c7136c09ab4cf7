"""What somebody sees of a routine that needs checking, and what they do about it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from knowledge.models import Guidance, Insight
from routines.models import Check, Routine
from tests.changing import publish
from tests.routines.test_knock_on import changed, in_force, new_edition, routine_of


def reworded(asthma: Guidance, curator) -> Check:
    """A later edition of asthma says the first statement otherwise, and no longer the second."""
    draft = Guidance.objects.get(pk=asthma.pk).start_draft(by=curator)
    first, second = draft.wordings.order_by("position", "pk")
    second.delete()
    first.text = "Offer oxygen to keep saturation at 92 to 96 per cent."
    first.save()
    publish(draft, loop="single", reason="Too much oxygen did harm.", by=curator)
    return Check.objects.open().get()


def say(client, check: Check, word: str, seen: str | None = None):
    return client.post(check.get_absolute_url(), {"word": word, "seen": check.seen if seen is None else seen})


def test_everybody_who_reads_a_routine_is_told_what_needs_checking_and_whom_to_ask(
    huddle, asthma, curator, nurse, lead, signed_in
):
    reworded(asthma, curator)
    page = signed_in(nurse).get(huddle.get_absolute_url()).text
    assert "Part of this routine needs checking" in page
    assert "Acute asthma in adults has changed" in page
    assert "Ask Lead (owner)" in page
    assert "Look at what changed" not in page
    assert "Look at what changed" in signed_in(lead).get(huddle.get_absolute_url()).text


def test_what_is_gone_is_loudest_and_names_the_step(huddle, asthma, curator, nurse, signed_in):
    changed(asthma, curator, drop=0)
    page = signed_in(nurse).get(huddle.get_absolute_url()).text
    assert "This routine draws on something that is gone" in page
    assert "Step 2: Say each person’s oxygen" in page


def test_the_owner_sees_what_changed_with_what_the_routine_uses_first(huddle, asthma, curator, lead, signed_in):
    page = signed_in(lead).get(reworded(asthma, curator).get_absolute_url()).text
    assert page.count("This routine uses it") == 1
    assert page.index("This routine uses it") < page.index("Recommendation 1.2: dropped")
    assert "Too much oxygen did harm." in page
    assert "Step 2: Say each person’s oxygen" in page


def test_where_nothing_that_the_routine_uses_changed_the_page_says_so(huddle, asthma, curator, lead, signed_in):
    changed(asthma, curator)
    page = signed_in(lead).get(Check.objects.get().get_absolute_url()).text
    assert "The recommendations that this routine uses say the same as before." in page


def test_the_owner_says_that_it_is_still_right_and_why_and_colleagues_read_it(
    huddle, asthma, curator, nurse, lead, signed_in
):
    check = reworded(asthma, curator)
    assert say(signed_in(lead), check, "").status_code == 422
    assert "looks as if it holds an NHS number" in say(signed_in(lead), check, "As for 943 476 5919.").text
    assert say(signed_in(lead), check, "We say the number, whatever the aim.").url == huddle.get_absolute_url()
    page = signed_in(nurse).get(huddle.get_absolute_url()).text
    assert "needs checking" not in page
    assert "still right, because “We say the number, whatever the aim.”" in page
    assert "We say the number, whatever the aim." in signed_in(nurse).get(check.get_absolute_url()).text


def test_who_does_not_look_after_the_routine_clears_nothing(huddle, asthma, curator, nurse, signed_in):
    check = reworded(asthma, curator)
    page = signed_in(nurse).get(check.get_absolute_url()).text
    assert "Why is it still right?" not in page
    assert say(signed_in(nurse), check, "Fine.").status_code == 403


def test_who_comes_second_is_told_kindly_and_loses_nothing(huddle, asthma, curator, lead, signed_in):
    check = reworded(asthma, curator)
    check.say_still_right(by=curator, word="It is.")
    answer = say(signed_in(lead), check, "Our team looked at it.")
    assert answer.status_code == 409
    assert "Curator was quicker" in answer.text
    assert "Our team looked at it." in answer.text


def test_who_looked_before_it_changed_again_looks_once_more(huddle, asthma, curator, lead, signed_in):
    check = reworded(asthma, curator)
    changed(asthma, curator)
    answer = say(signed_in(lead), check, "Our team looked at it.")
    assert answer.status_code == 409
    assert "It has changed again since you opened this page." in answer.text
    assert "Our team looked at it.</textarea>" in answer.text
    assert say(signed_in(lead), Check.objects.get(), "Our team looked again.").status_code == 302


def test_withdrawn_guidance_says_why_and_what_to_follow_instead(huddle, asthma, curator, lead, signed_in):
    asthma.withdraw(by=curator, why="The dose was wrong.", instead="The national guideline")
    page = signed_in(lead).get(Check.objects.get().get_absolute_url()).text
    assert "The dose was wrong." in page
    assert "The national guideline" in page


def test_guidance_that_is_not_open_to_its_reader_is_named_nowhere(huddle, asthma, curator, nurse, signed_in):
    check = reworded(asthma, curator)
    asthma.refresh_from_db()
    asthma.describe(by=curator, audience="private")
    for address in (check.get_absolute_url(), huddle.get_absolute_url()):
        page = signed_in(nurse).get(address).text
        assert "Guidance that is not open to you has changed" in page
        assert "Acute asthma" not in page
        assert "92 to 96" not in page


def test_a_withdrawn_insight_is_named_to_its_holders_only(curator, lead, nurse, services, signed_in):
    said = {"title": "Spacers", "situation": "A frightened adult.", "practice": "We count.", "why": "It slows them."}
    tip = Insight.begin(by=nurse, service=services.respiratory, **said)
    tip.share(by=nurse)
    routine = routine_of(curator, lead, draws_on=[f"insight-{tip.pk}"])
    tip.withdraw(by=nurse, why="It is out of date.")
    address = Check.objects.get().get_absolute_url()
    assert "It is out of date." in signed_in(nurse).get(address).text
    for page in (signed_in(lead).get(address).text, signed_in(lead).get(routine.get_absolute_url()).text):
        assert "Spacers" not in page
        assert "It is out of date." not in page
    assert "Ask Nurse why." in signed_in(lead).get(address).text


def test_changing_the_routine_checks_it(huddle, asthma, curator, nurse, lead, signed_in):
    check = reworded(asthma, curator)
    assert reverse("routine_suggest", args=[huddle.slug]) in signed_in(lead).get(check.get_absolute_url()).text
    in_force(new_edition(huddle, curator), curator)
    page = signed_in(nurse).get(check.get_absolute_url()).text
    assert "The routine was changed" in page
    assert "needs checking" not in signed_in(nurse).get(huddle.get_absolute_url()).text


def test_a_review_method_says_that_it_needs_checking(asthma, curator, lead, signed_in):
    draft = Routine.begin(by=curator, trust=curator.trust, kind="learning", title="Our review", owner=lead)
    draft.write(by=curator, goal="Learn.", steps=[{"what": "Look", "draws_on": [f"guidance-{asthma.pk}"]}])
    draft.adopt(by=curator)
    changed(asthma, curator)
    assert "Part of this routine needs checking" in signed_in(lead).get(draft.routine.get_absolute_url()).text


def test_it_waits_for_its_owner_on_the_home_page(huddle, asthma, curator, lead, signed_in):
    changed(asthma, curator)
    page = signed_in(lead).get("/").text
    assert "Your routine needs checking" in page
    assert Check.objects.get().get_absolute_url() in page
    changed(asthma, curator, drop=0)
    assert "Your routine uses something that is gone" in signed_in(lead).get("/").text


def test_curators_and_leads_see_all_that_needs_checking_and_others_what_is_theirs(
    huddle, asthma, curator, nurse, lead, signed_in, services
):
    assert "Nothing needs checking." in signed_in(curator).get("/routines/checks/").text
    changed(asthma, curator)
    routine_of(curator, nurse, draws_on=[f"guidance-{asthma.pk}"], title="Ward round", service=services.respiratory)
    changed(asthma, curator, drop=0)
    page = signed_in(curator).get("/routines/checks/").text
    assert page.index("Breathless huddle") < page.index("Ward round")
    theirs = signed_in(nurse).get("/routines/checks/").text
    assert "Ward round" in theirs
    assert "Breathless huddle" not in theirs


def test_the_pages_take_few_queries_however_much_there_is_to_check(
    huddle, asthma, curator, lead, signed_in, django_assert_max_num_queries, services
):
    tokens = []
    for number in range(12):
        other = Guidance.begin(by=curator, service=services.respiratory, kind="policy", title=f"Policy {number}")
        other.adopt(by=curator)
        tokens.append(f"guidance-{other.guidance.pk}")
    routine = routine_of(curator, lead, draws_on=tokens)
    for one in Guidance.objects.filter(kind="policy"):
        one.withdraw(by=curator, why="It is wrong.", instead="Ask.")
    check = Check.objects.first()
    client = signed_in(lead)
    for address in (routine.get_absolute_url(), check.get_absolute_url(), "/routines/checks/", "/"):
        client.get(address)
        with django_assert_max_num_queries(11):
            client.get(address)
    changed(asthma, curator)
    with django_assert_max_num_queries(11):
        client.get(Check.objects.get(guidance=asthma).get_absolute_url())


@pytest.mark.browser
def test_the_owner_looks_at_what_changed_and_says_that_the_routine_still_holds(
    huddle, asthma, curator, lead, page, sign_in, accessible
):
    from playwright.sync_api import expect

    reworded(asthma, curator)
    sign_in(lead)
    page.goto("/")
    page.get_by_role("link", name="Breathless huddle", exact=True).click()
    accessible(page)
    expect(page.get_by_text("This routine uses it")).to_be_visible()
    page.get_by_label("Why is it still right?").fill("We say the number, whatever the aim.")
    page.get_by_role("button", name="Still right").click()
    expect(page.get_by_role("status")).to_contain_text("Checked.")
    page.get_by_text("Last checked on").click()
    expect(page.get_by_text("We say the number, whatever the aim.")).to_be_visible()
    accessible(page)


@pytest.mark.browser
def test_what_is_gone_stands_out_on_the_routine_and_in_the_list(
    huddle, asthma, curator, nurse, page, sign_in, accessible
):
    from playwright.sync_api import expect

    changed(asthma, curator, drop=0)
    sign_in(nurse)
    page.goto(huddle.get_absolute_url())
    expect(page.get_by_role("heading", name="This routine draws on something that is gone")).to_be_visible()
    accessible(page)
    sign_in(curator)
    page.goto("/routines/checks/")
    expect(page.get_by_text("A recommendation is withdrawn")).to_be_visible()
    accessible(page)
