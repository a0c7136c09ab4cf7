"""Whole public pages are kept for readers who have not signed in, and never longer than they are true."""

from __future__ import annotations

import pytest
from django.core.cache import caches

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
