"""The home page with everything on it that can wait for one person, and what it costs."""

from __future__ import annotations

import datetime

import pytest

from knowledge.models import Guidance
from nhs_learning.people.models import Notice
from nhs_learning.record import clock
from reviews import methods
from reviews.models import Action, Change, Review, Withdrawal
from tests.changing import propose, publish


@pytest.fixture
def history(services, curator, approver, registrar, facilitator, lead, framework, asthma, person) -> None:
    """Of everything something: frameworks, editions, changes that wait, reviews, actions and withdrawals to sign."""
    nobody_else = person("second", role="approver")
    for number in range(4):
        title = f"Framework {number}"
        draft = Guidance.begin(by=curator, service=services.medicine, kind="service_framework", title=title)
        draft.guidance.applies_to.set([services.respiratory, services.cardiology])
        draft.say(number="1", text="Good care.")
        draft.adopt(by=curator)
        policy = Guidance.begin(by=curator, service=services.cardiology, kind="policy", title=f"Policy {number}")
        policy.adopt(by=curator)
        policy.guidance.confirm(by=curator, why="Checked.", next_due=clock.today())
        gone = Guidance.begin(by=curator, service=services.surgery, kind="policy", title=f"Gone {number}")
        gone.adopt(by=curator)
        Withdrawal.begin(by=nobody_else, guidance=gone.guidance, why="Wrong dose.", instead="Ring the pharmacist.")
        change = Change.suggest(by=registrar, edition=suggested(asthma, by=registrar, text=f"Again {number}."))
        propose(change, by=registrar)
    publish(suggested(framework, by=registrar, text="Plan early."), loop="single", reason="An audit.")


def suggested(guidance, *, by, text):
    draft = guidance.start_draft(by=by)
    draft.edit(by=by, summary=text)
    return draft


@pytest.fixture
def everything(person, services, approver, asthma, facilitator) -> object:
    """One who leads, approves, facilitates and curates at once, stands in for an approver, and has much to do."""
    user = person("everything", role="service_lead", service=services.medicine)
    for role in ("approver", "facilitator", "curator"):
        user.join(services.medicine, role=role, by=None)
    until = clock.today() + datetime.timedelta(days=7)
    approver.be_away(by=approver, until=until, stand_in=user)
    methods.equip(user.trust)
    for number in range(3):
        review = Review.begin(
            by=user, method=methods.in_force(user.trust)[0], title="Late", trigger="incident", facilitator=user
        )
        Action.agree(by=user, review=review, what=f"Do {number}", owner=user, due=clock.today(), measure="Done.")
        Change.suggest(by=user, edition=suggested(asthma, by=user, text=f"Sooner {number}."))
        Notice.send(user, words=f"Something {number} happened.", why="You are here.", url="/")
    return user


@pytest.mark.parametrize("who", ["lead", "everything", "nurse", "approver", "facilitator", "curator"])
def test_it_takes_at_most_twelve_queries_for_whoever_it_is(
    who, request, signed_in, history, django_assert_max_num_queries
):
    user = request.getfixturevalue(who)
    client = signed_in(user)
    client.get("/")
    with django_assert_max_num_queries(12):
        html = client.get("/").content.decode()
    if who == "everything":
        headings = ("My frameworks", "Waiting for you", "Withdrawn: confirm it", "Recently changed", "Due for review")
        assert [heading for heading in headings if heading not in html] == []
        assert "Something 2 happened." in html
