"""Communities of practice: beginning, joining, being let in, handing on, ending; who belongs and who is here."""

from __future__ import annotations

import datetime
import threading

import pytest
from django.db import connection

from knowledge.models import Community, Conflict, Conversation, Insight, Member, Session, Topic
from nhs_learning.people.models import Notice
from nhs_learning.record import clock
from nhs_learning.record.models import Event, SearchEntry


@pytest.fixture
def circle(registrar) -> Community:
    """The registrar's, open to all, about sepsis."""
    topic = Topic.objects.create(name="Sepsis", slug="sepsis")
    return Community.begin(by=registrar, name="Sepsis champions", purpose="To see it sooner.", topics=[topic])


@pytest.fixture
def closed_circle(registrar) -> Community:
    """One that is joined by asking."""
    return Community.begin(by=registrar, name="On call", purpose="To call sooner.", joining="request")


def told(person) -> list[str]:
    return [notice.words for notice in Notice.objects.filter(to=person)]


def test_whoever_begins_one_facilitates_it_and_belongs_to_it(circle, registrar):
    assert circle.facilitator == registrar
    assert circle.people() == [registrar]
    assert circle.get_absolute_url() == "/communities/sepsis-champions/"
    assert SearchEntry.objects.get(kind="community", subject_id=circle.pk).topics == ["Sepsis"]


def test_one_called_new_does_not_stand_where_new_ones_begin(registrar):
    assert Community.begin(by=registrar, name="New", purpose="For beginners.").slug == "new-2"


def test_anybody_joins_an_open_one_once(circle, nurse):
    circle.join(by=nurse)
    circle.join(by=nurse)
    assert circle.has_member(nurse)
    assert Event.objects.about(circle).filter(verb="joined_community").count() == 1


def test_who_asks_to_join_waits_until_the_facilitator_lets_them_in(closed_circle, nurse, registrar):
    closed_circle.join(by=nurse, why="I am on nights.")
    assert not closed_circle.has_member(nurse)
    assert [one.why for one in closed_circle.waiting()] == ["I am on nights."]
    assert told(registrar) == ["Nurse asks to join On call"]
    closed_circle.admit(by=registrar, person=nurse)
    assert closed_circle.has_member(nurse)
    assert told(nurse) == ["You are now a member of On call"]


def test_two_who_let_somebody_in_at_once_do_it_once(closed_circle, nurse, registrar):
    closed_circle.join(by=nurse)
    closed_circle.admit(by=registrar, person=nurse)
    with pytest.raises(Conflict, match="not waiting"):
        Community.objects.get(pk=closed_circle.pk).admit(by=registrar, person=nurse)


def test_who_left_can_come_back(circle, nurse):
    circle.join(by=nurse)
    circle.part_with(by=nurse, person=nurse)
    assert not circle.has_member(nurse)
    circle.join(by=nurse)
    assert circle.has_member(nurse)


def test_the_facilitator_hands_it_on_before_they_leave(circle, registrar, nurse):
    with pytest.raises(Conflict, match="hand it on"):
        circle.part_with(by=registrar, person=registrar)
    circle.hand_on(by=registrar, to=nurse)
    assert circle.has_member(nurse)
    circle.part_with(by=registrar, person=registrar)
    assert circle.people() == [nurse]
    assert told(nurse) == ["You now facilitate Sepsis champions"]


def test_it_is_not_handed_on_to_somebody_of_another_trust(circle, registrar, stranger):
    with pytest.raises(Conflict, match="is not here"):
        circle.hand_on(by=registrar, to=stranger)


def test_who_has_left_or_moved_to_another_trust_is_not_among_its_people(circle, nurse, lead, southgate):
    circle.join(by=nurse)
    circle.join(by=lead)
    nurse.move_to(southgate, by=None)
    lead.leave(by=None)
    now = Community.objects.get(pk=circle.pk)
    assert now.people() == [circle.facilitator]
    assert not now.has_member(nurse)
    assert not Community.objects.of(nurse).exists()


def test_what_a_community_is_asked_is_not_told_to_who_moved_to_another_trust(circle, nurse, lead, registrar, southgate):
    circle.join(by=nurse)
    nurse.move_to(southgate, by=None)
    Conversation.ask(by=lead, community=Community.objects.get(pk=circle.pk), question="Who looks at night?")
    assert told(registrar) == ["Lead asks Sepsis champions: Who looks at night?"]
    assert told(nurse) == []


