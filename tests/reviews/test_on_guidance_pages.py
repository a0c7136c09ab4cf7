"""On pages of guidance: the way to a change, and the change and review behind each later edition."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews import methods
from reviews.models import Change, Review
from tests.changing import approve, propose, publish


@pytest.fixture
def edited(asthma, registrar):
    """The guideline in its third edition."""
    for loop, reason in (("single", "An audit found a gap."), ("double", "Waiting cost people an hour.")):
        publish(asthma.start_draft(by=registrar), loop=loop, reason=reason)
        asthma.refresh_from_db()
    return asthma


def begun(guidance, *, by) -> Change:
    draft = guidance.start_draft(by=by)
    draft.edit(by=by, summary="Ask for help sooner.")
    return Change.suggest(by=by, edition=draft)


def test_a_registrar_sees_how_many_changes_are_in_the_making_and_the_way_to_what_there_was(
    signed_in, registrar, curator, edited
):
    begun(edited, by=curator)
    begun(edited, by=curator)
    html = signed_in(registrar).get(edited.get_absolute_url()).content.decode()
    assert "Something to change?" in html
    assert "2 changes are in the making." in html
    assert f"/register/?subject={edited.slug}" in html


def test_the_ways_to_suggest_and_to_review_show_for_those_who_may(signed_in, registrar, facilitator, nurse, asthma):
    suggest, review = "Suggest a change", "Open a review about this"
    pages = {one: signed_in(one).get(asthma.get_absolute_url()).content.decode() for one in (registrar, facilitator)}
    assert suggest in pages[registrar]
    assert review not in pages[registrar]
    assert suggest in pages[facilitator]
    assert review in pages[facilitator]
    plain = signed_in(nurse).get(asthma.get_absolute_url()).content.decode()
    assert suggest not in plain
    assert review not in plain
    assert "Something to change?" not in plain


@pytest.mark.parametrize("page", ["", "history/", "edition/3/"])
def test_a_nurse_goes_from_an_edition_to_the_change_and_review_behind_it(signed_in, nurse, edited, page):
    change = Change.objects.get(guidance_revision=edited.current)
    html = signed_in(nurse).get(f"{edited.get_absolute_url()}{page}").content.decode()
    assert f'href="/changes/{change.reference}/"' in html
    assert change.review.reference in html
    assert "Double-loop" in html
    assert "Waiting cost people an hour." in html
    assert signed_in(nurse).get(f"/changes/{change.reference}/").status_code == 200


def test_a_review_that_a_nurse_may_not_see_is_not_named_beside_its_change(
    signed_in, northbridge, nurse, facilitator, registrar, approver, asthma
):
    methods.equip(northbridge)
    held = Review.begin(
        by=facilitator,
        facilitator=facilitator,
        method=methods.in_force(northbridge)[0],
        title="After a death",
        trigger="incident",
        confidentiality="participants",
    )
    draft = asthma.start_draft(by=registrar)
    draft.edit(by=registrar, summary="Ask for help sooner.")
    change = Change.begin(by=registrar, edition=draft, review=held)
    propose(change, by=registrar)
    approve(change, approver)
    address = f"{asthma.get_absolute_url()}history/"
    assert held.reference in signed_in(facilitator).get(address).content.decode()
    hers = signed_in(nurse).get(address).content.decode()
    assert change.reference in hers
    assert held.reference not in hers


@pytest.mark.parametrize("page", ["", "history/", "edition/3/"])
def test_readers_who_have_not_signed_in_and_those_of_other_trusts_see_nothing_of_it(
    client, signed_in, stranger, curator, edited, page
):
    edited.describe(by=curator, audience="public")
    for reader in (client, signed_in(stranger)):
        html = reader.get(f"{edited.get_absolute_url()}{page}").content.decode()
        assert "Waiting cost people an hour." in html
        for words in ("ZNB-2", "Something to change?", "in the making", "/register/?"):
            assert words not in html, words
    assert "What is this?" not in client.get(f"{edited.get_absolute_url()}{page}").content.decode()


def test_beside_the_marks_stands_one_way_to_what_they_mean(signed_in, nurse, edited):
    for page in ("", "history/", "edition/3/"):
        assert signed_in(nurse).get(f"{edited.get_absolute_url()}{page}").content.decode().count('href="/loops/"') == 1


def test_a_plain_reader_pays_one_query_and_nothing_for_a_first_edition(signed_in, nurse, edited, framework):
    def asked(address: str) -> list[str]:
        client = signed_in(nurse)
        client.get(address)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return [query["sql"] for query in queries if '"reviews_' in query["sql"]]

    assert len(asked(edited.get_absolute_url())) == 1
    assert len(asked(framework.get_absolute_url())) == 0


def test_the_pages_take_few_queries_however_many_editions(
    signed_in, registrar, lead, asthma, django_assert_max_num_queries
):
    for number in range(8):
        publish(asthma.start_draft(by=registrar), loop="single", reason=f"Reason {number}.")
        asthma.refresh_from_db()
    for reader in (registrar, lead):
        client = signed_in(reader)
        for page in ("", "history/", "edition/5/"):
            address = f"{asthma.get_absolute_url()}{page}"
            client.get(address)
            with django_assert_max_num_queries(12):
                client.get(address)
