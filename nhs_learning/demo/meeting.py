"""The communities of a demonstration trust, and the sessions at which they have met."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from knowledge.models import Community, Guidance, Session, Topic
from nhs_learning.demo import content
from nhs_learning.demo.insights import InsightLives, Life

#: How long before it is held a session is planned, where the content does not say.
PLANNED = datetime.timedelta(days=21)
#: How long before a coffee trial the pairs are drawn.
DRAWN = datetime.timedelta(days=7)


class MeetingLives:
    """Those of one trust; what becomes an insight is left to ``insights``."""

    def __init__(self, insights: InsightLives):
        self.insights, self.trust, self.today = insights, insights.trust, insights.today
        self.people = insights.people

    def all(self) -> Iterator[tuple[str, Life]]:
        for row in content.of_people("communities", today=self.today, trust=self.trust.ods_code):
            yield f"{self.trust.name}: {row['name']}", self.community(row)
            for number, about in enumerate(row["sessions"]):
                yield f"{self.trust.name}: {about['title']}", self.session(about, row["slug"], number)

    def community(self, row: dict[str, Any]) -> Life:
        """Begun, and joined by one after the other."""
        yield row["began"]
        facilitator = self.people[row["facilitator"]]
        community = Community.begin(
            by=facilitator,
            slug=row["slug"],
            name=row["name"],
            purpose=row["purpose"],
            joining=row["joining"],
            topics=Topic.objects.filter(name__in=row["topics"]),
        )
        for name, day in sorted(row["members"].items(), key=lambda member: member[1]):
            yield day
            member = community.join(by=self.people[name])
            if member.state == member.State.ASKED:
                community.admit(by=facilitator, person=self.people[name])

    def session(self, row: dict[str, Any], slug: str, number: int) -> Life:
        """Planned; for coffee, drawn; then held, with what was said and what came of it, or cancelled."""
        yield row.get("planned", row["on"] - PLANNED)
        community = Community.objects.get(trust=self.trust, slug=slug)
        session = Session.plan(
            by=self.people[row["facilitator"]],
            community=community,
            kind=row["kind"],
            on=row["on"],
            title=row["title"],
            purpose=row["purpose"],
            begins=datetime.time.fromisoformat(row["begins"]),
            minutes=row["minutes"],
            place=row["place"],
            guidance=Guidance.objects.get(trust=self.trust, slug=row["about"]) if "about" in row else None,
        )
        if "cancelled" in row:
            yield row["cancelled"]["on"]
            session.cancel(by=session.facilitator, why=row["cancelled"]["why"])
            return
        if row.get("draw") and row["on"] < self.today:
            yield row["on"] - DRAWN
            session.draw(by=session.facilitator, seed=number)
        if row["on"] < self.today:
            yield row["on"]
            self._hold(session, row)

    def _hold(self, session: Session, row: dict[str, Any]) -> None:
        session.hold(by=session.facilitator, came=[self.people[name] for name in row["came"]])
        session.write(by=session.facilitator, seen=session.saves, notes=row["notes"])
        for one in row.get("outputs", []):
            guidance = Guidance.objects.get(trust=self.trust, slug=one["guidance"]) if "guidance" in one else None
            output = session.bring_out(by=session.facilitator, kind=one["kind"], text=one["text"], guidance=guidance)
            if "insight" in one:
                self.insights.from_sessions[one["insight"]] = output
