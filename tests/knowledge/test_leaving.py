"""Leaving well: what would be lost with somebody, who may see it, and handing it on in time."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from knowledge.leaving import what_is_held
from knowledge.models import Community, Conflict, Conversation, Guidance, Insight, Profile, Session, Topic
from nhs_learning.people.models import Notice
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from reviews import methods
from reviews.models import Action, Review

TOLD = {
    "title": "Ask for the spacer first",
    "situation": "A frightened adult.",
    "practice": "We count.",
    "why": "Calm.",
}


@pytest.fixture
def inhalers(db) -> Topic:
    return Topic.objects.create(name="Inhalers", slug="inhalers")


@pytest.fixture
def sepsis(db) -> Topic:
    return Topic.objects.create(name="Sepsis", slug="sepsis")


@pytest.fixture
def midwife(person, services):
    return person("midwife", role="reader", service=services.surgery)


@pytest.fixture
def spirometry(nurse, curator, services) -> Guidance:
    """The nurse owns it, in respiratory."""
    draft = Guidance.begin(by=curator, owner=nurse, service=services.respiratory, kind="guideline", title="Spirometry")
    draft.adopt(by=curator)
    return draft.guidance


@pytest.fixture
def tip(nurse, services, inhalers) -> Insight:
    insight = Insight.begin(by=nurse, service=services.respiratory, topics=[inhalers], **TOLD)
    insight.share(by=nurse)
    return insight


@pytest.fixture
def club(nurse) -> Community:
    return Community.begin(by=nurse, name="Breathing club", purpose="We practise.")


@pytest.fixture
def much(nurse, registrar, inhalers, sepsis, spirometry, tip, club, asthma, curator) -> None:
    """Of everything something: the nurse alone knows about inhalers, and with the registrar about sepsis."""
    Profile.write(of=nurse, seen=0, expertise={inhalers: "leading", sepsis: "practising"})
    Profile.write(of=registrar, seen=0, expertise={sepsis: "leading", inhalers: "learning"})
    asthma.describe(by=curator, deputy=nurse)
    asked = Conversation.ask(by=registrar, to=nurse, question="Which spacer?", topics=[inhalers])
    asked.say(by=nurse, text="The orange one.")
    Conversation.ask(by=registrar, to=nurse, question="How often?")
    Session.plan(by=nurse, community=club, kind="peer_assist", on=clock.today(), title="Wheeze")


def page_of(user, signed_in, reader, **data) -> str:
    client = signed_in(reader)
    address = f"/people/{user.pk}/leaving/"
    response = client.post(address, data, follow=True) if data else client.get(address)
    assert response.status_code in (200, 409, 422), response.status_code
    return " ".join(response.content.decode().split())


def test_what_nobody_else_knows_is_said_first(nurse, lead, much, signed_in):
    page = page_of(nurse, signed_in, lead)
    assert (
        "1 topic that nobody else knows, 1 insight that nobody else holds, 1 piece of guidance without an owner" in page
    )
    assert "1 community without a facilitator, 1 question not answered" in page
    lost, shared = page.index("Inhalers</span> <strong"), page.index("Sepsis</span> <span")
    assert lost < shared
    assert "also Registrar" in page[shared:]


def test_it_shows_all_that_she_owns_holds_and_is_asked_about(nurse, lead, much, signed_in):
    page = page_of(nurse, signed_in, lead)
    for words in ("Spirometry", "Acute asthma in adults", "Ask for the spacer first", "Breathing club", "Wheeze"):
        assert words in page, words
    assert "1 question waits for an answer" in page
    assert "Answered in the last twelve months: 1, about Inhalers (1)" in page


def test_what_is_asked_and_what_she_has_not_shared_stay_her_own(nurse, lead, much, services, signed_in):
    Insight.begin(by=nurse, service=services.respiratory, title="Not for others yet")
    page = page_of(nurse, signed_in, lead)
    assert "Which spacer?" not in page
    assert "How often?" not in page
    assert "Not for others yet" not in page
    assert "Only Nurse sees it" in page


def test_what_the_lead_may_not_open_is_counted_and_not_named(nurse, lead, curator, services, signed_in):
    about = {"owner": nurse, "service": services.surgery, "kind": "policy", "audience": "private"}
    Guidance.begin(by=curator, title="Theatre minutes", **about).adopt(by=curator)
    page = page_of(nurse, signed_in, lead)
    assert "Theatre minutes" not in page
    assert "1 that you can’t open" in page


def test_it_is_for_herself_her_leads_and_administrators(nurse, lead, administrator, midwife, stranger, signed_in):
    for reader, status in ((nurse, 200), (lead, 200), (administrator, 200), (midwife, 403), (stranger, 404)):
        assert signed_in(reader).get(f"/people/{nurse.pk}/leaving/").status_code == status, reader


def test_whoever_is_named_as_lead_finds_the_page_to_which_the_notice_leads(nurse, midwife, services, signed_in):
    services.medicine.rearrange(by=midwife, lead=midwife)
    nurse.say_leaving(by=nurse, on=clock.today())
    notice = Notice.objects.get(to=midwife)
    assert signed_in(midwife).get(notice.url).status_code == 200


def test_the_lead_says_when_she_leaves_and_that_she_stays_after_all(nurse, lead, signed_in):
    day = clock.today() + datetime.timedelta(days=14)
    assert "Leaves on" in page_of(nurse, signed_in, lead, do="date", on=day.isoformat())
    nurse.refresh_from_db()
    assert nurse.leaving_on == day
    assert "Nurse stays" in page_of(nurse, signed_in, lead, do="stays")
    nurse.refresh_from_db()
    assert nurse.leaving_on is None


def test_a_day_that_is_past_or_none_is_asked_for_again(nurse, lead, signed_in):
    assert "That day is past" in page_of(nurse, signed_in, lead, do="date", on="2020-01-31")
    assert "Give the last day" in page_of(nurse, signed_in, lead, do="date", on="")
    nurse.refresh_from_db()
    assert nurse.leaving_on is None


def test_the_lead_hands_several_things_to_one_colleague_who_is_told(
    nurse, lead, registrar, much, spirometry, asthma, signed_in
):
    things = [f"guidance-{spirometry.pk}", f"deputy-{asthma.pk}"]
    page = page_of(nurse, signed_in, lead, do="hand_on", things=things, named="registrar")
    assert "2 things are handed on to Registrar" in page
    spirometry.refresh_from_db()
    asthma.refresh_from_db()
    assert (spirometry.owner, asthma.deputy) == (registrar, registrar)
    told = set(Notice.objects.filter(to=registrar).values_list("words", flat=True))
    assert {"You now own Spirometry", "You now are deputy for Acute asthma in adults"} <= told
    assert Event.objects.about(spirometry)[0].verb == "described"


def test_she_hands_her_community_on_herself_and_nobody_does_it_for_her(nurse, lead, registrar, club, signed_in):
    things = [f"community-{club.pk}"]
    assert "not theirs any more" in page_of(nurse, signed_in, lead, do="hand_on", things=things, named="registrar")
    page_of(nurse, signed_in, nurse, do="hand_on", things=things, named="registrar")
    club.refresh_from_db()
    assert club.facilitator == registrar


def test_the_new_owner_is_not_their_own_deputy(nurse, lead, registrar, curator, spirometry):
    spirometry.describe(by=curator, deputy=registrar)
    what_is_held(nurse, seen_by=lead).hand_on([f"guidance-{spirometry.pk}"], by=lead, to=registrar)
    spirometry.refresh_from_db()
    assert (spirometry.owner, spirometry.deputy) == (registrar, None)


def test_what_was_handed_on_meanwhile_is_said_and_nothing_else_moves(nurse, lead, registrar, curator, much, spirometry):
    held = what_is_held(nurse, seen_by=lead)
    spirometry.describe(by=curator, owner=curator)
    with pytest.raises(Conflict, match="handed on already"):
        held.hand_on([one.key for one in held.kind("deputy", "guidance")], by=lead, to=registrar)
    assert not Guidance.objects.filter(deputy=registrar).exists()


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"named": "registrar"}, "Tick above what you hand on"),
        ({"things": "spirometry"}, "Choose who takes it over"),
        ({"things": "spirometry", "named": "zebra"}, "Nobody here is called “zebra”"),
        ({"things": "spirometry", "named": "r"}, "Several are called that"),
        ({"things": "guidance-999999", "named": "registrar"}, "not theirs any more"),
    ],
)
def test_what_is_missing_is_said_beside_it(sent, told, nurse, lead, registrar, curator, spirometry, signed_in):
    if sent.get("things") == "spirometry":
        sent = {**sent, "things": f"guidance-{spirometry.pk}"}
    assert told in page_of(nurse, signed_in, lead, do="hand_on", **sent)
    spirometry.refresh_from_db()
    assert spirometry.owner == nurse


def test_a_lead_of_elsewhere_hands_nothing_on(nurse, person, services, spirometry, signed_in):
    nurse.join(services.surgery, role="reader", by=None)
    surgeon = person("surgeon", role="service_lead", service=services.surgery)
    things = [f"guidance-{spirometry.pk}"]
    assert "not theirs any more" in page_of(nurse, signed_in, surgeon, do="hand_on", things=things, named="surgeon")


def test_when_all_is_handed_on_the_page_says_so(nurse, lead, registrar, spirometry, sepsis, signed_in):
    for one in (nurse, registrar):
        Profile.write(of=one, seen=0, expertise={sepsis: "practising"})
    assert "What would be lost" in page_of(nurse, signed_in, lead)
    things = [f"guidance-{spirometry.pk}"]
    assert "Everything is handed on" in page_of(nurse, signed_in, lead, do="hand_on", things=things, named="registrar")


def test_of_somebody_who_holds_nothing_it_says_that(midwife, administrator, signed_in):
    assert "Midwife holds nothing here" in page_of(midwife, signed_in, administrator)


def test_a_planned_harvest_stands_where_the_button_was(nurse, lead, services, spirometry, signed_in):
    assert f"/sessions/new/?harvest_of={nurse.pk}" in page_of(nurse, signed_in, lead)
    about = {"kind": "knowledge_harvest", "on": clock.today(), "title": "What Nurse knows", "harvest_of": nurse}
    Session.plan(by=lead, service=services.respiratory, **about)
    page = page_of(nurse, signed_in, lead)
    assert "What Nurse knows" in page
    assert "harvest_of" not in page


def test_reviews_and_actions_stand_beside_named_to_those_who_see_them(
    facilitator, nurse, lead, services, northbridge, signed_in
):
    methods.equip(northbridge)
    about = {"method": methods.in_force(northbridge)[0], "trigger": "incident", "facilitator": facilitator}
    open_ = Review.begin(by=facilitator, title="Late oxygen", service=services.respiratory, **about)
    Action.agree(by=facilitator, review=open_, what="Teach", owner=nurse, due=clock.today(), measure="All came.")
    hidden = {**about, "confidentiality": "participants"}
    secret = Review.begin(by=facilitator, title="Secret", service=services.respiratory, **hidden)
    Action.agree(by=facilitator, review=secret, what="Quiet", owner=nurse, due=clock.today(), measure="All came.")
    page = page_of(nurse, signed_in, lead)
    assert "Teach" in page
    assert "Quiet" not in page
    assert "1 more that you can’t open" in page
    assert "Quiet" in page_of(nurse, signed_in, nurse)


def test_her_lead_sees_at_home_and_in_a_list_that_she_leaves(nurse, lead, midwife, registrar, signed_in):
    nurse.say_leaving(by=nurse, on=clock.today() + datetime.timedelta(days=80))
    registrar.say_leaving(by=registrar, on=clock.today() + datetime.timedelta(days=100))
    for address in ("/", "/leaving/"):
        page = signed_in(lead).get(address).content.decode()
        assert f'href="/people/{nurse.pk}/leaving/"' in page
        assert f'href="/people/{registrar.pk}/leaving/"' not in page  # it is not soon
        assert '/leaving/">Nurse' not in signed_in(midwife).get(address).content.decode()


@pytest.fixture
def very_much(nurse, registrar, curator, services, much, inhalers) -> None:
    for number in range(15):
        title = f"Policy {number}"
        Guidance.begin(by=curator, owner=nurse, service=services.respiratory, kind="policy", title=title)
        insight = Insight.begin(by=nurse, service=services.respiratory, together_with=[registrar], **TOLD)
        insight.share(by=nurse)
        Community.begin(by=nurse, name=f"Club {number}", purpose="We meet.")
        asked = Conversation.ask(by=registrar, to=nurse, question=f"Why {number}?", topics=[inhalers])
        asked.say(by=nurse, text="So.")


@pytest.mark.parametrize("who", ["lead", "nurse", "administrator"])
def test_it_takes_at_most_eleven_queries(who, request, nurse, signed_in, very_much):
    client = signed_in(request.getfixturevalue(who))
    client.get("/account/")  # which notes when they were last seen
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/people/{nurse.pk}/leaving/")
    assert len(queries) <= 11, "\n".join(query["sql"][:150] for query in queries)


@pytest.mark.browser
def test_the_lead_hands_two_things_on(page, sign_in, accessible, nurse, lead, registrar, much, spirometry, asthma):
    nurse.say_leaving(by=nurse, on=clock.today() + datetime.timedelta(days=14))
    sign_in(lead)
    page.goto("/")
    page.get_by_role("link", name="see what they hold").click()
    expect(page.get_by_role("heading", name="When Nurse leaves")).to_be_visible()
    accessible(page)
    page.get_by_label("Spirometry").check()
    page.get_by_label("Acute asthma in adults").check()
    page.get_by_role("button", name="Hand on").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose who takes it over")
    expect(page.get_by_label("Spirometry")).to_be_checked()
    accessible(page)
    page.get_by_label("Or to somebody else").fill("regis")
    page.get_by_role("button", name="Hand on").click()
    expect(page.get_by_role("status")).to_contain_text("2 things are handed on to Registrar")
    expect(page.get_by_label("Spirometry")).to_have_count(0)
    accessible(page)
    page.goto("/leaving/")
    accessible(page)
