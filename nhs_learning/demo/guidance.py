"""The life of each piece of guidance: its first edition, later ones by decided changes, what was said of it since."""

from __future__ import annotations

import datetime
import mimetypes
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from knowledge.models import Assessment, Codification, Guidance, Revision, Statement, Topic
from nhs_learning.demo import content
from nhs_learning.people.models import Service, Trust, User
from reviews.models import Change

if TYPE_CHECKING:
    from nhs_learning.demo.learning import LearningLives

#: How long before a later edition came into force it was sent for a decision.
DECIDED_IN = datetime.timedelta(days=8)
#: On which day, by which method, what its row in the content says.
Deed = tuple[datetime.date, Callable[[Guidance, dict[str, Any], content.Piece], object], dict[str, Any]]


class GuidanceLives:
    """Those of one trust, as far as they are not there yet."""

    def __init__(self, trust: Trust, today: datetime.date, learning: LearningLives):
        self.trust, self.today, self.learning = trust, today, learning
        self.people = {user.email.split("@")[0]: user for user in User.objects.of(trust)}
        self.services = {service.slug: service for service in Service.objects.of(trust)}
        self.codified = content.of_people("codifications", today=today, trust=trust.ods_code)

    def all(self) -> Iterator[tuple[str, Iterator[datetime.date]]]:
        for piece in content.pieces(today=self.today):
            theirs = piece.about.get("trust", "ZNB") == self.trust.ods_code
            if theirs and not Guidance.objects.of(self.trust).filter(slug=piece.slug).exists():
                yield f"{self.trust.name}: {piece.slug}", self.life(piece)

    def life(self, piece: content.Piece) -> Iterator[datetime.date]:
        """From its first edition to today. What happens on one day happens in this order."""
        about = piece.about
        first = piece.editions[0] if piece.editions else piece.draft or {}
        yield first.get("published", self.today - datetime.timedelta(days=12))
        guidance = self._first(piece, first)
        deeds: list[Deed] = []
        deeds += [(edition["published"] - DECIDED_IN, self._propose, edition) for edition in piece.editions[1:]]
        deeds += [(edition["published"], self._decide, edition) for edition in piece.editions[1:]]
        deeds += [(row["on"], self._confirm, row) for row in about.get("confirmations", [])]
        deeds += [(row["on"], self._assess, row) for row in about.get("assessments", [])]
        if piece.draft and piece.editions:
            deeds.append((self.today - datetime.timedelta(days=6), self._draft, piece.draft))
        if "withdrawn" in about:
            deeds.append((about["withdrawn"]["on"], self._withdraw, about["withdrawn"]))
        for day, deed, row in sorted(deeds, key=lambda deed: deed[0]):
            yield day
            guidance.refresh_from_db()
            deed(guidance, row, piece)

    def _first(self, piece: content.Piece, first: dict[str, Any]) -> Guidance:
        about = piece.about
        national = about.get("national", {})
        draft = Guidance.begin(
            by=self.people[about["owner"]],
            service=self.services[about["service"]],
            kind=about["kind"],
            title=first["title"],
            slug=piece.slug,
            deputy=self.people.get(about.get("deputy", "")),
            audience=about["audience"],
            review_interval=about.get("review_interval"),
            national_code=national.get("code", ""),
            national_title=national.get("title", ""),
            national_date=national.get("published"),
        )
        guidance = draft.guidance
        guidance.topics.set(Topic.objects.filter(name__in=about["topics"]))
        guidance.applies_to.set(self.services[slug] for slug in about.get("applies_to", []))
        _write(draft, first, piece)
        if piece.editions:
            draft.adopt(by=self.people[first["by"]])
        return draft.guidance

    def _draft(self, guidance: Guidance, edition: dict[str, Any], piece: content.Piece) -> Revision:
        draft = guidance.start_draft(by=guidance.owner)
        _write(draft, edition, piece)
        return draft

    def _propose(self, guidance: Guidance, edition: dict[str, Any], piece: content.Piece) -> None:
        """In the review that led to it, or else in a desk review."""
        draft = self._draft(guidance, edition, piece)
        self._take_up(draft)
        review = self.learning.reviews.get(edition.get("review", ""))
        if review:
            change = Change.begin(by=guidance.owner, edition=draft, review=review)
        else:
            change = Change.suggest(by=guidance.owner, edition=draft, trigger=edition.get("trigger", "suggestion"))
        change.propose(
            by=guidance.owner,
            what=edition["what"],
            why=edition["reason"],
            significance=edition["significance"],
            loop=edition["loop"],
            loop_reason=edition.get("loop_reason", ""),
            governing=[(row["variable"], row["was"], row["becomes"]) for row in edition.get("governing", [])],
        )

    def _take_up(self, draft: Revision) -> None:
        """What colleagues proposed that this edition say."""
        assert draft.based_on
        assert draft.based_on.number
        number = draft.based_on.number + 1
        grew = [
            row["insight"]
            for row in self.codified
            if (row.get("guidance"), row.get("edition")) == (draft.guidance.slug, number)
        ]
        for proposed in Codification.objects.waiting().filter(insight__trust=self.trust, insight__title__in=grew):
            proposed.take_up(by=draft.guidance.owner, draft=draft)

    def _decide(self, guidance: Guidance, edition: dict[str, Any], piece: content.Piece) -> None:
        """By whoever it names, last; where safety is at stake by the other approver before."""
        change = Change.objects.about(guidance).get(state=Change.State.PROPOSED)
        last = edition["by"]
        other = "approver" if last == "approver2" else "approver2"
        for name in [other, last] if change.needs == 2 else [last]:
            change.refresh_from_db()
            change.decide(
                by=self.people[name],
                verdict="approve",
                reading=edition["loop"],
                fingerprint=change.fingerprint,
                committee=_met(edition) if name == last else None,
            )

    def _confirm(self, guidance: Guidance, row: dict[str, Any], piece: content.Piece) -> None:
        guidance.confirm(by=self.people[row["by"]], why=row["why"], next_due=row["next_due"])

    def _assess(self, guidance: Guidance, row: dict[str, Any], piece: content.Piece) -> None:
        """Against the wording in force on the day."""
        assert guidance.current
        Assessment.make(
            by=self.people[row["by"]],
            service=self.services[row["service"]],
            wording=guidance.current.wordings.get(statement__key=row["standard"]),
            standing=row["standing"],
            evidence=row["evidence"],
            action=row.get("action", ""),
            due=row.get("due"),
        )

    def _withdraw(self, guidance: Guidance, row: dict[str, Any], piece: content.Piece) -> None:
        replacement = Guidance.objects.of(self.trust).filter(slug=row.get("replaced_by", "")).first()
        guidance.withdraw(by=self.people[row["by"]], why=row["why"], replaced_by=replacement)


