"""The same reason, again and again: a pattern that offers a review."""

from __future__ import annotations

import datetime

import pytest

from knowledge.models import Conflict
from nhs_learning.people.models import Notice
from nhs_learning.record import clock
from routines.models import Pattern, Performance, Use
from tests.reviews.trying import at_once


def depart(by, asthma, **said) -> Use:
    said = {"how": "departed", "reason": "no_longer_right", **said}
    return Use.record(by=by, guidance=asthma, **said)


@pytest.fixture
def noticed(asthma, nurse, registrar, midwife) -> Pattern:
    """Three people departed from the second statement, for one reason."""
    second = asthma.statements.get(key="s2")
    for by, words in ((nurse, "We use the pump."), (registrar, ""), (midwife, "It runs out.")):
        depart(by, asthma, statement=second, words=words)
    return Pattern.objects.get()


@pytest.fixture
def midwife(person, services):
    return person("midwife", role="reader", service=services.surgery)


def test_three_departures_for_one_reason_in_ninety_days_are_a_pattern(asthma, nurse, registrar):
    depart(nurse, asthma)
    depart(registrar, asthma, reason="no_time")
    depart(nurse, asthma)
    assert not Pattern.objects.exists()
    depart(registrar, asthma)
    pattern = Pattern.objects.get()
    assert (pattern.number, pattern.reason, pattern.guidance, pattern.uses.count()) == (3, "no_longer_right", asthma, 3)
    depart(nurse, asthma)
    pattern.refresh_from_db()
    assert pattern.number == 4


def test_what_was_adapted_or_is_older_or_about_another_statement_makes_none(asthma, nurse):
    with clock.at(clock.now() - datetime.timedelta(days=91)):
        depart(nurse, asthma)
    depart(nurse, asthma, statement=asthma.statements.get(key="s1"))
    depart(nurse, asthma, how="adapted")
    depart(nurse, asthma)
    depart(nurse, asthma)
    assert not Pattern.objects.exists()


def test_how_many_and_in_how_many_days_are_settings(asthma, nurse, settings):
    settings.PATTERN_DEPARTURES, settings.PATTERN_DAYS = 2, 10
    with clock.at(clock.now() - datetime.timedelta(days=11)):
        depart(nurse, asthma)
    depart(nurse, asthma)
    assert not Pattern.objects.exists()
    depart(nurse, asthma)
    assert Pattern.objects.get().number == 2


@pytest.mark.django_db(transaction=True)
def test_two_departures_at_once_make_one_pattern_that_holds_both(asthma, nurse, registrar):
    depart(nurse, asthma)
    depart(nurse, asthma)
    at_once(lambda: depart(nurse, asthma), lambda: depart(registrar, asthma))
    pattern = Pattern.objects.get()
    assert (pattern.number, pattern.uses.count()) == (4, 4)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_once_one_is_told_kindly(noticed, curator, lead):
    deeds = (lambda: noticed.take_up(by=lead), lambda: Pattern.objects.get().set_aside(by=curator, why="Solved."))
    (told,) = [one for one in at_once(*deeds) if one is not None]
    assert isinstance(told, Conflict)
    assert "Somebody was quicker" in str(told)


def test_what_is_part_of_a_pattern_is_not_taken_back(noticed, nurse):
    with pytest.raises(Conflict, match="part of a pattern"):
        noticed.uses.get(by=nurse).take_back(by=nurse)


def test_who_made_it_a_pattern_is_told_so_when_it_is_recorded(signed_in, nurse, asthma):
    depart(nurse, asthma)
    depart(nurse, asthma)
    said = {"how": "departed", "reason": "no_longer_right"}
    page = signed_in(nurse).post(f"{asthma.get_absolute_url()}use/", said, follow=True).text
    assert "Recorded. Thank you" in page
    assert "a pattern now" in page
    assert "Undo" not in page


def test_its_owner_is_told_with_the_way_to_it(noticed, curator):
    assert Notice.objects.get(to=curator, url=noticed.get_absolute_url()).why == "You own it. It may need a review."


def test_once_it_is_set_aside_only_new_departures_count(noticed, asthma, curator, nurse):
    noticed.set_aside(by=curator, why="The new pump solved it.")
    second = asthma.statements.get(key="s2")
    for _ in range(2):
        depart(nurse, asthma, statement=second)
    assert not Pattern.objects.noticed().exists()
    depart(nurse, asthma, statement=second)
    assert Pattern.objects.noticed().get().number == 3


def test_the_lead_reads_what_was_noticed_and_what_people_said_without_names(signed_in, lead, noticed):
    page = signed_in(lead).get(noticed.get_absolute_url()).text
    assert "3 departures from 1.2 in 1 day, because it no longer fits how we work" in page
    assert "it may be the rule, not the people" in page
    assert "double-loop learning" in page
    assert "Consider magnesium sulphate." in page
    assert "Recorded by 3 people." in page
    assert "We use the pump." in page
    assert "1 of them said nothing" in page
    assert "Nurse" not in page.split("What was recorded")[1].split("About this pattern")[0]
    assert f"/reviews/new/?pattern={noticed.pk}" in page


