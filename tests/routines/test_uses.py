"""A nurse says how she used guidance; its page counts it, and who looks after it reads why."""

from __future__ import annotations

import datetime

import pytest
from playwright.sync_api import expect

from knowledge.models import Conflict
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from routines.models import Use, UseTally
from tests.changing import publish


@pytest.fixture
def address(asthma) -> str:
    return f"{asthma.get_absolute_url()}use/"


def used(by, guidance, how="followed", **said) -> Use:
    if how != "followed":
        said = {"reason": "no_time", **said}
    return Use.record(by=by, guidance=guidance, how=how, **said)


def test_a_nurse_says_with_one_tap_that_she_followed_it_and_undoes_it(signed_in, nurse, asthma, address):
    client = signed_in(nurse)
    assert "Did you use this?" in client.get(asthma.get_absolute_url()).text
    page = client.post(address, {"how": "followed"}, follow=True).text
    done = Use.objects.get()
    assert (done.how, done.by, done.revision, done.statement) == ("followed", nurse, asthma.current, None)
    assert "Recorded. Thank you" in page
    assert "1 use in 12 months: too few to say." in page
    client.post(f"{address}{done.pk}/take-back/")
    assert not Use.objects.exists()
    assert not UseTally.objects.filter(number__gt=0).exists()


def test_she_says_why_she_adapted_one_recommendation_and_in_which_routine(signed_in, nurse, asthma, huddle, address):
    client = signed_in(nurse)
    assert f"{address}?statement=s2" in client.get(asthma.get_absolute_url()).text
    page = client.get(f"{address}?statement=s2&how=adapted").text
    assert "Consider magnesium sulphate." in page
    assert "Breathless huddle" in page  # it draws on the guideline, so it stands there to be chosen
    said = {"how": "adapted", "statement": "s2", "reason": "person_chose", "words": "Half.", "routine": huddle.pk}
    assert "I adapted it (1.2): The person wanted otherwise." in client.post(address, said, follow=True).text
    done = Use.objects.get()
    assert (done.statement.key, done.reason, done.words, done.routine) == ("s2", "person_chose", "Half.", huddle)


def test_without_a_reason_it_is_not_saved_and_the_page_says_so(signed_in, nurse, address):
    answer = signed_in(nurse).post(address, {"how": "departed", "words": "No pump."})
    assert answer.status_code == 422
    assert "Say why" in answer.text
    assert "No pump." in answer.text
    assert not Use.objects.exists()


def test_an_nhs_number_in_the_free_word_holds_it_until_she_says_that_it_is_none(signed_in, nurse, address):
    said = {"how": "departed", "reason": "other", "words": "Pump 943 476 5919 was broken"}
    client = signed_in(nurse)
    page = client.post(address, said)
    assert "Is it something else?" in page.text
    assert not Use.objects.exists()
    mark = page.text.split('name="not_an_nhs_number"')[1].split('value="')[1].split('"')[0]
    client.post(address, {**said, "not_an_nhs_number": mark})
    assert Use.objects.get().words == said["words"]
    assert Event.objects.filter(verb="said_not_an_nhs_number").exists()


def test_a_routine_is_found_by_part_of_its_title(signed_in, nurse, huddle, services, framework):
    client, address = signed_in(nurse), f"{framework.get_absolute_url()}use/"
    assert "Breathless huddle" not in client.get(f"{address}?how=departed").text
    looked = client.post(address, {"how": "departed", "words": "We forgot.", "routine_words": "huddle", "find": "find"})
    assert "Breathless huddle" in looked.text
    assert "We forgot." in looked.text
    assert not Use.objects.exists()


def test_what_a_colleague_recorded_and_what_is_a_day_old_stays(signed_in, nurse, registrar, asthma, address):
    hers = used(nurse, asthma)
    signed_in(registrar).post(f"{address}{hers.pk}/take-back/")
    with clock.at(clock.now() + datetime.timedelta(hours=25)):
        page = signed_in(nurse).post(f"{address}{hers.pk}/take-back/", follow=True).text
        assert "It was recorded more than a day ago." in page
        with pytest.raises(Conflict):
            hers.take_back(by=nurse)
    assert Use.objects.get() == hers


def test_withdrawn_guidance_takes_no_uses_and_what_was_typed_is_not_lost(signed_in, nurse, curator, asthma, address):
    asthma.withdraw(by=curator, why="Wrong.", instead="Ask.")
    client = signed_in(nurse)
    assert "Did you use this?" not in client.get(asthma.get_absolute_url()).text
    assert client.post(address, {"how": "followed"}).status_code == 403
    said = {"how": "departed", "reason": "other", "words": "It was wrong."}
    assert "In case you need it: It was wrong." in client.post(address, said, follow=True).text
    assert not Use.objects.exists()


def test_a_recommendation_that_has_gone_is_told_kindly(signed_in, nurse, curator, asthma, address):
    draft = asthma.start_draft(by=curator)
    draft.wordings.get(number="1.2").delete()
    publish(draft, loop="single", reason="Nobody gives it.")
    said = {"how": "adapted", "statement": "s2", "reason": "other", "words": "Half."}
    page = signed_in(nurse).post(address, said, follow=True).text
    assert "no longer part of the guidance" in page
    assert "In case you need it: Half." in page


