"""Insights: told by those who know, read beside the guidance, thanked for, and never anybody else's to change."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from knowledge import permissions
from knowledge.models import Conflict, Guidance, Insight, Thanks
from nhs_learning.people.models import Notice
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from tests.knowledge.telling import TOLD, sent, tell


@pytest.fixture
def tip(nurse, services, asthma) -> Insight:
    """The nurse's, shared with the trust, about asthma."""
    return tell(by=nurse, service=services.respiratory, guidance=asthma, relation="explains")


def test_an_insight_is_its_holders_alone_until_it_is_shared(nurse, registrar, services):
    insight = Insight.begin(by=nurse, service=services.respiratory, **TOLD)
    assert insight in Insight.objects.visible_to(nurse)
    assert insight not in Insight.objects.visible_to(registrar)
    insight.share(by=nurse)
    assert insight in Insight.objects.visible_to(registrar)
    assert [event.verb for event in Event.objects.about(insight)] == ["shared_insight", "began_insight"]


@pytest.mark.parametrize(
    ("audience", "readers"),
    [
        ("service", {"nurse", "registrar", "lead", "curator"}),  # whose role reaches down to it
        ("trust", {"nurse", "registrar", "lead", "curator", "midwife"}),
        ("network", {"nurse", "registrar", "lead", "curator", "midwife", "stranger"}),
    ],
)
def test_who_reads_it_follows_from_its_audience(
    audience, readers, nurse, registrar, lead, curator, stranger, person, services, signed_in
):
    midwife = person("midwife", role="reader", service=services.surgery)
    insight = Insight.begin(by=nurse, service=services.respiratory, audience=audience, **TOLD)
    insight.share(by=nurse)
    everybody = {"nurse": nurse, "registrar": registrar, "lead": lead, "curator": curator, "midwife": midwife}
    everybody["stranger"] = stranger
    for name, reader in everybody.items():
        client, reads = signed_in(reader), name in readers
        assert (client.get(insight.get_absolute_url()).status_code == 200) == reads, name
        assert ("Ask for the spacer first" in client.get("/insights/").content.decode()) == reads, name


def test_whoever_leaves_the_service_loses_what_only_its_members_see(nurse, registrar, services):
    insight = Insight.begin(by=nurse, service=services.respiratory, audience="service", **TOLD)
    insight.share(by=nurse)
    registrar.give_up(services.medicine, role="contributor", by=None)
    assert insight not in Insight.objects.visible_to(registrar)


def test_only_its_holder_writes_in_it_and_nobody_for_her(tip, nurse, curator, administrator, signed_in):
    for other in (curator, administrator):
        assert not permissions.may_write_insight(other, tip)
        assert signed_in(other).get(f"{tip.get_absolute_url()}write/").status_code == 403
        assert signed_in(other).post(f"{tip.get_absolute_url()}withdraw/", {"why": "No."}).status_code == 403
    assert permissions.may_write_insight(nurse, tip)


def test_nothing_is_shared_that_does_not_say_what_when_and_why(nurse, services, signed_in):
    insight = Insight.begin(by=nurse, service=services.respiratory, title="Spacers")
    with pytest.raises(Conflict, match="Say first"):
        insight.share(by=nurse)
    with pytest.raises(DatabaseError, match="a_shared_insight_says_what_when_and_why"), transaction.atomic():
        Insight.objects.filter(pk=insight.pk).update(state="shared", shared_at=clock.now(), shared_by=nurse)
    page = signed_in(nurse).post("/insights/new/", sent(services, why="", share="yes"))
    assert page.status_code == 422
    assert "Say why it works, as far as you know" in page.content.decode()
    assert "A frightened adult" in page.content.decode()


def test_the_owner_of_guidance_hears_of_what_contradicts_it(nurse, curator, asthma, services):
    about = {"guidance": asthma, "relation": "contradicts"}
    Insight.begin(by=nurse, service=services.respiratory, **about, **TOLD).share(by=nurse)
    notice = Notice.objects.get(to=curator)
    assert notice.words == "Nurse found otherwise than Acute asthma in adults: Ask for the spacer first"


def test_an_insight_about_guidance_says_how_it_relates(nurse, asthma, services):
    with pytest.raises(DatabaseError, match="says_how_it_relates"), transaction.atomic():
        Insight.begin(by=nurse, service=services.respiratory, guidance=asthma, **TOLD)


def test_a_colleague_says_once_how_it_helped_and_nobody_thanks_themselves(tip, nurse, registrar):
    tip.thank(by=registrar, how="The patient could speak again.")
    assert Notice.objects.get(to=nurse).words.startswith("Registrar was helped by “Ask for the spacer first”")
    with pytest.raises(Conflict, match="already"):
        tip.thank(by=registrar, how="Again.")
    with pytest.raises(Conflict, match="your own"):
        tip.thank(by=nurse, how="I am good.")
    with pytest.raises(DatabaseError, match="nobody thanks themselves"), transaction.atomic():
        Thanks.objects.create(insight=tip, by=nurse, at=clock.now(), how="I am good.")
    assert Thanks.objects.count() == 1