def test_of_fewer_than_three_people_their_number_is_not_told(signed_in, lead, nurse, asthma):
    for _ in range(3):
        depart(nurse, asthma)
    assert "Recorded by fewer than three people." in signed_in(lead).get(Pattern.objects.get().get_absolute_url()).text


def test_others_of_the_trust_read_that_it_was_noticed_and_no_words(signed_in, nurse, stranger, noticed):
    page = signed_in(nurse).get(noticed.get_absolute_url()).text
    assert "3 departures from 1.2" in page
    assert "We use the pump." not in page
    assert "Set it aside" not in page
    assert "Curator owns it, and is told." in page
    assert signed_in(stranger).get(noticed.get_absolute_url()).status_code == 404
    assert signed_in(nurse).post(noticed.get_absolute_url(), {"why": "No."}).status_code == 403


def test_an_owner_who_runs_no_reviews_is_told_who_does(signed_in, curator, noticed):
    page = signed_in(curator).get(noticed.get_absolute_url()).text
    assert "A facilitator or the service lead opens it" in page
    assert "/reviews/new/" not in page
    assert f"{noticed.guidance.get_absolute_url()}suggest/" in page


def test_on_the_guidance_a_banner_for_who_may_answer_and_a_quiet_line_for_others(
    signed_in, nurse, lead, asthma, noticed
):
    banner, line = "Does this still fit the work?", "Curator is told."
    for reader, there, missing in ((lead, banner, line), (nurse, line, banner)):
        page = signed_in(reader).get(asthma.get_absolute_url()).text
        assert "3 departures from 1.2" in page
        assert there in page
        assert missing not in page
    noticed.set_aside(by=lead, why="Solved.")
    assert banner not in signed_in(lead).get(asthma.get_absolute_url()).text


def test_it_is_set_aside_with_a_reason_that_its_page_tells(signed_in, curator, nurse, noticed):
    client = signed_in(curator)
    refused = client.post(noticed.get_absolute_url(), {"why": " "})
    assert refused.status_code == 422
    assert "Say why it needs no review" in refused.text
    client.post(noticed.get_absolute_url(), {"why": "The new pump solved it."})
    page = signed_in(nurse).get(noticed.get_absolute_url()).text
    assert "The new pump solved it." in page
    assert "set aside" in page


def test_who_comes_second_keeps_what_they_typed(signed_in, curator, lead, noticed):
    noticed.set_aside(by=lead, why="Solved.")
    page = signed_in(curator).post(noticed.get_absolute_url(), {"why": "It is nothing."}, follow=True).text
    assert "This pattern is set aside already." in page
    assert "In case you need it: It is nothing." in page


def test_a_routine_has_patterns_too_and_its_owner_sees_them_on_its_page(signed_in, huddle, nurse, lead):
    for _ in range(3):
        Performance.record(by=nurse, routine=huddle, how="departed", reason="nobody_there", words="Night shift.")
    page = signed_in(lead).get(huddle.get_absolute_url()).text
    assert "3 departures from this routine in 1 day, because somebody who is needed wasn’t there" in page
    assert "Does this still fit the work?" not in signed_in(nurse).get(huddle.get_absolute_url()).text
    pattern = Pattern.objects.get()
    page = signed_in(lead).get(pattern.get_absolute_url()).text
    assert "Night shift." in page
    assert "look at the structure" in page


def test_the_list_says_what_waits_and_what_was_answered(signed_in, nurse, lead, stranger, asthma, noticed):
    address = "/patterns/"
    assert "3 departures in 1 day" in signed_in(nurse).get(address).text
    noticed.set_aside(by=lead, why="Solved.")
    page = signed_in(nurse).get(address).text
    assert "Nothing is noticed at present." in page
    assert "Acute asthma in adults, 1.2" in page
    assert "Acute asthma" not in signed_in(stranger).get(address).text


def test_what_waits_shows_on_the_home_page_of_owner_and_lead(signed_in, curator, lead, nurse, noticed):
    words = "Does it still fit the work?"
    for reader in (curator, lead):
        assert words in signed_in(reader).get("/").text
    assert words not in signed_in(nurse).get("/").text
    noticed.set_aside(by=lead, why="Solved.")
    assert words not in signed_in(lead).get("/").text


@pytest.mark.parametrize("who", ["nurse", "lead"])
def test_the_pages_take_few_queries_however_many(
    who, request, signed_in, asthma, nurse, huddle, noticed, django_assert_max_num_queries
):
    for reason in ("no_time", "other", "system", "unclear", "nobody_there"):
        for _ in range(5):
            depart(nurse, asthma, reason=reason)
            Performance.record(by=nurse, routine=huddle, how="departed", reason=reason)
    client = signed_in(request.getfixturevalue(who))
    for address in ("/patterns/", noticed.get_absolute_url(), asthma.get_absolute_url(), huddle.get_absolute_url()):
        client.get(address)
        with django_assert_max_num_queries(11):
            assert client.get(address).status_code == 200
