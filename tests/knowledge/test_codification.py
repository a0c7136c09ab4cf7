"""From tacit to codified: an insight is proposed, taken up, decided like any change, and credited for ever."""

from __future__ import annotations

import pytest
from django.db import transaction
from playwright.sync_api import expect

from knowledge import permissions
from knowledge.models import Codification, Conflict, Guidance, Insight
from nhs_learning.people.models import Notice
from reviews.models import Change
from tests.changing import approve, decider, propose
from tests.knowledge.telling import tell, titles
from tests.reviews.trying import at_once


@pytest.fixture
def tip(nurse, services, asthma) -> Insight:
    return tell(by=nurse, service=services.respiratory, guidance=asthma, relation="extends")


@pytest.fixture
def proposed(tip, registrar, asthma) -> Codification:
    return Codification.propose(by=registrar, insight=tip, guidance=asthma, why="It calms them.")


def said_to(user) -> list[str]:
    return list(Notice.objects.filter(to=user).order_by("pk").values_list("words", flat=True))


def in_force(proposal, curator) -> Codification:
    """Taken up, and the whole way to the next edition."""
    draft = proposal.take_up(by=curator)
    change = Change.suggest(by=curator, edition=draft)
    propose(change, by=curator, loop="single", why="Told by the ward.")
    approve(change, decider(change.trust))
    proposal.refresh_from_db()
    return proposal


def test_the_whole_way_from_what_a_nurse_knows_to_an_edition(proposed, tip, nurse, registrar, curator, asthma):
    in_force(proposed, curator)
    asthma.refresh_from_db()
    assert proposed.revision == asthma.current
    assert asthma.current.number == 2
    assert "## Ask for the spacer first" in asthma.current.body
    assert said_to(nurse) == [
        "Registrar proposes that “Ask for the spacer first” become part of Acute asthma in adults",
        "Curator works “Ask for the spacer first” into Acute asthma in adults",
        "“Ask for the spacer first” is in force now, as part of Acute asthma in adults",
    ]
    assert said_to(curator)[0] == said_to(nurse)[0]
    assert said_to(registrar) == said_to(nurse)[1:]


def test_the_link_is_kept_both_ways(proposed, tip, nurse, curator, asthma, signed_in, client):
    in_force(proposed, curator)
    asthma.refresh_from_db()
    address, credit = asthma.get_absolute_url(), "told by Nurse"
    for page in (address, f"{address}history/", f"{address}edition/2/"):
        assert credit in signed_in(nurse).get(page).content.decode(), page
    assert credit not in signed_in(nurse).get(f"{address}edition/1/").content.decode()
    assert "became part of this" in signed_in(nurse).get(address).content.decode()
    page = signed_in(nurse).get(tip.get_absolute_url()).content.decode()
    assert f'<a href="{address}edition/2/">Acute asthma in adults, edition 2</a>' in page
    asthma.describe(by=curator, audience="public")
    assert "Grew out of" not in client.get(address).content.decode()


def test_whoever_may_not_read_the_insight_reads_that_there_was_one(nurse, person, services, curator, asthma, signed_in):
    tip = tell(by=nurse, service=services.respiratory, audience="service")
    in_force(Codification.propose(by=nurse, insight=tip, guidance=asthma, why="So."), curator)
    page = signed_in(person("surgeon", role="reader", service=services.surgery)).get(asthma.get_absolute_url())
    assert "an insight of a colleague" in page.content.decode()
    assert "told by Nurse" not in page.content.decode()
    assert tip.get_absolute_url() not in page.content.decode()


def test_those_who_told_it_may_write_in_the_draft_and_never_decide_on_it(proposed, tip, nurse, curator):
    draft = proposed.take_up(by=curator)
    assert draft.is_author(nurse)
    assert draft.is_author(curator)
    assert permissions.may_propose_insight(nurse, tip).reason == "It is being worked into a draft."


