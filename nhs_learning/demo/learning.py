"""The years of learning at a trust: its reviews, with what they found, changed and agreed, and changes that somebody
suggested."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from knowledge.models import Guidance, Topic
from nhs_learning.demo import content
from nhs_learning.demo.editing import edit
from nhs_learning.people.models import Service, Trust, User
from reviews.models import Action, Change, Finding, Review
from routines.models import Pattern, Routine

Life = Iterator[datetime.date]
#: What a decision is called in the content, by its verdict.
VERDICTS = ("approve", "send_back", "decline")


class LearningLives:
    """Those of one trust. ``reviews`` are those begun so far, by the key that other content knows them by."""

    def __init__(self, trust: Trust, today: datetime.date):
        self.trust, self.today = trust, today
        self.people = {user.email.split("@")[0]: user for user in User.objects.of(trust)}
        self.services = {service.slug: service for service in Service.objects.of(trust)}
        self.reviews: dict[str, Review] = {}
        self.findings: dict[str, list[Finding]] = {}

    def all(self) -> Iterator[tuple[str, Life]]:
        for row in content.reviews(today=self.today, trust=self.trust.ods_code):
            yield f"{self.trust.name}: {row['title']}", self.review(row)
            for about in row.get("changes", []):
                yield f"{self.trust.name}: a change to {about['to']}", self.change({"review": row["key"], **about})
            for about in row.get("actions", []):
                yield f"{self.trust.name}: an action", self.action(about, row)
        for row in content.changes(today=self.today, trust=self.trust.ods_code):
            yield f"{self.trust.name}: a change to {row['to']}", self.change(row)

    # Reviews

    def review(self, row: dict[str, Any]) -> Life:
        """Opened; held on one day; closed, if it is."""
        yield row["opened"]
        facilitator = self.people[row.get("facilitator", "facilitator")]
        about = self._subject(row["about"]) if "about" in row else None
        method = Routine.objects.of(self.trust).get(slug=row["method"]).current
        assert method
        review = self.reviews[row["key"]] = Review.begin(
            by=self.people[row["by"]] if "by" in row else facilitator,
            method=method,
            title=row["title"],
            trigger=row["trigger"],
            theme=Topic.objects.get(name=row["theme"]) if "theme" in row else None,
            guidance=about if isinstance(about, Guidance) else None,
            routine=about if isinstance(about, Routine) else None,
            pattern=self._pattern(row) if "pattern" in row else None,
            service=self.services[row["service"]] if "service" in row else None,
            outside_reference=row.get("reference", ""),
            facilitator=facilitator,
            participants=[self.people[name] for name in row["participants"]],
            confidentiality=row.get("confidentiality", "trust"),
        )
        yield row.get("met", row["opened"])
        self._meet(review, row)
        if "closed" in row:
            yield row["closed"]
            review.close(by=facilitator, learning=row["learning"], share_with=row["share_with"])

    def _pattern(self, row: dict[str, Any]) -> Pattern:
        """What was noticed in how its subject is used, and which this review looks into."""
        return Pattern.objects.noticed().get(trust=self.trust, routine__slug=row["about"], reason=row["pattern"])

    def _meet(self, review: Review, row: dict[str, Any]) -> None:
        """Those in it answer the prompts in turn; an empty answer is still to be given."""
        assert review.facilitator
        there = [review.facilitator, *(self.people[name] for name in row["participants"])]
        steps = list(review.method.steps.all())
        answers = row.get("answers", [])
        if len(answers) > len(steps):
            raise ValueError(f"{row['key']} answers more than its method asks.")
        for number, (step, text) in enumerate(zip(steps, answers, strict=False)):
            if text:
                review.answer(by=there[number % len(there)], step=step, text=text)
        found = row.get("findings", [])
        self.findings[row["key"]] = [
            review.find(by=review.facilitator, what=what, factor=factor) for factor, what in found
        ]

    def action(self, about: dict[str, Any], row: dict[str, Any]) -> Life:
        """Agreed on; perhaps handed over; done or dropped, if it is."""
        yield about.get("on") or row.get("met", row["opened"])
        review = self.reviews[row["key"]]
        owner = self.people[about["owner"]]
        assert review.facilitator
        action = Action.agree(
            by=review.facilitator,
            review=review,
            what=about["what"],
            owner=owner,
            due=about["due"],
            measure=about["measure"],
            finding=self._finding(row["key"], about),
        )
        for verb in ("done", "dropped"):
            if verb in about:
                yield about[verb]
                action.end(by=owner, done=verb == "done", outcome=about["outcome"])

    def _finding(self, key: str, about: dict[str, Any]) -> Finding | None:
        return self.findings[key][about["of"] - 1] if "of" in about else None

    # Changes

    def change(self, row: dict[str, Any]) -> Life:
        """Begun from a draft with its edits, in a review or by itself; sent, if it says what it is; then whatever is
        done with it."""
        yield row["on"]
        by = self.people[row["by"]]
        draft = self._subject(row["to"]).start_draft(by=by)
        edit(draft, row["edit"], by=by)
        if key := row.get("review"):
            change = Change.begin(by=by, edition=draft, review=self.reviews[key], finding=self._finding(key, row))
        else:
            change = Change.suggest(by=by, edition=draft, trigger=row.get("trigger", "suggestion"))
        if "what" in row:
            self._send(change, row, by=by)
        for deed in row.get("then", []):
            yield deed["on"]
            change.refresh_from_db()
            self._do(change, deed, row)

    def _send(self, change: Change, row: dict[str, Any], *, by: User) -> None:
        significance = row.get("significance", "practice")
        suggested = change.suggestion(significance=significance).loop
        change.propose(
            by=by,
            what=row["what"],
            why=row["why"],
            significance=significance,
            loop=row.get("loop", suggested),
            loop_reason=row.get("loop_reason", ""),
            governing=_governing(row),
            publish_on=row.get("from"),
        )

    def _do(self, change: Change, deed: dict[str, Any], row: dict[str, Any]) -> None:
        """One deed: its verb, and who does it; what else it says goes with it."""
        verb, who = next((verb, who) for verb, who in deed.items() if verb in (*VERDICTS, *_DEEDS))
        by = self.people[who]
        if verb in VERDICTS:
            wording = row.get("significance") == "wording"
            change.decide(
                by=by,
                verdict=verb,
                reading=deed.get("reading", change.loop),
                fingerprint=change.fingerprint,
                note=deed.get("note", ""),
                meaning_unchanged=deed.get("meaning_unchanged", True) if wording else None,
                committee=deed.get("committee"),
            )
        elif verb == "send":
            edit(change.edition, deed.get("edit", []), by=by)
            self._send(change, {**row, **deed}, by=by)
        else:
            _DEEDS[verb](change, by, deed)

    def _subject(self, slug: str) -> Guidance | Routine:
        """The guidance or the routine of this trust that has this slug."""
        found: Guidance | Routine | None = Guidance.objects.of(self.trust).filter(slug=slug).first()
        return found or Routine.objects.of(self.trust).get(Q(slug=slug))


def _governing(row: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["variable"], one["was"], one["becomes"]) for one in row.get("governing", [])]


_DEEDS: dict[str, Any] = {
    "send": None,
    "claim": lambda change, by, deed: change.take(by=by),
    "take_back": lambda change, by, deed: change.take_back(by=by),
    "withdraw": lambda change, by, deed: change.withdraw(by=by, why=deed["why"]),
    "publish": lambda change, by, deed: change.publish(by=by),
    "check": lambda change, by, deed: change.look_back(by=by, outcome=deed["outcome"], evidence=deed["evidence"]),
    "settle": lambda change, by, deed: change.settle(
        by=by, loop=deed["loop"], why=deed["why"], governing=_governing(deed)
    ),
}
