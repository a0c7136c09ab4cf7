"""Whole public pages are kept for readers who have not signed in, and never longer than they are true."""

from __future__ import annotations

import datetime

import pytest
from django.core.cache import caches
from django.utils import timezone

from nhs_learning.record import clock
from tests.changing import publish


@pytest.fixture
def public(asthma, curator):
    caches["pages"].clear()
    asthma.describe(by=curator, audience="public")
    return asthma


def test_the_second_reader_gets_the_kept_page_for_one_query(client, public, django_assert_num_queries):
    first = client.get(public.get_absolute_url())
    with django_assert_num_queries(1):
        second = client.get(public.get_absolute_url())
    assert second.content == first.content
    assert b"Offer oxygen" in second.content
    assert "default-src" in second["Content-Security-Policy"]


def test_a_reader_who_has_the_page_is_told_so(client, public):
    etag = client.get(public.get_absolute_url())["ETag"]
    again = client.get(public.get_absolute_url(), headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_new_edition_shows_at_once(client, public, curator):
    client.get(public.get_absolute_url())
    draft = public.start_draft(by=curator)
    draft.edit(by=curator, summary="Give magnesium early.")
    publish(draft, loop="single", reason="Audit.")
    assert b"Give magnesium early." in client.get(public.get_absolute_url()).content


def test_what_is_no_longer_public_is_gone_at_once(client, public, curator):
    client.get(public.get_absolute_url())
    public.describe(by=curator, audience="trust")
    assert client.get(public.get_absolute_url()).status_code == 302


def test_a_person_who_is_signed_in_never_gets_the_kept_page(client, public, signed_in, nurse):
    client.get(public.get_absolute_url())
    assert b"Nurse" in signed_in(nurse).get(public.get_absolute_url()).content
    assert b"Nurse" not in client.get(public.get_absolute_url()).content


def in_minutes(number: int) -> datetime.datetime:
    return clock.now() + datetime.timedelta(minutes=number)


def test_a_withdrawal_shows_at_once_though_the_last_edition_came_from_a_machine_whose_clock_is_ahead(
    client, signed_in, nurse, public, curator
):
    draft = public.start_draft(by=curator)
    with clock.at(in_minutes(2)):
        publish(draft, loop="single", reason="Audit.")
    reads = signed_in(nurse)
    before = [reader.get(public.get_absolute_url()) for reader in (client, reads)]
    public.withdraw(by=curator, why="The dose is wrong.", instead="Ask the consultant on call.")
    known = {"If-None-Match": before[0]["ETag"]}
    after = [reader.get(public.get_absolute_url(), headers=known) for reader in (client, reads)]
    assert [b"The dose is wrong." in page.content for page in before + after] == [False, False, True, True]


def test_a_new_name_of_its_owner_is_ten_minutes_late_at_the_most_for_everybody(
    client, signed_in, nurse, public, curator
):
    readers = (client, signed_in(nurse))
    etag, _ = [reader.get(public.get_absolute_url()).headers.get("ETag") for reader in readers]
    curator.describe(by=None, name="Carys Newname")
    with clock.at(in_minutes(10)):
        pages = [reader.get(public.get_absolute_url(), headers={"If-None-Match": etag}) for reader in readers]
    # As its owner, and as whom to ask; for a colleague also in the words of the link that asks her.
    assert [page.content.count(b"Carys Newname") for page in pages] == [2, 3]


def test_at_midnight_its_review_is_overdue_for_a_reader_who_has_the_page(client, public, curator):
    public.confirm(by=curator, why="Still so.", next_due=clock.today())
    tomorrow = clock.today() + datetime.timedelta(days=1)
    midnight = timezone.make_aware(datetime.datetime.combine(tomorrow, datetime.time()))
    with clock.at(midnight - datetime.timedelta(seconds=1)):
        etag = client.get(public.get_absolute_url())["ETag"]
    with clock.at(midnight):
        page = client.get(public.get_absolute_url(), headers={"If-None-Match": etag})
    assert b"Review overdue since" in page.content


def test_on_paper_it_gives_the_address_at_which_it_was_read(client, public, settings):
    settings.ALLOWED_HOSTS = ["learning.northbridge.example", "learning.example"]
    for host in settings.ALLOWED_HOSTS:
        page = client.get(public.get_absolute_url(), headers={"host": host}).content.decode()
        assert f"Check the current version at http://{host}/guidance/" in page
