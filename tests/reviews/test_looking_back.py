"""Some time later: a change was adopted, adapted or abandoned, and from what was abandoned there is a way back."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from knowledge.models import Conflict, Guidance
from reviews.models import Change
from tests.changing import approve, decider, propose, publish


@pytest.fixture
def change(asthma, registrar) -> Change:
    """The registrar's, in force: oxygen at once, the table of doses out, and a third statement."""
    draft = asthma.start_draft(by=registrar)
    draft.edit(
        by=registrar, body="## Recognise\n\nA peak flow under half of best is *severe*.", summary="Oxygen first."
    )
    draft.wordings.filter(number="1.1").update(text="Offer oxygen at once.")
    draft.say(number="1.3", text="Ring the outreach team.")
    change = publish(draft, loop="single", reason="An audit found delays.", by=registrar)
    return Change.objects.get(pk=change.pk)


@pytest.fixture
def abandoned(change, registrar) -> Change:
    change.look_back(by=registrar, outcome="abandoned", evidence="Nobody could find the outreach team’s number.")
    return change


def address(change: Change) -> str:
    return f"/changes/{change.reference}/look-back/"


def said(revision) -> list:
    texts = [revision.title, revision.aim, revision.scope, revision.summary, revision.body]
    return [*texts, *revision.wordings.values_list("statement", "number", "text", "strength", "certainty")]


# The way back


def test_the_way_back_is_a_new_change_with_the_earlier_words(abandoned, nurse, asthma):
    back = abandoned.way_back(by=nurse)
    assert (back.state, back.opened_by, back.undoes) == ("drafting", nurse, abandoned)
    assert back.edition.based_on == abandoned.edition, "based on what is in force"
    assert said(back.edition) == said(abandoned.edition.based_on)
    assert back.what == "Back to what edition 1 said."
    assert back.why == abandoned.evidence


def test_it_is_decided_like_any_other_and_then_in_force(abandoned, registrar, asthma, northbridge):
    back = abandoned.way_back(by=registrar)
    propose(back, by=registrar)
    approve(back, decider(northbridge))
    asthma.refresh_from_db()
    assert (asthma.current, asthma.current.number) == (back.edition, 3)


def test_what_later_editions_changed_stays(abandoned, registrar, curator, asthma):
    asthma.refresh_from_db()
    later = asthma.start_draft(by=curator)
    later.edit(by=curator, scope="Adults.", summary="Oxygen, then help.")
    publish(later, loop="double", reason="Scope.")
    back = Change.objects.get(pk=abandoned.pk).way_back(by=registrar)
    assert back.edition.scope == "Adults."
    assert back.edition.summary == "Oxygen, then help."
    assert back.edition.body == abandoned.edition.based_on.body
    assert back.what.endswith("What was changed again since stays as it is: see the summary.")


def test_a_way_back_is_begun_once_at_a_time(abandoned, registrar, nurse):
    back = abandoned.way_back(by=registrar)
    with pytest.raises(Conflict, match=f"Registrar has begun the way back already: {back.reference}"):
        abandoned.way_back(by=nurse)
    back.withdraw(by=registrar, why="Not yet.")
    assert abandoned.way_back(by=nurse)


def test_the_database_allows_one_open_way_back(abandoned, registrar, asthma):
    abandoned.way_back(by=registrar)
    other = Change.suggest(by=registrar, edition=asthma.start_draft(by=registrar))
    with pytest.raises(IntegrityError, match="one_open_way_back"), transaction.atomic():
        Change.objects.filter(pk=other.pk).update(undoes=abandoned)


def test_there_is_no_way_back_from_what_is_gone_withdrawn_or_not_in_force(abandoned, registrar, asthma, curator):
    with pytest.raises(Conflict, match="only from what is in force"):
        abandoned.way_back(by=registrar).way_back(by=registrar)
    abandoned.undone_by.get().withdraw(by=registrar, why="Not yet.")
    Guidance.objects.get(pk=asthma.pk).withdraw(by=curator, why="It does harm.")
    with pytest.raises(Conflict, match="only from what is in force"):
        Change.objects.get(pk=abandoned.pk).way_back(by=registrar)


def test_there_is_no_way_back_before_somebody_has_said_that_it_did_not_work(signed_in, change, registrar):
    page = signed_in(registrar).post(f"/changes/{change.reference}/look-back/", {"do": "way_back"})
    assert page.status_code == 409
    assert "say first what came of it" in page.content.decode()
    change.look_back(by=registrar, outcome="adopted", evidence="It works.")
    with pytest.raises(Conflict, match="from what was abandoned"):
        change.way_back(by=registrar)
    assert Change.objects.count() == 1