def test_one_whose_facilitator_has_left_says_so(circle, registrar):
    registrar.leave(by=None)
    assert Community.objects.get(pk=circle.pk).is_without_facilitator


def test_it_ends_once_and_nobody_joins_any_more(circle, registrar, nurse, lead):
    circle.join(by=nurse)
    circle.end(by=registrar)
    with pytest.raises(Conflict, match="ended already"):
        circle.end(by=registrar)
    with pytest.raises(Conflict, match="has ended"):
        circle.join(by=lead)
    assert told(nurse) == ["Sepsis champions has ended"]
    assert SearchEntry.objects.get(kind="community", subject_id=circle.pk).gone


def test_it_does_not_end_while_people_expect_to_meet(circle, registrar):
    soon = clock.today() + datetime.timedelta(days=3)
    session = Session.plan(by=registrar, community=circle, kind="fishbowl", on=soon)
    with pytest.raises(Conflict, match="sessions to come"):
        circle.end(by=registrar)
    session.cancel(by=registrar, why="Nobody can.")
    circle.end(by=registrar)


@pytest.mark.django_db(transaction=True)
def test_two_that_begin_with_one_name_at_once_have_addresses_of_their_own(registrar, nurse):
    begun = []

    def begin(person) -> None:
        try:
            begun.append(Community.begin(by=person, name="Falls", purpose="Fewer.").slug)
        finally:
            connection.close()

    both = [threading.Thread(target=begin, args=[person]) for person in (registrar, nurse)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(begun) == ["falls", "falls-2"]


# Its pages


def test_the_list_shows_ones_own_first_and_who_belongs(circle, closed_circle, nurse, signed_in):
    circle.join(by=nurse)
    html = signed_in(nurse).get("/communities/").content.decode()
    assert (
        html.index("Yours") < html.index("Sepsis champions") < html.index("Others in the trust") < html.index("On call")
    )
    assert "2 members" in html
    assert "Begin a community" not in html  # a reader joins; a contributor begins


def test_an_empty_list_says_what_will_be_there(registrar, signed_in):
    html = signed_in(registrar).get("/communities/").content.decode()
    assert "No community has begun yet" in html
    assert "Begin a community" in html


def test_a_registrar_begins_one_by_the_form(registrar, signed_in):
    client, topic = signed_in(registrar), Topic.objects.create(name="Falls", slug="falls")
    typed = {
        "name": "On your feet",
        "purpose": "Fewer falls.",
        "joining": "request",
        "topics_words": "fal",
    }
    assert client.post("/communities/new/", typed, follow=True).status_code == 200
    begun = Community.objects.get()
    assert (begun.name, begun.joining, list(begun.topics.all())) == ("On your feet", "request", [topic])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Give it a name"),
        ({"purpose": " "}, "Say what it is for"),
        ({"name": "x" * 101}, "at most 100"),
        ({"purpose": "x" * 100_000}, "at most 2000"),
        ({"purpose": "Mrs A, 943 476 5919"}, "This looks as if it holds an NHS number"),
        ({"joining": "magic"}, "magic"),
        ({"topics_words": "unheard of"}, "No topic is called “unheard of”"),
        ({"name": "sepsis CHAMPIONS"}, "There is a community of that name already"),
    ],
)
def test_what_is_amiss_is_said_beside_it_and_nothing_begins(typed, said, circle, registrar, signed_in):
    whole = {"name": "On your feet", "purpose": "Fewer falls.", "joining": "open", **typed}
    answer = signed_in(registrar).post("/communities/new/", whole)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Community.objects.count() == 1


def test_two_who_change_it_at_once_are_told_and_lose_nothing(circle, registrar, signed_in):
    client = signed_in(registrar)
    shown = client.get(f"{circle.get_absolute_url()}change/").content.decode()
    seen = shown.split('name="seen" value="')[1].split('"')[0]
    circle.describe(by=registrar, purpose="To treat it sooner.")
    typed = {"name": circle.name, "purpose": "My words.", "joining": "open", "seen": seen}
    answer = client.post(f"{circle.get_absolute_url()}change/", typed)
    assert answer.status_code == 409
    assert "My words." in answer.content.decode()
    circle.refresh_from_db()
    assert circle.purpose == "To treat it sooner."