def test_readers_elsewhere_are_shown_nothing_of_its_use(client, signed_in, stranger, nurse, curator, asthma):
    asthma.describe(by=curator, audience="public")
    used(nurse, asthma)
    for _ in ("rendered", "kept"):
        assert "Used this?" in signed_in(nurse).get(asthma.get_absolute_url()).text
        for reader in (client, signed_in(stranger)):
            page = reader.get(asthma.get_absolute_url()).text
            for words in ("Used this?", "Did you use this?", "How it is used"):
                assert words not in page
    for path in ("use/", "uses/", "uses.csv"):
        assert signed_in(stranger).get(f"{asthma.get_absolute_url()}{path}").status_code in (403, 404)


def test_older_editions_do_not_ask_how_they_were_used(signed_in, nurse, asthma):
    assert "Used this?" not in signed_in(nurse).get(f"{asthma.get_absolute_url()}edition/1/").text


@pytest.fixture
def a_year(nurse, registrar, asthma) -> None:
    """Twenty-four uses over a year: followed at first, less and less later on."""
    second = asthma.statements.get(key="s2")
    for months in range(12):
        with clock.at(clock.now() - datetime.timedelta(days=30 * (11 - months))):
            used(nurse, asthma)
            used(registrar, asthma, "followed" if months < 6 else "adapted", statement=second)
            if months > 9:
                words = f"The ward is too busy, {months}."
                used(nurse, asthma, "departed", statement=second, words=words, reason="found_better")


def test_the_guidance_tells_in_a_line_how_it_is_used_and_whether_that_changes(signed_in, nurse, asthma, a_year):
    page = signed_in(nurse).get(asthma.get_absolute_url()).text
    assert "<strong>26 uses</strong> in 12 months: followed 18, adapted 6, departed from 2" in page
    assert "Followed 43 times in a hundred in the last six months; 100 in the six before." in page


def test_its_page_shows_months_with_editions_statements_and_reasons(signed_in, nurse, curator, asthma, a_year):
    publish(asthma.start_draft(by=curator), loop="single", reason="An audit found a gap.")
    page = signed_in(nurse).get(f"{asthma.get_absolute_url()}uses/").text
    assert 'data-chart="stacked"' in page
    assert "edition 2 in force" in page
    assert "The guidance as a whole" in page
    assert "Consider magnesium sulphate." in page
    assert "We found a better way" in page
    assert "The ward is too busy" not in page
    assert "(CSV)" not in page


def test_people_s_own_words_are_for_whoever_looks_after_it_and_name_nobody(
    signed_in, nurse, lead, curator, asthma, a_year
):
    for reader in (lead, curator):
        page = signed_in(reader).get(f"{asthma.get_absolute_url()}uses/").text
        said = page.split("What people said")[1]
        assert "The ward is too busy, 11." in said
        assert "Nurse" not in said
        assert clock.today().strftime("%B %Y") in said
    address = f"{asthma.get_absolute_url()}uses.csv"
    assert signed_in(nurse).get(address).status_code == 403
    rows = b"".join(signed_in(lead).get(address).streaming_content).decode().splitlines()
    assert len(rows) == 9
    assert "1.2,departed from,We found a better way" in rows[1]
    assert "Nurse" not in "".join(rows)


def test_a_formula_in_the_words_does_nothing_in_a_spreadsheet(signed_in, nurse, lead, asthma):
    used(nurse, asthma, "departed", words="=1+1")
    rows = b"".join(signed_in(lead).get(f"{asthma.get_absolute_url()}uses.csv").streaming_content).decode()
    assert ",'=1+1," in rows


@pytest.mark.parametrize("who", ["nurse", "lead", "curator", "facilitator"])
@pytest.mark.parametrize("page", ["", "uses/", "use/", "use/?how=departed&statement=s2"])
def test_the_pages_take_few_queries_however_many_uses(
    who, page, request, signed_in, asthma, huddle, nurse, curator, a_year, django_assert_max_num_queries
):
    publish(asthma.start_draft(by=curator), loop="single", reason="An audit found a gap.")
    for _ in range(9):
        used(nurse, asthma, "departed", words="Again.")
    client = signed_in(request.getfixturevalue(who))
    client.get(f"{asthma.get_absolute_url()}{page}")
    with django_assert_max_num_queries(11):
        assert client.get(f"{asthma.get_absolute_url()}{page}").status_code == 200


def test_many_brought_in_at_once_are_counted_like_any_other(nurse, asthma):
    about = {"guidance": asthma, "revision": asthma.current, "on": clock.today(), "at": clock.now(), "by": nurse}
    Use.record_many(Use(how="followed", **about) for _ in range(50))
    assert UseTally.objects.get().number == 50


@pytest.mark.browser
def test_a_nurse_records_in_three_taps_and_undoes_it(page, sign_in, nurse, asthma, huddle, accessible):
    sign_in(nurse)
    page.goto(asthma.get_absolute_url())
    accessible(page)
    page.get_by_role("link", name="I adapted it").click()
    page.get_by_label("There wasn’t time").check()
    accessible(page)
    page.get_by_role("button", name="Record it").last.click()
    expect(page.get_by_role("heading", name="Recorded. Thank you")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back, as if it had not been recorded.")).to_be_visible()
    page.get_by_role("link", name="Used this? Recommendation 1.2").click()
    accessible(page)
    page.get_by_role("button", name="I followed this").click()
    expect(page.get_by_text("I followed this (1.2).")).to_be_visible()


@pytest.mark.browser
def test_how_it_is_used_is_a_chart_with_its_figures(page, sign_in, lead, asthma, a_year, accessible):
    sign_in(lead)
    page.goto(asthma.get_absolute_url())
    page.get_by_role("link", name="Month by month, and why").click()
    expect(page.get_by_role("heading", name="Month by month")).to_be_visible()
    expect(page.locator("canvas[role=img]")).to_be_visible()
    accessible(page)
