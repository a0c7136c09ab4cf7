"""What people at a demonstration trust say of themselves, and what they have asked each other."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

from knowledge.models import Community, Conversation, Expertise, Guidance, Profile, Topic
from nhs_learning.demo import content
from nhs_learning.demo.insights import InsightLives, Life


class AskingLives:
    """Those of one trust; what becomes an insight is left to ``insights``."""

    def __init__(self, insights: InsightLives):
        self.insights, self.trust, self.today = insights, insights.trust, insights.today
        self.people = insights.people

    def all(self) -> Iterator[tuple[str, Life]]:
        code = self.trust.ods_code
        for row in content.of_people("profiles", today=self.today, trust=code):
            yield f"{self.trust.name}: {self.people[row['who']].name}", self.profile(row)
        for row in content.of_people("conversations", today=self.today, trust=code):
            yield f"{self.trust.name}: {row['question']}", self.conversation(row)

    def profile(self, row: dict[str, Any]) -> Life:
        """Written on one day, vouched for and confirmed on others; perhaps away now, or about to leave."""
        person = self.people[row["who"]]
        yield row["on"]
        profile = Profile.write(
            of=person,
            seen=0,
            expertise={Topic.objects.get(name=name): standing for name, standing in row["topics"].items()},
            about=row["about"],
            reach=row["reach"],
            pattern=row["pattern"],
            takes_questions=row["questions"],
        )
        deeds: list[tuple[datetime.date, Callable[[], object]]] = [
            (one["on"], lambda one=one: self._vouch(row, one)) for one in row.get("vouched", [])
        ]
        deeds.append((row["confirmed"], lambda: profile.confirm(by=person)))
        if "away_until" in row:
            day = self.today - datetime.timedelta(days=2)
            deeds.append((day, lambda: person.be_away(by=person, until=row["away_until"])))
        if "leaving_on" in row:
            day = self.today - datetime.timedelta(days=9)
            deeds.append((day, lambda: person.say_leaving(by=person, on=row["leaving_on"])))
        yield from _in_order(deeds)

    def _vouch(self, row: dict[str, Any], one: dict[str, Any]) -> None:
        expertise = Expertise.objects.get(user=self.people[row["who"]], topic__name=one["topic"])
        expertise.vouch(by=self.people[one["by"]])

    def conversation(self, row: dict[str, Any]) -> Life:
        """Asked, taken or passed on, answered, closed, and what the two learned."""
        yield row["on"]
        asked = self._ask(row)
        deeds: list[tuple[datetime.date, Callable[[], object]]] = []
        if "passed_on" in row:
            on = row["passed_on"]
            people = {"by": self.people[on["by"]], "to": self.people[on["to"]]}
            deeds.append((on["on"], lambda: asked.pass_on(why=on["why"], **people)))
        if "accepted" in row:
            deeds.append((row["accepted"], lambda: asked.accept(by=self._answerer(row))))
        for one in row.get("said", []):
            deeds.append((one["on"], lambda one=one: asked.say(by=self.people[one["by"]], text=one["text"])))
        if "closed" in row:
            deeds.append((row["closed"], lambda: self._close(asked, row)))
        yield from _in_order(deeds)

    def _ask(self, row: dict[str, Any]) -> Conversation:
        by, about = self.people[row["by"]], {}
        if "about" in row:
            about["guidance"] = Guidance.objects.get(trust=self.trust, slug=row["about"])
        if "community" in row:
            about["community"] = Community.objects.get(trust=self.trust, slug=row["community"])
        return Conversation.ask(
            by=by,
            to=self.people[row["to"]] if "to" in row else None,
            question=row["question"],
            detail=row["detail"],
            topics=Topic.objects.filter(name__in=row["topics"]),
            opened=row["open"],
            **about,
        )

    def _answerer(self, row: dict[str, Any]) -> Any:
        passed = row.get("passed_on", {}).get("to")
        return self.people[row.get("accepted_by") or passed or row["to"]]

    def _close(self, asked: Conversation, row: dict[str, Any]) -> None:
        asked.close(by=self.people[row["by"]])
        for one in row.get("learned", []):
            asked.learn(by=self.people[one["by"]], text=one["text"])
        if "insight" in row:
            self.insights.from_conversations[row["insight"]] = asked


def _in_order(deeds: list[tuple[datetime.date, Callable[[], object]]]) -> Life:
    """Each on its day; on one day in the order in which they are given."""
    for day, deed in sorted(deeds, key=lambda deed: deed[0]):
        yield day
        deed()