def test_the_facilitator_lets_somebody_in_by_the_page(closed_circle, nurse, registrar, signed_in):
    nurses, address = signed_in(nurse), closed_circle.get_absolute_url()
    assert "Ask to join" in nurses.get(address).content.decode()
    nurses.post(f"{address}join/", {"why": "I am on nights."})
    facilitator = signed_in(registrar)
    assert "I am on nights." in facilitator.get(address).content.decode()
    assert "I am on nights." not in nurses.get(address).content.decode()
    facilitator.post(f"{address}admit/", {"person": nurse.pk, "do": "admit"})
    assert Member.objects.get(user=nurse).state == "member"
    assert nurses.post(f"{address}admit/", {"person": registrar.pk, "do": "remove"}).status_code == 403


def test_a_number_in_the_word_why_holds_it(closed_circle, nurse, signed_in):
    answer = signed_in(nurse).post(f"{closed_circle.get_absolute_url()}join/", {"why": "Mr B, 943 476 5919"})
    assert answer.status_code == 422
    assert not Member.objects.filter(user=nurse).exists()


def test_an_administrator_finds_a_facilitator_for_one_that_has_none(circle, registrar, administrator, lead, signed_in):
    client, address = signed_in(administrator), f"{circle.get_absolute_url()}hand-on/"
    assert client.get(address).status_code == 403
    registrar.leave(by=None)
    assert client.post(address, {"to": lead.pk, "to_words": ""}).status_code == 302
    circle.refresh_from_db()
    assert circle.facilitator == lead


def test_its_page_shows_what_members_know_before_what_others_do(circle, nurse, lead, services, signed_in):
    circle.join(by=nurse)
    said = {"situation": "Nights.", "practice": "We look.", "why": "It shows.", "topics": circle.topics.all()}
    for person, title in ((nurse, "From within"), (lead, "From without")):
        Insight.begin(by=person, service=services.respiratory, title=title, **said).share(by=person)
    html = signed_in(lead).get(circle.get_absolute_url()).content.decode()
    assert html.index("From within") < html.index("From without")
    assert "of this community" in html


def many(registrar, person, circle) -> None:
    """A community with much of everything, among many others."""
    for number in range(30):
        member = person(f"member{number}")
        circle.join(by=member)
        Community.begin(by=registrar, name=f"Community {number}", purpose="x" * 300)
    for number in range(12):
        day = clock.today() + datetime.timedelta(days=number - 6)
        session = Session.plan(by=registrar, community=circle, kind="fishbowl", on=day, title=f"Talk {number}")
        if day < clock.today():
            session.hold(by=registrar, came=circle.people())
            session.bring_out(by=registrar, kind="insight", text="We look.")


def test_pages_of_communities_ask_the_database_little(
    circle, registrar, person, asthma, signed_in, django_assert_max_num_queries
):
    many(registrar, person, circle)
    asthma.topics.add(circle.topics.get())
    client = signed_in(registrar)
    for address in ("/communities/", circle.get_absolute_url(), "/communities/new/"):
        with django_assert_max_num_queries(11):
            assert client.get(address).status_code == 200
    html = client.get(circle.get_absolute_url()).content.decode()
    assert "11 more members" in html


@pytest.mark.browser
def test_a_nurse_joins_and_leaves_in_a_browser(page, sign_in, accessible, circle, nurse, person, registrar):
    from playwright.sync_api import expect

    many(registrar, person, circle)
    sign_in(nurse)
    page.goto("/communities/")
    accessible(page)
    page.get_by_role("link", name="Sepsis champions").click()
    accessible(page)
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_text("Welcome: you are a member")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Leave this community").click()
    expect(page.get_by_text("You are no longer a member")).to_be_visible()


@pytest.mark.browser
def test_a_registrar_looks_after_one_in_a_browser(page, sign_in, accessible, closed_circle, nurse, registrar):
    from playwright.sync_api import expect

    closed_circle.join(by=nurse, why="I am on nights.")
    sign_in(registrar)
    for way in ("change/", "hand-on/", "end/", "sessions/new/", "sessions/new/?method=fishbowl"):
        page.goto(closed_circle.get_absolute_url() + way)
        accessible(page)
    page.goto(closed_circle.get_absolute_url())
    accessible(page)
    page.get_by_role("button", name="Let in Nurse").click()
    expect(page.get_by_text("Nurse is a member now.")).to_be_visible()
