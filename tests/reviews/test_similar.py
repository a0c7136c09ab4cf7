"""Before a change is begun, its author learns which are in the making already, and not what they say."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string

from knowledge.models import Guidance
from reviews import methods
from reviews.models import Change, Review
from reviews.similar import in_the_making
from tests.changing import approve, propose


def begun(guidance: Guidance, *, by, text="Ask for help sooner.", **more) -> Change:
    draft = guidance.start_draft(by=by)
    draft.edit(by=by, summary=text)
    return Change.suggest(by=by, edition=draft, **more)


@pytest.fixture
def colleague(person, services):
    """Contributes, in surgery."""
    return person("colleague", role="contributor", service=services.surgery)


def test_a_registrar_learns_that_a_colleague_is_writing_but_not_what(asthma, colleague, registrar, lead):
    change = begun(asthma, by=colleague)
    (one,) = in_the_making(asthma, reader=registrar)
    assert (one.reference, one.state, one.who) == (change.reference, "Being written", "Colleague")
    assert (one.what, one.url, one.yours) == ("", "", False)
    assert one.since == change.opened_at
    html = render_to_string("changes/similar.html", {"similar": [one]})
    assert "A change to this is in the making already" in html
    assert "Ask for help sooner" not in html


def test_once_it_is_sent_she_also_learns_what_it_changes_and_not_its_loop(asthma, colleague, registrar):
    change = begun(asthma, by=colleague)
    propose(change, by=colleague, loop="double", what="Help is asked for at once.")
    (one,) = in_the_making(asthma, reader=registrar)
    assert one.what == "Help is asked for at once."
    assert one.since == change.proposed_at
    html = render_to_string("changes/similar.html", {"similar": [one]})
    assert "Help is asked for at once." in html
    assert "loop" not in html.lower()
    change.take_back(by=colleague)
    assert in_the_making(asthma, reader=registrar)[0].what == ""


def test_she_can_go_on_with_her_own(asthma, registrar):
    change = begun(asthma, by=registrar)
    (one,) = in_the_making(asthma, reader=registrar)
    assert (one.yours, one.url) == (True, f"/changes/{change.reference}/")
    assert "go on with yours" in render_to_string("changes/similar.html", {"similar": [one]})


def test_what_is_decided_or_about_something_else_is_not_named(asthma, framework, colleague, registrar, approver):
    withdrawn, in_force = begun(asthma, by=colleague), begun(asthma, by=colleague)
    withdrawn.withdraw(by=colleague, why="Not needed.")
    propose(in_force, by=colleague)
    approve(in_force, approver)
    begun(framework, by=colleague)
    assert in_the_making(asthma, reader=registrar) == []
    assert render_to_string("changes/similar.html", {"similar": []}).strip() == ""


def test_a_nurse_who_may_not_suggest_learns_of_none_and_a_stranger_neither(asthma, colleague, nurse, stranger, curator):
    begun(asthma, by=colleague)
    asthma.describe(by=curator, audience="network")
    assert in_the_making(asthma, reader=nurse) == []
    assert in_the_making(asthma, reader=stranger) == []


def test_of_a_review_for_participants_only_it_says_that_there_is_one_but_not_whose(
    northbridge, asthma, facilitator, colleague, registrar
):
    methods.equip(northbridge)
    held = Review.begin(
        by=facilitator,
        facilitator=facilitator,
        method=methods.in_force(northbridge)[0],
        title="After a death",
        trigger="incident",
        confidentiality="participants",
        participants=[colleague],
    )
    draft = asthma.start_draft(by=colleague)
    draft.edit(by=colleague, summary="Ask for help sooner.")
    change = Change.begin(by=colleague, edition=draft, review=held)
    propose(change, by=colleague, what="What we learned from a death.")
    (hers,) = in_the_making(asthma, reader=registrar)
    assert (hers.who, hers.what, hers.url) == ("", "", "")
    (theirs,) = in_the_making(asthma, reader=facilitator)
    assert (theirs.who, theirs.what) == ("Colleague", "What we learned from a death.")


def test_it_is_one_query_however_many(asthma, colleague, registrar, django_assert_num_queries):
    for _ in range(6):
        begun(asthma, by=colleague)
    assert registrar.reach
    with django_assert_num_queries(1):
        assert len(in_the_making(asthma, reader=registrar)) == 6
