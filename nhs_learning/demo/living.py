"""Lives the demonstration trusts through: people arrive; guidance is adopted, changed, confirmed, assessed."""

from __future__ import annotations

import datetime
import mimetypes
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from knowledge.models import Assessment, Guidance, Revision, Statement, Topic
from nhs_learning.demo import content
from nhs_learning.people.models import Service, Trust, User
from nhs_learning.record import clock

PASSPHRASE = "demo-only-passphrase"
#: When the trusts took the software up.
BEGAN = datetime.timedelta(days=9 * 365)


def live() -> Iterator[str]:
    """Load whatever is not there yet, and say each thing that was loaded. A second time there is nothing to say."""
    with clock.at(clock.today() - BEGAN):
        for name in content.topics():
            Topic.objects.get_or_create(name=name)
        for about in content.trusts():
            yield from _open(about)
    pieces = list(content.pieces(today=clock.today()))
    for piece in pieces:
        trust = Trust.objects.get(ods_code=piece.about.get("trust", "ZNB"))
        if not Guidance.objects.of(trust).filter(slug=piece.slug).exists():
            _Life(trust, piece).live()
            yield f"{trust.name}: {piece.slug}"
    for piece in pieces:
        _withdraw(piece)


def _open(about: dict[str, Any]) -> Iterator[str]:
    trust, new = Trust.register(ods_code=about["ods_code"], name=about["name"])
    if new:
        yield trust.name
    services: dict[str, Service] = {service.slug: service for service in trust.services.all()}
    for row in about["services"]:
        if row["slug"] not in services:
            details = {key: row[key] for key in ("level", "nature") if key in row}
            services[row["slug"]] = Service.open(
                by=None,
                trust=trust,
                name=row["name"],
                slug=row["slug"],
                parent=services.get(row.get("parent")),
                **details,
            )
    people = {}
    for key, (name, job_title, profession, roles) in about["people"].items():
        email = f"{key}@{about['domain']}"
        people[key] = User.objects.filter(email=email).first() or User.objects.welcome(
            by=None,
            email=email,
            name=name,
            trust=trust,
            password=PASSPHRASE,
            job_title=job_title,
            profession=profession,
        )
        for service, role in roles.items():
            people[key].join(services[service] if service else None, role=role, by=None)
    for row in about["services"]:
        if "lead" in row:
            Service.objects.filter(trust=trust, slug=row["slug"], lead=None).update(lead=people[row["lead"]])


class _Life:
    """One piece of guidance, from its first edition to today."""

    def __init__(self, trust: Trust, piece: content.Piece):
        self.trust, self.piece, self.about = trust, piece, piece.about
        self.people = {user.email.split("@")[0]: user for user in User.objects.of(trust)}
        self.services = {service.slug: service for service in Service.objects.of(trust)}

    @transaction.atomic
    def live(self) -> None:
        guidance = self._first()
        for edition in self.piece.editions[1:]:
            with clock.at(edition["published"]):
                draft = guidance.start_draft(by=guidance.owner)
                self._write(draft, edition)
                draft.publish(by=self.people[edition["by"]], loop=edition["loop"], reason=edition["reason"])
                guidance = draft.guidance
        for row in self.about.get("confirmations", []):
            with clock.at(row["on"]):
                guidance.confirm(by=self.people[row["by"]], why=row["why"], next_due=row["next_due"])
        for row in self.about.get("assessments", []):
            self._assess(guidance, row)
        if self.piece.draft and self.piece.editions:
            with clock.at(clock.today() - datetime.timedelta(days=6)):
                self._write(guidance.start_draft(by=guidance.owner), self.piece.draft)

    def _first(self) -> Guidance:
        first = self.piece.editions[0] if self.piece.editions else self.piece.draft or {}
        national = self.about.get("national", {})
        with clock.at(first.get("published", clock.today() - datetime.timedelta(days=12))):
            draft = Guidance.begin(
                by=self.people[self.about["owner"]],
                service=self.services[self.about["service"]],
                kind=self.about["kind"],
                title=first["title"],
                slug=self.piece.slug,
                deputy=self.people.get(self.about.get("deputy", "")),
                audience=self.about["audience"],
                review_interval=self.about.get("review_interval"),
                national_code=national.get("code", ""),
                national_title=national.get("title", ""),
                national_date=national.get("published"),
            )
            guidance = draft.guidance
            guidance.topics.set(Topic.objects.filter(name__in=self.about["topics"]))
            guidance.applies_to.set(self.services[slug] for slug in self.about.get("applies_to", []))
            self._write(draft, first)
            if self.piece.editions:
                draft.adopt(by=self.people[first["by"]])
        return draft.guidance

    def _write(self, draft: Revision, edition: dict[str, Any]) -> None:
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
        for path in self.piece.files:
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            draft.attach(name=path.name, content=path.read_bytes(), content_type=kind)

    def _assess(self, guidance: Guidance, row: dict[str, Any]) -> None:
        """Against the wording that was in force on the day."""
        said = guidance.statements.get(key=row["standard"]).wordings.filter(revision__published_at__isnull=False)
        then = said.filter(revision__published_at__date__lte=row["on"]).order_by("-revision__number").first()
        with clock.at(row["on"]):
            Assessment.make(
                by=self.people[row["by"]],
                service=self.services[row["service"]],
                wording=then or said.order_by("revision__number")[0],
                standing=row["standing"],
                evidence=row["evidence"],
                action=row.get("action", ""),
                due=row.get("due"),
            )


def _withdraw(piece: content.Piece) -> None:
    """Last, when what replaces it is there."""
    row = piece.about.get("withdrawn")
    guidance = (
        Guidance.objects.in_force().filter(slug=piece.slug, trust__ods_code=piece.about.get("trust", "ZNB")).first()
    )
    if row and guidance:
        by = User.objects.get(email__startswith=f"{row['by']}@", trust=guidance.trust)
        replacement = Guidance.objects.of(guidance.trust).filter(slug=row.get("replaced_by", "")).first()
        with clock.at(row["on"]):
            guidance.withdraw(by=by, why=row["why"], replaced_by=replacement)
