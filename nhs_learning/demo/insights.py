"""What people at a demonstration trust have told each other."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from knowledge.models import Guidance, Insight
from nhs_learning.demo import content
from nhs_learning.people.models import Service, Trust, User

Life = Iterator[datetime.date]


class InsightLives:
    """Those of one trust."""

    def __init__(self, trust: Trust, today: datetime.date):
        self.trust, self.today = trust, today
        self.people = {user.email.split("@")[0]: user for user in User.objects.of(trust)}
        self.services = {service.slug: service for service in Service.objects.of(trust)}

    def all(self) -> Iterator[tuple[str, Life]]:
        for row in content.insights(today=self.today, trust=self.trust.ods_code):
            yield f"{self.trust.name}: {row['title']}", self.insight(row)

    def insight(self, row: dict[str, Any]) -> Life:
        """Told on one day; thanked for on others."""
        yield row["on"]
        teller = self.people[row["by"]]
        said = {name: row[name] for name in ("kind", "title", "situation", "practice", "why", "when_not", "relation")}
        about = Guidance.objects.get(trust=self.trust, slug=row["about"])
        insight = Insight.begin(by=teller, service=self.services[row["service"]], guidance=about, **said)
        insight.share(by=teller)
        for thanks in row["thanks"]:
            yield thanks["on"]
            insight.thank(by=self.people[thanks["by"]], how=thanks["how"])
