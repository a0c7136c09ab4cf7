"""The pages of questions: whom to ask, what comes next for each, and nothing typed is lost."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from playwright.sync_api import expect

from knowledge.models import Community, Conversation, Guidance, Insight, Profile, Topic
from nhs_learning.people.models import User
from nhs_learning.record import clock
from nhs_learning.record.models import Event

ANSWER = "Always in a first attack."


@pytest.fixture
def topic(curator, asthma) -> Topic:
    """What asthma is filed under."""
    topic = Topic.enter(by=curator, name="Asthma")
    asthma.describe(by=curator, topics=[topic])
    return topic


@pytest.fixture
def champions(curator, lead, topic) -> Community:
    community = Community.begin(by=curator, name="Asthma champions", purpose="Better inhaling.", topics=[topic])
    community.join(by=lead)
    return community


@pytest.fixture
def asked(nurse, registrar, asthma) -> Conversation:
    return Conversation.ask(by=nurse, to=registrar, question="When a spacer?", guidance=asthma)


def to(thing: User | Community) -> str:
    return f"{'community' if isinstance(thing, Community) else 'person'}-{thing.pk}"


def question(thing: User | Community, **changed: str) -> dict[str, str]:
    return {"to": to(thing), "to_words": "", "question": "When a spacer?", "detail": "", **changed}


def does(client: Client, conversation: Conversation, deed: str, **sent: object) -> str:
    response = client.post(conversation.get_absolute_url(), {"do": deed, **sent}, follow=True)
    return response.content.decode()


def fresh(conversation: Conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


# Asking


def test_a_nurse_asks_about_a_recommendation_whoever_is_named_for_it(nurse, asthma, topic, registrar, signed_in):
    Profile.write(of=registrar, seen=0, expertise={topic: "leading"})
    statement = asthma.statements.get(key="s2")
    client = signed_in(nurse)
    address = f"/ask/?statement={statement.pk}"
    page = client.get(address).content.decode()
    assert "Consider magnesium sulphate." in page
    assert "Leads on Asthma" in page
    page = client.post(address, question(registrar), follow=True).content.decode()
    assert "Asked. Registrar will be told." in page
    asked = Conversation.objects.get()
    assert (asked.guidance, asked.statement, asked.answerer, asked.opened) == (asthma, statement, registrar, False)
    assert list(asked.topics.all()) == [topic]


def test_a_community_of_its_topic_is_offered_and_asked(nurse, asthma, champions, topic, signed_in):
    client = signed_in(nurse)
    assert "Asthma champions (all its members)" in client.get(f"/ask/?guidance={asthma.pk}").content.decode()
    page = client.post(f"/ask/?guidance={asthma.pk}", question(champions), follow=True).content.decode()
    assert "Asked. The members of Asthma champions will be told." in page
    assert Conversation.objects.get().community == champions


def test_somebody_else_is_found_by_part_of_the_name_without_javascript(nurse, person, signed_in):
    for name in ("anna bell", "anna carr", "ben carr"):
        person(name)
    client = signed_in(nurse)
    page = client.post("/ask/", question(nurse, to="", to_words="anna", find="find", detail="I tried two.")).content
    assert b"Anna bell" in page
    assert b"Ben carr" not in page
    assert b"I tried two." in page
    client.post("/ask/", question(nurse, to="", to_words="ben"))
    assert Conversation.objects.get().answerer.name == "Ben carr"


def test_whoever_the_address_names_is_chosen_and_nonsense_is_let_be(nurse, registrar, stranger, champions, signed_in):
    client = signed_in(nurse)
    assert f'value="{to(registrar)}" checked' in client.get(f"/ask/?to={registrar.pk}").content.decode()
    assert f'value="{to(champions)}" checked' in client.get(f"/ask/?community={champions.slug}").content.decode()
    for nonsense in (
        f"to={stranger.pk}",
        "to=x",
        f"to={nurse.pk}",
        "guidance=999",
        "topic=-1",
        "statement=9" + "9" * 30,
    ):
        assert "checked" not in client.get(f"/ask/?{nonsense}").content.decode(), nonsense


def test_private_guidance_is_not_named_to_those_who_may_not_see_it(nurse, curator, services, signed_in):
    draft = Guidance.begin(by=curator, service=services.surgery, kind="policy", title="Secret rota", audience="private")
    draft.edit(by=curator, summary="Who is on.")
    draft.adopt(by=curator)
    assert "Secret rota" not in signed_in(nurse).get(f"/ask/?guidance={draft.guidance.pk}").content.decode()
    asked = Conversation.ask(by=curator, to=nurse, question="Who is on?", guidance=draft.guidance)
    assert "Secret rota" in signed_in(curator).get(asked.get_absolute_url()).content.decode()
    assert "Secret rota" not in signed_in(nurse).get(asked.get_absolute_url()).content.decode()


def test_nobody_asks_by_a_changed_address_who_is_away_takes_no_questions_or_is_elsewhere(
    nurse, registrar, lead, stranger, asthma, signed_in
):
    until = clock.today()
    registrar.be_away(by=registrar, until=until)
    Profile.write(of=lead, seen=0, takes_questions=False)
    client = signed_in(nurse)
    assert "Registrar is away until" in client.get(f"/ask/?to={registrar.pk}").content.decode()
    for one, why in ((registrar, "You could ask Curator."), (lead, "takes no questions"), (stranger, "choose again")):
        page = client.post(f"/ask/?guidance={asthma.pk}", question(one, detail="I tried two."))
        assert page.status_code == 422, one
        assert "I tried two." in page.content.decode()
        assert why in page.content.decode()
    assert not Conversation.objects.exists()


def test_an_nhs_number_holds_the_question_the_answer_and_what_was_learned(nurse, registrar, asked, signed_in):
    number = "For 943 476 5919"
    page = signed_in(nurse).post("/ask/", question(registrar, detail=number))
    assert (page.status_code, Conversation.objects.count()) == (422, 1)
    assert "This looks as if it holds an NHS number" in page.content.decode()
    page = does(signed_in(registrar), asked, "answer", text=number)
    assert "This looks as if it holds an NHS number" in page
    assert number in page
    assert not asked.messages.exists()
    mark = page.split('name="not_an_nhs_number" type="checkbox" value="')[1].split('"')[0]
    does(signed_in(registrar), asked, "answer", text=number, not_an_nhs_number=mark)
    assert asked.messages.count() == 1
    assert Event.objects.get(verb="said_not_an_nhs_number").what == {"fields": ["Your answer"]}
    fresh(asked).close(by=nurse)
    assert "This looks as if it holds an NHS number" in does(signed_in(nurse), asked, "learn", lesson=number)


# One of them


def test_from_question_to_insight(nurse, registrar, asked, services, signed_in):
    hers, his = signed_in(nurse), signed_in(registrar)
    assert "Registrar has until" in hers.get(asked.get_absolute_url()).content.decode()
    assert "Thank you. Nurse is told." in does(his, asked, "take")
    assert "Registrar will answer it." in hers.get(asked.get_absolute_url()).content.decode()
    assert ANSWER in does(his, asked, "answer", text=ANSWER)
    assert "In children, too?" in does(hers, asked, "say", text="In children, too?")
    assert "What did you learn?" in does(hers, asked, "close")
    assert "To ask sooner." in does(hers, asked, "learn", lesson="To ask sooner.")
    page = does(hers, asked, "make_insight", service=services.respiratory.pk)
    assert "You both hold it." in page
    assert ANSWER in page
    assert Insight.objects.get().get_absolute_url() in his.get(asked.get_absolute_url()).content.decode()


def test_nobody_but_the_two_gets_at_it(asked, lead, curator, administrator, stranger, signed_in):
    for other in (lead, curator, administrator, stranger):
        client = signed_in(other)
        assert client.get(asked.get_absolute_url()).status_code == 404
        assert client.post(asked.get_absolute_url(), {"do": "say", "text": "Hm."}).status_code == 404
        assert "When a spacer?" not in client.get("/conversations/").content.decode()


def test_each_does_only_what_is_theirs(asked, nurse, registrar, signed_in):
    for user, deeds in (
        (registrar, ("take_back", "ask_next", "close")),
        (nurse, ("answer", "take", "pass_on", "close")),
    ):
        for deed in deeds:
            response = signed_in(user).post(asked.get_absolute_url(), {"do": deed, "text": "So."})
            assert response.status_code == 403, (user, deed)
    assert signed_in(nurse).post(asked.get_absolute_url(), {"do": "burn"}).status_code == 404


def test_the_first_line_says_who_may_read_it(nurse, registrar, champions, lead, signed_in):
    about = {"by": nurse, "question": "Spacer?"}
    private, opened = (Conversation.ask(to=registrar, opened=one, **about) for one in (False, True))
    theirs = Conversation.ask(community=champions, **about)
    page = signed_in(nurse).get(private.get_absolute_url()).content.decode()
    assert "Only you and Registrar can read this." in page
    assert "anyone of the trust" not in page
    page = signed_in(registrar).get(opened.get_absolute_url()).content.decode()
    assert "Only you and Nurse can read this. Once it is closed, anyone of the trust can." in page
    assert (
        "Only members of Asthma champions can read" in signed_in(lead).get(theirs.get_absolute_url()).content.decode()
    )
    opened.say(by=registrar, text="Yes.")
    opened.close(by=nurse)
    page = signed_in(lead).get(opened.get_absolute_url()).content.decode()
    assert "Anyone of the trust can read this, since it is closed." in page
    does(signed_in(registrar), opened, "keep")
    assert signed_in(lead).get(opened.get_absolute_url()).status_code == 404


def test_whoever_passes_it_on_says_why_and_sees_it_no_more(asked, nurse, registrar, lead, signed_in):
    client = signed_in(registrar)
    assert "Say in a few words why" in does(client, asked, "pass_on", to=to(lead))
    page = does(client, asked, "pass_on", to=to(lead), why="She runs the clinic.")
    assert "Thank you. Lead and Nurse are told." in page
    assert "When a spacer?" not in page
    page = signed_in(nurse).get(asked.get_absolute_url()).content.decode()
    assert "Registrar suggested Lead: “She runs the clinic.”" in page
    assert "was asked already" in does(signed_in(lead), asked, "pass_on", to=to(registrar), why="No, him.")


def test_what_was_typed_is_given_back_when_somebody_else_was_asked_meanwhile(asked, nurse, registrar, lead, signed_in):
    with clock.at(clock.today() + datetime.timedelta(days=20)):
        asked.ask_next(by=nurse, to=lead)
    page = does(signed_in(registrar), asked, "answer", text=ANSWER)
    assert "This question is with somebody else now" in page
    assert ANSWER in page
    assert not asked.messages.exists()


def test_what_was_typed_is_given_back_when_the_question_was_taken_back(asked, nurse, registrar, signed_in):
    asked.withdraw(by=nurse)
    page = does(signed_in(registrar), asked, "answer", text=ANSWER)
    assert "Nurse has taken it back" in page
    assert ANSWER in page


def test_a_second_member_is_told_who_was_quicker_and_loses_nothing(nurse, champions, lead, curator, signed_in):
    asked = Conversation.ask(by=nurse, community=champions, question="Spacer?")
    assert "I will answer this" in signed_in(curator).get(asked.get_absolute_url()).content.decode()
    asked.accept(by=lead)
    page = does(signed_in(curator), asked, "answer", text=ANSWER)
    assert "Somebody was quicker: Lead will answer it." in page
    assert ANSWER in page


def test_whoever_asked_is_offered_the_next_person_when_the_first_is_away(asked, nurse, registrar, curator, signed_in):
    client = signed_in(nurse)
    assert "Ask somebody else</h2>" not in client.get(asked.get_absolute_url()).content.decode()
    registrar.be_away(by=registrar, until=clock.today())
    page = client.get(asked.get_absolute_url()).content.decode()
    assert "Registrar is away until" in page
    assert "Owns this" in page
    assert "Asked. Curator will be told." in does(client, asked, "ask_next", to=to(curator))


# Lists


def test_the_lists_say_what_waits_for_whom(asked, nurse, registrar, lead, champions, signed_in):
    Conversation.ask(by=nurse, community=champions, question="For champions?")
    page = signed_in(registrar).get("/conversations/").content.decode()
    assert "When a spacer?" in page.split("You asked</h2>")[0]
    assert "Nurse asks" in page
    page = signed_in(lead).get("/conversations/").content.decode()
    assert "For champions?" in page.split("Of your communities</h2>")[1]
    asked.say(by=registrar, text=ANSWER)
    page = signed_in(nurse).get("/conversations/").content.decode()
    assert "Read the answer of Registrar, then close it" in page
    assert "Registrar has answered you" in signed_in(nurse).get("/").content.decode()


def test_the_home_page_names_three_that_wait(nurse, registrar, signed_in):
    client = signed_in(registrar)
    assert "Questions for you" not in client.get("/").content.decode()
    for number in range(4):
        Conversation.ask(by=nurse, to=registrar, question=f"Question {number}?")
    page = client.get("/").content.decode().split("Questions for you</h2>")[1].split("</section>")[0]
    assert [f"Question {number}?" in page for number in range(4)] == [True, True, True, False]
    assert "All your questions" in page


def test_long_lists_come_page_by_page(nurse, registrar, signed_in):
    for number in range(30):
        Conversation.ask(by=nurse, to=registrar, question=f"Question {number:02}?")
    client = signed_in(nurse)
    assert "?list=asked" in client.get("/conversations/").content.decode()
    page = client.get("/conversations/?list=asked&page=2").content.decode()
    assert "Question 00?" in page
    assert "Question 29?" not in page
    assert "Page 1 of 2" in page


# What pages cost


@pytest.fixture
def much(nurse, registrar, lead, curator, champions, asthma, topic, person, services) -> Conversation:
    """A late question about much, with 200 things said, among many others."""
    insight = Insight.begin(
        by=nurse, service=services.respiratory, title="Spacers", situation="A", practice="B", why="C"
    )
    insight.share(by=nurse)
    about = {"guidance": asthma, "statement": asthma.statements.first(), "insight": insight, "topics": [topic]}
    for number in range(12):
        user = person(f"colleague{number}", role="reader", service=services.respiratory)
        Profile.write(of=user, seen=0, expertise={topic: "leading"})
        asked = Conversation.ask(by=nurse, to=registrar, question=f"Q{number}?", opened=True, **about)
        asked.say(by=registrar, text="Yes.")
        if number % 2:
            asked.close(by=nurse)
        Conversation.ask(by=registrar, to=nurse, question=f"R{number}?")
        Conversation.ask(by=registrar, community=champions, question=f"S{number}?", **about)
    with clock.at(clock.today() - datetime.timedelta(days=30)):
        late = Conversation.ask(by=nurse, to=registrar, question="Late?", **about)
        late.pass_on(by=registrar, to=lead, why="She knows.")
    for number in range(200):
        late.say(by=nurse, text=f"More {number}.")
    return late


@pytest.mark.parametrize("who", ["nurse", "registrar", "lead"])
def test_no_page_asks_the_database_more_than_eleven_times(
    who, request, much, asthma, registrar, champions, signed_in, django_assert_max_num_queries
):
    reader = request.getfixturevalue(who)
    client = signed_in(reader)
    client.get("/account/")
    mine = Conversation.objects.visible_to(reader)
    states = [mine.filter(state=state, community=None).last() for state in Conversation.State.values]
    pages = [one.get_absolute_url() for one in (*states, mine.filter(community=champions).first()) if one]
    if reader in (much.asker, much.answerer):
        pages.append(much.get_absolute_url())
    lists = [f"/conversations/{query}" for query in ("", "?list=asked", "?list=lately")]
    asking = [f"/ask/?to={much.answerer_id}&guidance={asthma.pk}", f"/ask/?statement={much.statement_id}", "/ask/"]
    for address in (*pages, *lists, *asking, f"/ask/?insight={much.insight_id}&community={champions.slug}"):
        with django_assert_max_num_queries(11):
            assert client.get(address).status_code == 200, address


# In a browser


@pytest.mark.browser
def test_a_nurse_asks_learns_and_tells_it_together_with_whom_she_asked(
    page, sign_in, nurse, registrar, asthma, topic, accessible
):
    Profile.write(of=registrar, seen=0, expertise={topic: "leading"})
    sign_in(nurse)
    page.goto(f"/ask/?guidance={asthma.pk}")
    accessible(page)
    page.get_by_label("Registrar").check()
    page.get_by_label("Your question").fill("When a spacer?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("When a spacer?")
    accessible(page)
    address = page.url
    sign_in(registrar)
    page.goto("/")
    page.get_by_role("link", name="When a spacer?", exact=True).click()
    page.get_by_text("Suggest somebody else").click()
    expect(page.get_by_label("Why them?")).to_be_visible()
    accessible(page)
    page.get_by_label("Your answer").fill(ANSWER)
    page.get_by_role("button", name="Send your answer").click()
    expect(page.get_by_text("Thank you. Nurse is told.")).to_be_visible()
    accessible(page)
    sign_in(nurse)
    page.goto("/conversations/")
    accessible(page)
    page.goto(address)
    page.get_by_role("button", name="That answers it: close").click()
    for user in (nurse, registrar):
        sign_in(user)
        page.goto(address)
        accessible(page)
        page.get_by_label("What did you learn?").fill(f"Something, says {user}.")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text(f"Something, says {user}.").first).to_be_visible()
    page.get_by_role("button", name="Make an insight of it together").click()
    page.get_by_label("When does it matter?").fill("A first attack.")
    page.get_by_label("Why does it work?").fill("It slows them.")
    page.get_by_role("button", name="Share it").click()
    expect(page.get_by_text("Shared. Thank you.")).to_be_visible()
    told_by = page.get_by_role("region", name="Told by")
    for user in (nurse, registrar):
        expect(told_by.get_by_text(user.name, exact=True)).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", name="An insight came of it")).to_be_visible()
    accessible(page)