def test_what_is_withdrawn_is_seen_by_its_holder_alone(tip, nurse, registrar, asthma, signed_in):
    signed_in(nurse).post(f"{tip.get_absolute_url()}withdraw/", {"why": "We have new inhalers."})
    assert signed_in(registrar).get(tip.get_absolute_url()).status_code == 404
    assert "We have new inhalers." in signed_in(nurse).get(tip.get_absolute_url()).content.decode()
    assert "Ask for the spacer" not in signed_in(registrar).get(asthma.get_absolute_url()).content.decode()
    with pytest.raises(Conflict, match="it is withdrawn"):
        Insight.objects.get(pk=tip.pk).withdraw(by=nurse, why="Twice.")


def test_a_nurse_reads_beside_the_guideline_what_a_colleague_learned(
    tip, registrar, stranger, client, asthma, signed_in
):
    page = signed_in(registrar).get(asthma.get_absolute_url()).content.decode()
    assert "What colleagues have learned" in page
    assert "Ask for the spacer first" in page
    asthma.describe(by=asthma.owner, audience="public")
    for reader in (signed_in(stranger), client):
        assert "Ask for the spacer first" not in reader.get(asthma.get_absolute_url()).content.decode()


def test_what_is_about_private_guidance_does_not_name_it_to_others(nurse, registrar, curator, services, signed_in):
    draft = Guidance.begin(by=curator, service=services.surgery, kind="policy", title="Secret rota", audience="private")
    draft.edit(by=curator, summary="Who is on.")
    draft.adopt(by=curator)
    about = {"guidance": draft.guidance, "relation": "extends"}
    insight = Insight.begin(by=curator, service=services.surgery, **about, **TOLD)
    insight.share(by=curator)
    assert "Secret rota" in signed_in(curator).get(insight.get_absolute_url()).content.decode()
    assert "Secret rota" not in signed_in(registrar).get(insight.get_absolute_url()).content.decode()


def test_two_holders_who_write_at_once_are_told_and_lose_nothing(tip, nurse, signed_in, services):
    address = f"{tip.get_absolute_url()}write/"
    about = {"relation": "explains", "statement": ""}
    assert signed_in(nurse).post(address, sent(services, title="Spacer first", **about)).status_code == 302
    page = signed_in(nurse).post(address, sent(services, title="Mine", **about))
    assert page.status_code == 409
    assert 'value="Mine"' in page.content.decode()
    tip.refresh_from_db()
    assert tip.title == "Spacer first"


def test_what_is_typed_is_kept_as_it_is_typed(nurse, services, signed_in):
    client = signed_in(nurse)
    answer = client.post("/insights/new/", sent(services, why=""), headers={"X-Autosave": "1"}).json()
    insight = Insight.objects.get()
    assert answer["url"] == f"{insight.get_absolute_url()}write/"
    assert (insight.state, insight.title) == ("draft", TOLD["title"])
    again = client.post(answer["url"], sent(services, title="Spacers"), headers={"X-Autosave": "1"}).json()
    assert again["fields"] == {"seen": 1}
    assert Insight.objects.get().title == "Spacers"


def test_what_somebody_typed_is_never_saved_as_a_colleagues(nurse, registrar, services, signed_in):
    hers = sent(services, writer=nurse.pk)
    answer = signed_in(registrar).post("/insights/new/", hers, headers={"X-Autosave": "1"})
    assert answer.status_code == 409
    assert "you are signed in as Registrar" in answer.json()["message"]
    assert not Insight.objects.exists()


def test_an_nhs_number_holds_the_save(nurse, services, signed_in):
    page = signed_in(nurse).post("/insights/new/", sent(services, situation="Mrs A, 943 476 5919"))
    assert page.status_code == 422
    assert "This looks as if it holds an NHS number" in page.content.decode()
    assert not Insight.objects.exists()


@pytest.mark.parametrize("page", ["/insights/", "/insights/new/?guidance={}", "page", "write/"])
def test_pages_of_insights_ask_the_database_little(page, tip, nurse, asthma, signed_in, django_assert_max_num_queries):
    client = signed_in(nurse)
    client.get("/account/")
    known = {"page": tip.get_absolute_url(), "write/": f"{tip.get_absolute_url()}write/"}
    with django_assert_max_num_queries(11):
        assert client.get(known.get(page, page.format(asthma.pk))).status_code == 200


@pytest.mark.browser
def test_a_nurse_shares_what_she_knows_and_a_registrar_is_helped(
    page, sign_in, nurse, registrar, asthma, services, accessible
):
    sign_in(nurse)
    page.goto(asthma.get_absolute_url())
    page.get_by_role("link", name="Share what you know").click()
    accessible(page)
    for label, words in (
        ("What is it about?", TOLD["title"]),
        ("When does it matter?", TOLD["situation"]),
        ("What do you do?", TOLD["practice"]),
        ("Why does it work?", TOLD["why"]),
    ):
        page.get_by_label(label).fill(words)
    page.get_by_role("button", name="Share it").click()
    page.get_by_text("Shared. Thank you.").wait_for()
    accessible(page)
    sign_in(registrar)
    page.goto(asthma.get_absolute_url())
    page.get_by_role("link", name=TOLD["title"]).click()
    page.get_by_label("How did it help?").fill("He could speak again.")
    page.get_by_role("button", name="This helped me").click()
    page.get_by_text("Thank you: those who shared it are told.").wait_for()
    accessible(page)
    page.goto("/insights/")
    accessible(page)
