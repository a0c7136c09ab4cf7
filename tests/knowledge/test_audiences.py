"""One table of who sees what where: private, service and wider audiences hold alike in pages, lists, search, whom to
ask and what is taken away. A row of PLACES is one place; each is asked as every reader, about every thing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from knowledge.models import Community, Conversation, Guidance, Insight, Session, Topic
from knowledge.search import reader as index_reader
from knowledge.search.follower import Follower
from knowledge.whom import whom_to_ask
from nhs_learning.people.models import User
from nhs_learning.record import clock

MEMBERS = {"holder", "member", "lead", "curator", "admin"}  # of respiratory, or with a role that reaches down to it
NORTHBRIDGE = MEMBERS | {"elsewhere", "left_service"}
SIGNED_IN = NORTHBRIDGE | {"stranger", "moved"}
READERS = sorted(SIGNED_IN | {"anonymous", "leaver"})
#: Who may see each thing at all. All four of "member", "left_service", "moved" and "leaver" once were of respiratory.
AUDIENCES: dict[str, set[str]] = {
    "insight draft": {"holder"},
    "insight service": MEMBERS,
    "insight trust": NORTHBRIDGE,
    "insight network": SIGNED_IN,
    "insight withdrawn": {"holder"},
    "question private": {"holder", "lead"},
    "question community": {"holder", "lead", "member"},
    "question opened": NORTHBRIDGE,
    "session notes": {"holder", "lead", "member"},
    "guidance service": MEMBERS,
    "guidance private": {"holder", "lead"},
}
SHARED = {"insight service", "insight trust", "insight network"}
ANSWERED = {"question private", "question community", "question opened"}
GUIDANCE = {"guidance service", "guidance private"}


@dataclass(frozen=True)
class Place:
    """``text`` is what one reader reads there, asked about one of the things in ``of``; of these ``shows`` stand there,
    for those who may see them and are among ``to``."""

    text: Callable[[Any, str], str]
    shows: set[str]
    to: Callable[[str], set[str]] = lambda thing: set(READERS)
    of: frozenset[str] = frozenset(AUDIENCES)


class Reading:
    """One reader at the places."""

    def __init__(self, who: Any, world: Any):
        self.who, self.world, self.client = who, world, Client()
        self.read: dict[str, str] = {}
        if who is not None:
            self.client.force_login(who)

    def get(self, address: str) -> str:
        if address not in self.read:
            response = self.client.get(address)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            self.read[address] = re.sub(r"</?mark>", "", body.decode())
        return self.read[address]

    def page(self, thing: str) -> str:
        return self.get(self.world.things[thing].get_absolute_url())

    def whom(self, thing: str) -> str:
        if not isinstance(self.who, User) or not self.who.is_active:
            return ""
        return repr(whom_to_ask(self.who, guidance=self.world.asthma, most=99))

    def leaving(self, thing: str) -> str:
        return self.get(reverse("leaving", args=[self.world.holder.pk]))

    def person(self, thing: str) -> str:
        (teller,) = self.world.things[thing].holders.exclude(pk=self.world.holder.pk)
        return self.get(reverse("person", args=[teller.pk]))


def at(name: str, *args: Any) -> Callable[[Reading, str], str]:
    return lambda reading, thing: reading.get(reverse(name, args=args))


def _those_two(thing: str) -> set[str]:
    """A question that is not open is found by those who asked and were asked; others of its community go there."""
    return {"holder", "lead"} if thing in ("question private", "question community") else set(READERS)


def _ours(thing: str) -> set[str]:
    """Where each trust finds its own."""
    return NORTHBRIDGE


NOTES, TOLD = frozenset({"session notes"}), frozenset(thing for thing in AUDIENCES if thing.startswith("insight"))
PLACES: dict[str, Place] = {
    "its page": Place(Reading.page, set(AUDIENCES), of=frozenset(AUDIENCES) - NOTES),
    "its page, with notes": Place(Reading.page, set(NOTES), of=NOTES),
    "insights": Place(at("insights"), SHARED | {"insight draft"}),
    "insights as a spreadsheet": Place(at("insights_csv"), SHARED),
    "insights as a feed": Place(at("insights_feed"), SHARED),
    "search": Place(lambda reading, _: reading.get("/search/?q=wheezing"), SHARED | ANSWERED | GUIDANCE, _those_two),
    "beside the guidance": Place(lambda reading, _: reading.get(reading.world.asthma.get_absolute_url()), SHARED),
    "whom to ask": Place(Reading.whom, SHARED, _ours),
    "browse": Place(at("browse"), GUIDANCE, _ours),
    "questions": Place(at("conversations"), ANSWERED, _those_two),
    "the topic": Place(at("topic", "wheeze"), SHARED | GUIDANCE | {"question opened"}, _ours),
    "the teller": Place(Reading.person, SHARED, _ours, of=TOLD),
    "what the holder leaves": Place(Reading.leaving, SHARED | GUIDANCE, lambda thing: {"holder", "lead", "admin"}),
}


@pytest.fixture
def world(
    person, services, southgate, asthma, curator, administrator, lead, stranger, nurse, tmp_path, settings, monkeypatch
):
    """Everything of AUDIENCES, with the people who read; and the index as it then is."""

    class World:
        holder, topic = nurse, Topic.objects.create(name="Wheeze", slug="wheeze")
        things: dict[str, Any]
        readers: dict[str, Any]

    World.asthma = asthma  # type: ignore[attr-defined]
    asthma.describe(by=curator, audience="network", topics=[World.topic])
    World.readers = _readers(person, services, southgate) | {
        "holder": nurse,
        "lead": lead,
        "curator": curator,
        "admin": administrator,
        "stranger": stranger,
    }
    World.things = _insights(World, person, services) | _questions(World) | _guidance(World, curator, services)
    _settle(World, services, southgate)
    settings.SEARCH_DIR = tmp_path / "search"
    settings.SEARCH_DIR.mkdir()
    monkeypatch.setattr(index_reader, "LOOK_EVERY", 0)
    Follower(settings.SEARCH_DIR).catch_up()
    return World


def _readers(person, services, southgate) -> dict[str, Any]:
    there = {name: person(name, role="reader", service=services.respiratory) for name in
             ("member", "left_service", "moved", "leaver")}  # fmt: skip
    return {**there, "elsewhere": person("elsewhere", role="reader", service=services.surgery), "anonymous": None}


def _settle(world, services, southgate) -> None:
    """After all of it was told, some go."""
    gone = world.readers
    gone["left_service"].give_up(services.respiratory, role="reader", by=None)
    gone["left_service"].join(services.surgery, role="reader", by=None)
    gone["moved"].move_to(southgate, by=None)
    gone["leaver"].leave(by=None)
    for name in ("left_service", "moved", "leaver"):
        gone[name] = User.objects.get(pk=gone[name].pk)


def _insights(world, person, services) -> dict[str, Any]:
    """Each held by the holder together with a teller of its own, about asthma and wheeze."""
    made = {}
    for kind in ("draft", "service", "trust", "network", "withdrawn"):
        teller = person(f"teller.{kind}", role="reader", service=services.respiratory)
        said = {
            "title": f"Wheezing insight {kind}",
            "situation": "A wheezing child.",
            "practice": "Wait.",
            "why": "Calm.",
        }
        audience = kind if kind in ("service", "network") else "trust"
        about = {"guidance": world.asthma, "relation": "explains", "audience": audience, "topics": [world.topic]}
        insight = Insight.begin(by=teller, service=services.respiratory, together_with=[world.holder], **about, **said)
        if kind != "draft":
            insight.share(by=teller)
        if kind == "withdrawn":
            insight.withdraw(by=teller, why="No longer.")
        made[f"insight {kind}"] = insight
    return made


def _questions(world) -> dict[str, Any]:
    """Asked by the holder and answered by the lead: between the two, of their community, open to the trust."""
    holder, lead, member = (world.readers[name] for name in ("holder", "lead", "member"))
    club = Community.begin(by=lead, name="Breathing club", purpose="We practise.")
    club.join(by=holder)
    club.join(by=member)
    made: dict[str, Any] = {}
    for kind in ("private", "community", "opened"):
        to = {"community": club} if kind == "community" else {"to": lead}
        about = {"question": f"Wheezing question {kind}", "topics": [world.topic], "opened": kind == "opened"}
        asked = Conversation.ask(by=holder, **to, **about)
        if kind == "community":
            asked.accept(by=lead)
        asked.say(by=lead, text="Like this.")
        asked.close(by=holder)
        made[f"question {kind}"] = asked
    session = Session.plan(by=lead, community=club, kind="peer_assist", on=clock.today(), title="Peer assist")
    session.write(by=lead, seen=0, notes="Wheezing session notes")
    session.hold(by=lead, came=[lead, holder])
    return {**made, "session notes": session}


def _guidance(world, curator, services) -> dict[str, Any]:
    made = {}
    for audience in ("service", "private"):
        about = {"service": services.respiratory, "kind": "guideline", "audience": audience}
        draft = Guidance.begin(by=curator, owner=world.holder, title=f"Wheezing guidance {audience}", **about)
        draft.adopt(by=curator)
        draft.guidance.describe(by=curator, topics=[world.topic])
        made[f"guidance {audience}"] = draft.guidance
    return made


@pytest.mark.parametrize("name", PLACES)
def test_each_place_shows_each_thing_to_exactly_those_whom_it_is_for(name, world):
    place = PLACES[name]
    wrong = []
    for who in READERS:
        reading = Reading(world.readers[who], world)
        for thing in place.of:
            expected = thing in place.shows and who in AUDIENCES[thing] & place.to(thing)
            if (f"Wheezing {thing}" in place.text(reading, thing)) != expected:
                wrong.append(f"{who} {'does not see' if expected else 'sees'} the {thing}")
    assert not wrong