def _met(edition: dict[str, Any]) -> dict[str, Any] | None:
    """The committee that decided, where the edition knows its minute."""
    if "minute" not in edition:
        return None
    return {"committee": edition["committee"], "met_on": edition["published"], "minute": edition["minute"]}


def _write(draft: Revision, edition: dict[str, Any], piece: content.Piece) -> None:
    """Make a draft say what its file says."""
    texts = ("title", "aim", "scope", "summary", "body", "significance", "version_label", "committee")
    written: dict[str, Any] = {name: str(edition[name]) for name in texts if name in edition}
    written |= {name: edition.get(name) for name in ("last_reviewed", "review_due")}
    draft.edit(by=draft.created_by, **written)
    draft.milestones.all().delete()
    draft.wordings.all().delete()
    known: dict[str, Statement] = {statement.key: statement for statement in draft.guidance.statements.all()}
    for row in edition.get("statements", []):
        key = row["key"]
        known[key] = known.get(key) or draft.guidance.new_statement(key)
        draft.say(
            statement=known[key],
            number=str(row["number"]),
            text=row["text"],
            strength=row.get("strength", ""),
            certainty=row.get("certainty", ""),
            update_label=row.get("label", ""),
        )
    for row in edition.get("milestones", []):
        draft.expect(
            statement=known[row["standard"]],
            what=row["what"],
            by_when=row.get("by_when"),
            measure=row.get("measure", ""),
        )
    for path in piece.files:
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        draft.attach(name=path.name, content=path.read_bytes(), content_type=kind)