def test_something_new_begins_as_the_draft_of_a_first_edition(tip, registrar, curator, services, signed_in):
    said = {"place": "new", "guidance_words": "", "why": "We have nothing on this."}
    assert signed_in(registrar).post(f"{tip.get_absolute_url()}propose/", said).status_code == 302
    assert said_to(curator) == ["Registrar proposes that “Ask for the spacer first” become part of new guidance"]
    page = signed_in(curator).post(f"{tip.get_absolute_url()}take-up/", {"kind": "pathway"}, follow=True)
    guidance = Guidance.objects.get(kind="pathway")
    assert (guidance.title, guidance.service) == (tip.title, services.respiratory)
    assert page.redirect_chain[-1][0] == f"/admin/knowledge/revision/{guidance.revisions.get().pk}/change/"
    guidance.revisions.get().adopt(by=curator)
    assert "told by Nurse" in signed_in(registrar).get(guidance.get_absolute_url()).content.decode()


def test_whoever_owns_the_guidance_leaves_it_with_a_word_on_why(proposed, tip, nurse, registrar, curator, signed_in):
    address = f"{tip.get_absolute_url()}decline/"
    assert signed_in(nurse).post(address, {"why": "No."}).status_code == 403
    assert signed_in(curator).post(address, {"why": ""}).status_code == 422
    signed_in(curator).post(address, {"why": "It is different at night."})
    for told in (nurse, registrar):
        assert said_to(told)[-1] == "“Ask for the spacer first” stays an insight: It is different at night."
    page = signed_in(registrar).get(tip.get_absolute_url()).content.decode()
    assert "It is different at night." in page
    assert "Propose it as guidance again" in page


def test_it_is_proposed_once_at_a_time(proposed, tip, nurse, signed_in):
    with pytest.raises(Conflict, match="proposed already"), transaction.atomic():
        Codification.propose(by=nurse, insight=tip, guidance=None, why="Again.")
    late = signed_in(nurse).post(f"{tip.get_absolute_url()}propose/", {"place": "new", "why": "Again."}, follow=True)
    assert "A colleague was quicker" in late.content.decode()


def test_a_draft_that_is_thrown_away_leaves_the_proposal_waiting_again(proposed, curator):
    draft = proposed.take_up(by=curator)
    draft.discard(by=curator)
    proposed.refresh_from_db()
    assert proposed.is_waiting
    assert proposed.take_up(by=curator).body.count("Ask for the spacer first") == 1


def test_what_is_withdrawn_meanwhile_is_not_taken_up(proposed, tip, nurse, curator):
    tip.withdraw(by=nurse, why="It was wrong.")
    with pytest.raises(Conflict, match="was withdrawn"), transaction.atomic():
        proposed.take_up(by=curator)
    assert not Codification.objects.to_take_up(curator).exists()


def test_it_is_proposed_only_to_those_who_may_read_it(nurse, person, services, curator, asthma, signed_in):
    asthma.describe(by=curator, owner=person("surgeon", role="reader", service=services.surgery))
    curator.leave(by=None)
    tip = tell(by=nurse, service=services.respiratory, audience="service")
    said = {"place": "part", "guidance": asthma.pk, "guidance_words": "Acute asthma", "why": "So."}
    page = signed_in(nurse).post(f"{tip.get_absolute_url()}propose/", said)
    assert page.status_code == 409
    assert "Its holders can open it to the trust; then propose it." in page.content.decode()


def test_private_guidance_is_not_named_to_a_holder_who_may_not_see_it(tip, nurse, curator, services):
    minutes = Guidance.begin(by=curator, service=services.surgery, kind="policy", title="Minutes", audience="private")
    minutes.adopt(by=curator)
    Codification.propose(by=curator, insight=tip, guidance=minutes.guidance, why="So.")
    assert said_to(nurse) == ["Curator proposes that “Ask for the spacer first” become part of guidance"]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({}, "Choose what it should become"),
        ({"place": "part", "guidance_words": "", "why": "So."}, "Say which guidance, or choose something new"),
        ({"place": "part", "guidance_words": "Zebra", "why": "So."}, "Nothing in force here is called “Zebra”"),
        ({"place": "new", "why": "Mrs A, 943 476 5919"}, "This looks as if it holds an NHS number"),
    ],
)
def test_what_is_amiss_is_said_beside_the_field(tip, registrar, signed_in, said, error):
    page = signed_in(registrar).post(f"{tip.get_absolute_url()}propose/", said)
    assert page.status_code == 422
    assert error in page.content.decode()
    assert not Codification.objects.exists()


