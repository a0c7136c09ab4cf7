"""Home, browsing, and what is due for review."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from knowledge.models import Guidance, Topic
from nhs_learning.record import clock


@pytest.fixture
def oxygen(curator, services):
    """A policy of cardiology."""
    draft = Guidance.begin(by=curator, service=services.cardiology, kind="policy", title="Oxygen in adults")
    draft.adopt(by=curator)
    draft.guidance.describe(by=curator, topics=[Topic.objects.create(name="Oxygen")])
    return draft.guidance


def titles(response) -> set[str]:
    return {t for t in ("Acute asthma in adults", "Oxygen in adults", "Long-term conditions") if t in response.text}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", {"Acute asthma in adults", "Oxygen in adults", "Long-term conditions"}),
        ("?service=respiratory", {"Acute asthma in adults", "Long-term conditions"}),  # the framework applies to it
        ("?service=medicine", {"Acute asthma in adults", "Oxygen in adults", "Long-term conditions"}),
        ("?service=surgery", set()),
        ("?kind=policy", {"Oxygen in adults"}),
        ("?topic=oxygen", {"Oxygen in adults"}),
        ("?topic=nonsense", set()),
        ("?letter=a", {"Acute asthma in adults"}),
        ("?kind=nonsense", {"Acute asthma in adults", "Oxygen in adults", "Long-term conditions"}),
        ("?service=medicine&kind=guideline&letter=A", {"Acute asthma in adults"}),
    ],
)
def test_a_nurse_narrows_the_list(asked, found, signed_in, nurse, asthma, oxygen, framework):
    assert titles(signed_in(nurse).get(f"/browse/{asked}")) == found


def test_what_other_trusts_share_is_there_when_asked_for_and_labelled(signed_in, stranger, asthma, curator):
    asthma.describe(by=curator, audience="network")
    assert "Acute asthma" not in signed_in(stranger).get("/browse/").text
    shared = signed_in(stranger).get("/browse/?from=all").text
    assert "Acute asthma" in shared
    assert "Northbridge University Hospitals" in shared


def test_withdrawn_guidance_is_listed_only_when_asked_for(signed_in, nurse, asthma, curator):
    asthma.withdraw(by=curator, why="Replaced.")
    assert "Acute asthma" not in signed_in(nurse).get("/browse/").text
    assert "Acute asthma" in signed_in(nurse).get("/browse/?withdrawn=1").text


def test_a_service_that_is_not_there_is_not_found(signed_in, nurse):
    assert signed_in(nurse).get("/browse/?service=alchemy").status_code == 404


def test_overdue_guidance_names_who_owns_the_delay(signed_in, nurse, asthma, curator):
    asthma.confirm(by=curator, why="Checked.", next_due=clock.today() - datetime.timedelta(days=20))
    text = signed_in(nurse).get("/due-for-review/").text
    assert "Review overdue" in text
    assert "for 20 days" in text
    assert "Curator" in text
    assert "Acute asthma" not in signed_in(nurse).get("/due-for-review/?mine=1").text
    assert "(you)" in signed_in(curator).get("/due-for-review/?mine=1&service=medicine").text


@pytest.mark.parametrize("address", ["/", "/browse/", "/browse/?service=medicine&topic=oxygen", "/due-for-review/"])
def test_a_list_costs_the_same_queries_however_long_it_is(address, signed_in, nurse, asthma, curator, services):
    client = signed_in(nurse)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(12):
        draft = Guidance.begin(by=curator, service=services.cardiology, kind="policy", title=f"Policy {number}")
        draft.adopt(by=curator)
        draft.guidance.confirm(by=curator, why="Checked.", next_due=clock.today())
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few) <= 12
