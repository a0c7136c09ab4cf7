"""What people at a demonstration trust have told each other, and what of it is to become guidance."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from knowledge.models import Codification, Conversation, Guidance, Insight, Output, Topic
from nhs_learning.demo import content
from nhs_learning.people.models import Service, Trust, User

Life = Iterator[datetime.date]
_SAID = ("kind", "title", "situation", "practice", "why", "when_not")


class InsightLives:
    """Those of one trust. ``from_conversations`` and ``from_sessions`` are what insights came of, by their titles: who
    asks and who meets leaves it there."""

    def __init__(self, trust: Trust, today: datetime.date):
        self.trust, self.today = trust, today
        self.people = {user.email.split("@")[0]: user for user in User.objects.of(trust)}
        self.services = {service.slug: service for service in Service.objects.of(trust)}
        self.from_conversations: dict[str, Conversation] = {}
        self.from_sessions: dict[str, Output] = {}

    def all(self) -> Iterator[tuple[str, Life]]:
        code = self.trust.ods_code
        for row in content.of_people("insights", today=self.today, trust=code):
            yield f"{self.trust.name}: {row['title']}", self.insight(row)
        for row in content.of_people("codifications", today=self.today, trust=code):
            yield f"{self.trust.name}: {row['insight']}, as guidance", self.codification(row)

    def insight(self, row: dict[str, Any]) -> Life:
        """Told on one day; thanked for, and said to be true still, on others."""
        yield row["on"]
        insight = self._told(row)
        deeds = [(thanks["on"], thanks) for thanks in row["thanks"]]
        deeds += [(row["true_on"], {})] if "true_on" in row else []
        for day, thanks in sorted(deeds, key=lambda deed: deed[0]):
            yield day
            if thanks:
                insight.thank(by=self.people[thanks["by"]], how=thanks["how"])
            else:
                insight.say_still_true(by=self.people[row["by"]])

    def _told(self, row: dict[str, Any]) -> Insight:
        teller, about = self.people[row["by"]], {}
        if "about" in row:
            guidance = Guidance.objects.get(trust=self.trust, slug=row["about"])
            about = {"guidance": guidance, "relation": row["relation"]}
        insight = Insight.begin(
            by=teller,
            service=self.services[row["service"]],
            topics=Topic.objects.filter(name__in=row["topics"]),
            together_with=[self.people[row["with"]]] if "with" in row else [],
            conversation=self.from_conversations.get(row["title"]),
            audience=row.get("audience", "trust"),
            **{name: row[name] for name in _SAID},
            **about,
        )
        insight.share(by=teller)
        if row["title"] in self.from_sessions:
            self.from_sessions[row["title"]].became(insight=insight)
        return insight

    def codification(self, row: dict[str, Any]) -> Life:
        """Proposed; perhaps left as it is. It is taken up when the edition that it grew into is drafted."""
        yield row["proposed"]["on"]
        proposed = Codification.propose(
            by=self.people[row["proposed"]["by"]],
            insight=Insight.objects.get(trust=self.trust, title=row["insight"]),
            guidance=Guidance.objects.get(trust=self.trust, slug=row["guidance"]) if "guidance" in row else None,
            why=row["proposed"]["why"],
        )
        if "declined" in row:
            yield row["declined"]["on"]
            proposed.decline(by=self.people[row["declined"]["by"]], why=row["declined"]["why"])