def test_home_and_the_list_say_what_waits_for_its_owner(proposed, tip, curator, nurse, signed_in):
    home = signed_in(curator).get("/").content.decode()
    assert "Proposed as guidance:" in home
    assert tip.get_absolute_url() in home
    assert (
        "1 insight is proposed as guidance and waits for you" in signed_in(curator).get("/insights/").content.decode()
    )
    assert titles(signed_in(curator).get("/insights/?proposed=1")) == [tip.title]
    assert not titles(signed_in(nurse).get("/insights/?proposed=1"))


@pytest.mark.django_db(transaction=True)
def test_two_curators_at_once_make_one_draft(proposed, curator, asthma):
    gave = at_once(*[lambda: Codification.objects.get(pk=proposed.pk).take_up(by=curator)] * 2)
    assert sorted(type(one).__name__ for one in gave) == ["Conflict", "Revision"]
    assert asthma.revisions.drafts().count() == 1


@pytest.mark.parametrize("page", ["page", "propose/", "decline/", "hand-on/", "guidance", "draft"])
def test_pages_ask_the_database_little(
    page, tip, registrar, curator, asthma, services, person, signed_in, django_assert_max_num_queries
):
    for number in range(12):
        tip.thank(by=person(f"p{number}"), how="Well.")
        other = tell(by=person(f"t{number}"), service=services.respiratory, title=f"Tip {number}")
        in_force(Codification.propose(by=registrar, insight=other, guidance=asthma, why="So."), curator)
        asthma.refresh_from_db()
    draft = Codification.propose(by=registrar, insight=other, guidance=asthma, why="Again.").take_up(by=curator)
    Codification.propose(by=registrar, insight=tip, guidance=asthma, why="So.").decline(by=curator, why="Not yet.")
    if page != "propose/":
        Codification.propose(by=registrar, insight=tip, guidance=asthma, why="So.")
    known = {"guidance": asthma.get_absolute_url(), "draft": f"{asthma.get_absolute_url()}draft/{draft.pk}/"}
    client = signed_in(tip.holders.get() if page == "hand-on/" else curator)
    address = known.get(page, f"{tip.get_absolute_url()}{page.removeprefix('page')}")
    client.get(address)
    with django_assert_max_num_queries(11):
        assert client.get(address).status_code == 200


# In a browser


@pytest.mark.browser
def test_an_insight_is_proposed_taken_up_and_credited(
    page, sign_in, tip, registrar, curator, nurse, asthma, accessible
):
    sign_in(registrar)
    page.goto(tip.get_absolute_url())
    page.get_by_role("link", name="Propose it as guidance").click()
    accessible(page)
    page.get_by_label("Why?").fill("It calms them.")
    page.get_by_role("button", name="Propose it").click()
    expect(page.get_by_text("Waiting for Curator.")).to_be_visible()
    accessible(page)
    sign_in(curator)
    page.goto("/")
    page.get_by_role("link", name=tip.title, exact=True).click()
    accessible(page)
    page.get_by_role("link", name="Leave it an insight").click()
    accessible(page)
    page.go_back()
    page.get_by_role("button", name="Take it up in a draft").click()
    expect(page.get_by_text("told by Nurse")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Go on writing").click()
    expect(page.get_by_role("heading", name="Suggest a change")).to_be_visible()
    change = Change.objects.get()
    propose(change, by=curator, why="Told by the ward.")
    approve(change, decider(change.trust))
    sign_in(nurse)
    page.goto(asthma.get_absolute_url())
    page.get_by_role("link", name=f"“{tip.title}”").click()
    expect(page.get_by_role("link", name="Acute asthma in adults, edition 2")).to_be_visible()
    accessible(page)


@pytest.mark.browser
def test_a_nurse_hands_hers_on(page, sign_in, tip, nurse, registrar, accessible):
    sign_in(nurse)
    page.goto(tip.get_absolute_url())
    page.get_by_role("link", name="Hand it on").click()
    page.get_by_label("Who takes it on?").fill("reg")
    page.get_by_role("button", name="Find").click()
    accessible(page)
    page.get_by_label("They do, together with me").check()
    page.get_by_role("button", name="Hand it on").click()
    expect(page.get_by_text("Registrar holds it now, and is told.")).to_be_visible()