def test_nothing_is_undone_twice(abandoned, registrar, northbridge):
    back = abandoned.way_back(by=registrar)
    propose(back, by=registrar)
    approve(back, decider(northbridge))
    with pytest.raises(Conflict, match="Nothing of what it changed is left"):
        Change.objects.get(pk=abandoned.pk).way_back(by=registrar)
    assert Change.objects.count() == 2, "nothing half-done stays"


# The page


def test_the_proposer_says_what_became_of_it(signed_in, registrar, change):
    client = signed_in(registrar)
    assert b"Did it work?" in client.get(address(change)).content
    page = client.post(address(change), {"outcome": "adopted", "evidence": "All 40 in time."}, follow=True).content
    assert b"Adopted: it works, and stays" in page
    assert b"All 40 in time." in page
    change.refresh_from_db()
    assert (change.outcome, change.checked_by) == ("adopted", registrar)


def test_adapting_offers_another_change(signed_in, curator, change, asthma):
    page = signed_in(curator).post(address(change), {"outcome": "adapted", "evidence": "Half."}, follow=True).content
    assert f"{asthma.get_absolute_url()}suggest/".encode() in page


def test_abandoning_offers_the_way_back(signed_in, registrar, change):
    client = signed_in(registrar)
    page = client.post(address(change), {"outcome": "abandoned", "evidence": "No."}, follow=True).content.decode()
    assert "Suggest the way back" in page
    response = client.post(address(change), {"do": "way_back"})
    back = Change.objects.get(undoes=change)
    assert response.url == back.get_absolute_url()
    page = client.get(address(change)).content.decode()
    assert f'Registrar has begun it: <a href="/changes/{back.reference}/">{back.reference}</a>.' in page
    assert "Suggest the way back" not in page
    assert client.post(address(change), {"do": "way_back"}).status_code == 409


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"outcome": ""}, "Say what became of it"),
        ({"evidence": " "}, "Say what shows it"),
        ({"evidence": "As with 943 476 5919."}, "NHS number"),
    ],
)
def test_an_error_is_said_plainly_and_nothing_is_kept(typed, told, signed_in, registrar, change):
    response = signed_in(registrar).post(address(change), {"outcome": "adopted", "evidence": "All.", **typed})
    assert told in response.content.decode()
    change.refresh_from_db()
    assert change.checked_at is None


def test_whoever_comes_second_is_told_and_keeps_their_words(signed_in, registrar, curator, change):
    signed_in(curator).post(address(change), {"outcome": "adopted", "evidence": "All 40 in time."})
    response = signed_in(registrar).post(address(change), {"outcome": "abandoned", "evidence": "None at night."})
    page = response.content.decode()
    assert response.status_code == 409
    for words in ("Somebody has said already", "All 40 in time.", "You had typed: None at night."):
        assert words in page


def test_who_may_say_it_and_who_may_read_it(signed_in, change, curator, lead, nurse, approver, stranger, registrar):
    expected = [(curator, 200), (lead, 200), (registrar, 200), (nurse, 403), (approver, 403), (stranger, 404)]
    for person, status in expected:
        assert signed_in(person).get(address(change)).status_code == status, person
        posted = signed_in(person).post(address(change), {"outcome": "", "evidence": ""})
        assert posted.status_code == status, person
    change.look_back(by=registrar, outcome="abandoned", evidence="No.")
    page = signed_in(nurse).get(address(change))
    assert (page.status_code, b"Suggest the way back" in page.content) == (200, False)
    assert signed_in(nurse).post(address(change), {"do": "way_back"}).status_code == 403


def test_the_page_costs_few_queries(signed_in, abandoned, registrar, django_assert_max_num_queries):
    client = signed_in(registrar)
    with django_assert_max_num_queries(12):
        client.get(address(abandoned))


@pytest.mark.browser
def test_a_registrar_looks_back_in_the_browser(page, sign_in, accessible, registrar, change):
    sign_in(registrar)
    page.goto(address(change))
    page.get_by_role("button", name="Save").click()
    for _ in ("with errors", "filled in"):
        accessible(page)
        page.get_by_label("Abandoned: it did not work").check()
        page.get_by_label("What shows it?").fill("Nobody could find the number.")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Suggest the way back").wait_for()
    accessible(page)
    page.get_by_role("button", name="Suggest the way back").click()
    page.get_by_text("is begun. Look it through").wait_for()
