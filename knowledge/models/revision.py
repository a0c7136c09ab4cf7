"""Revisions: the editions of a piece of guidance, and the drafts of editions to come."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pghistory
import pgtrigger
from dateutil.relativedelta import relativedelta
from django.db import models, transaction
from django.db.models import ProtectedError

from knowledge import comparing, markdown
from knowledge.merging import Clash, Merge
from knowledge.merging import Statement as Said
from knowledge.models.attachment import Attachment
from knowledge.models.drafting import Draft
from knowledge.models.edition import (
    Conflict,
    Edition,
    EditionQuerySet,
    canonical,
    fingerprint_of,
    has_its_loop,
    never_deleted,
    never_edited,
    published_by_somebody,
)
from knowledge.models.statement import Milestone, Statement, Wording
from nhs_learning.record import clock, knock_on
from nhs_learning.record.models import Event

if TYPE_CHECKING:
    from knowledge.models.guidance import Guidance
    from nhs_learning.people.models import User

#: What an edition says in its own fields.
TEXTS = (
    "title",
    "aim",
    "scope",
    "summary",
    "body",
    "significance",
    "version_label",
    "committee",
    "last_reviewed",
    "review_due",
)

#: Those that are dates, which come into force with it.
DATES = ("last_reviewed", "review_due")

#: The texts of an edition that are compared with another's.
COMPARED = ("title", "aim", "scope", "summary", "body")


@pghistory.track(
    pghistory.UpdateEvent("published", condition=pgtrigger.Q(new__published_at__isnull=False)),
    exclude=["html", "contents", "sent"],
)
class Revision(Edition):
    """One edition of a piece of guidance. Once published, nothing of it changes but the stored HTML, which may be
    rebuilt."""

    guidance = models.ForeignKey("knowledge.Guidance", models.PROTECT, related_name="revisions")
    aim = models.TextField(blank=True)
    scope = models.TextField(blank=True, help_text="Whom and what it covers, and what it does not.")
    summary = models.TextField(blank=True, help_text="What a reader in a hurry needs first.")
    body = models.TextField(blank=True, help_text="Markdown.")
    version_label = models.CharField(
        max_length=40, blank=True, help_text="The trust's own version number, if it has one."
    )
    committee = models.CharField("approving committee", max_length=200, blank=True)
    last_reviewed = models.DateField(null=True, blank=True, help_text="Left empty, the page says: not known.")
    review_due = models.DateField(null=True, blank=True, help_text="Left empty, the page says: not known.")
    source_name = models.CharField(max_length=500, blank=True)  # the imported file, as its importer named it
    source_fingerprint = models.CharField(max_length=64, blank=True)
    html = models.TextField(blank=True)
    contents = models.JSONField(default=list)

    objects = EditionQuerySet.as_manager()
    codifications: Any

    class Meta:
        ordering = ["-published_at", "-pk"]
        verbose_name = "draft or edition"
        verbose_name_plural = "drafts and editions"
        constraints = [
            models.UniqueConstraint(fields=["guidance", "number"], name="an_edition_number_is_used_once"),
            has_its_loop(name="a_later_edition_has_a_number_a_loop_and_a_reason"),
            published_by_somebody(name="a_revision_is_published_at_a_time_by_somebody"),
        ]
        triggers = [
            never_deleted(name="a_published_revision_is_never_deleted"),
            never_edited(
                name="a_published_revision_is_never_edited", but=("html", "contents"), when_published=("committee",)
            ),
        ]

    @property
    def whole(self) -> Guidance:
        return self.guidance

    # Working on a draft

    @transaction.atomic
    def write(self, *, by: User, draft: Draft, seen: int | None = None) -> None:
        """Make a draft say all of this: its texts, its statements, its milestones. ``seen`` as in ``edit``."""
        self.edit(by=by, seen=seen, **draft.texts)
        draft.put_into(self)

    @transaction.atomic
    def say(self, *, number: str, text: str, statement: Statement | None = None, **more: Any) -> Wording:
        """Say something as a numbered statement: a new one, or new words for one that lasts."""
        return Wording.objects.create(
            revision=self,
            statement=statement or self.guidance.new_statement(),
            number=number,
            text=text,
            position=more.pop("position", self.wordings.count()),
            **more,
        )

    def expect(self, *, statement: Statement, what: str, **more: Any) -> Milestone:
        """Give a standard a milestone."""
        return Milestone.objects.create(
            revision=self,
            statement=statement,
            what=what,
            position=more.pop("position", self.milestones.count()),
            **more,
        )

    def attach(self, *, name: str, content: bytes, content_type: str) -> Attachment:
        """Attach a file to a draft; the same name again replaces it."""
        attachment, _ = Attachment.objects.update_or_create(
            revision=self,
            name=name,
            defaults={"content_type": content_type, "size": len(content), "sha256": Attachment.keep(content)},
        )
        return attachment

    def copied(self, *, by: User) -> Revision:
        """A draft based on this revision, with all that it says; which committee approves the draft is not known."""
        kept = {name: getattr(self, name) for name in COMPARED}
        draft = Revision.objects.create(
            guidance=self.guidance, based_on=self, created_at=clock.now(), created_by=by, **kept
        )
        for rows in (self.wordings, self.milestones, self.attachments):
            copies: list[Any] = list(rows.all())
            for copy in copies:
                copy.pk, copy.revision = None, draft
            rows.bulk_create(copies)
        return draft

    @transaction.atomic
    def bring_in(self, other: Revision, *, since: Revision, by: User, **fields: Any) -> list[Clash]:
        merge = Merge()
        texts: dict[str, Any] = {
            name: merge.text(name, *(getattr(edition, name) for edition in (since, self, other))) for name in COMPARED
        }
        statements = merge.statements(since.by_statement(), self.by_statement(), other.by_statement())
        files = merge.files(since._files(), self._files(), other._files(), in_words=lambda file: f"{file[1]:,} bytes")
        self._save(by=by, **texts, **fields)
        Draft.saying(statements, of=self.guidance).put_into(self)
        self.attachments.exclude(name__in=files).delete()
        for name, (content_type, size, sha256) in files.items():
            said = {"content_type": content_type, "size": size, "sha256": sha256}
            Attachment.objects.update_or_create(revision=self, name=name, defaults=said)
        return merge.clashes

    def by_statement(self) -> dict[int, Said]:
        """What it says for each lasting statement, by its id, in order."""
        milestones: dict[int, list[tuple[str, Any, str]]] = {}
        for milestone in self.milestones.all():
            row = (canonical(milestone.what), milestone.by_when, canonical(milestone.measure))
            milestones.setdefault(milestone.statement_id, []).append(row)
        return {
            w.statement_id: Said(
                w.number,
                (canonical(w.text), w.strength, w.certainty),
                w.update_label,
                tuple(milestones.get(w.statement_id, ())),
            )
            for w in self.wordings.all()
        }

    def _files(self) -> dict[str, tuple[str, int, str]]:
        return {a.name: (a.content_type, a.size, a.sha256) for a in self.attachments.all()}

    @transaction.atomic
    def discard(self, *, by: User) -> None:
        """Throw a draft away."""
        if not self.is_draft or self.guidance.current_id is None:
            raise Conflict("Only a draft of a later edition can be thrown away.")
        try:
            self.delete()
        except ProtectedError:
            raise Conflict(
                "This draft was suggested as a change, so it is kept. Withdraw the change instead."
            ) from None
        Event.record(by=by, verb="discarded_draft", subject=self.guidance, trust=self.guidance.trust, title=self.title)

    # Publishing

    def _kept_with_it(self, *, committee: str) -> dict[str, Any]:
        rendered = self.render()
        return {"html": rendered.html, "contents": rendered.contents, "committee": committee[:200] or self.committee}

    def _tell_that_it_is_in_force(self, *, by: User) -> None:
        for grown in self.codifications.select_related("insight__trust", "guidance", "proposed_by"):
            grown.came_into_force(by=by)
        knock_on.tell("guidance_changed", self, by=by)

    def _comes_with_it(self) -> dict[str, Any]:
        return self._dates()

    def _dates(self) -> dict[str, Any]:
        """The review dates that come into force: those the edition states. A part edit, which states none, leaves
        the old ones; a due date follows from the interval where the trust has set one."""
        if self.last_reviewed is None and self.review_due is None:
            return {}
        due = self.review_due
        if due is None and self.last_reviewed and self.guidance.review_interval:
            due = self.last_reviewed + relativedelta(months=self.guidance.review_interval)
        return {"last_reviewed": self.last_reviewed or self.guidance.last_reviewed, "review_due": due}

    def render(self) -> markdown.Rendered:
        """The body as safe HTML, its images and files in place."""
        addresses = {attachment.name: attachment.get_absolute_url() for attachment in self.attachments.all()}
        return markdown.render(self.body, attachments=addresses)

    def rebuild_html(self) -> None:
        """Render the stored HTML again, after the renderer has changed."""
        rendered = self.render()
        Revision.objects.filter(pk=self.pk).update(html=rendered.html, contents=rendered.contents)
        self.html, self.contents = rendered.html, list(rendered.contents)

    # What it changes

    def said(self) -> comparing.Said:
        """What it says, as it is compared."""
        return _said(self)[0]

    def differences(self) -> comparing.Differences:
        """What it says that the edition it is based on does not."""
        return self.differences_from(self.based_on)

    def differences_from(self, earlier: Revision | None) -> comparing.Differences:
        """What it says that another edition does not."""
        if earlier is None:
            return comparing.compare(comparing.Said({}), self.said())
        return comparing.compare(*_said(earlier, self))

    def changed_parts(self, differences: comparing.Differences | None = None) -> list[str]:
        """Which parts it changes, by the names that knowledge.loops uses; ``differences`` where they are known."""
        differences = self.differences() if differences is None else differences
        parts = list(differences.texts)
        parts += ["statements"] if differences.statements else []
        parts += ["milestones"] if differences.milestones else []
        files: dict[int | None, set[tuple[str, str]]] = {self.pk: set(), self.based_on_id: set()}
        for file in Attachment.objects.filter(revision__in=[pk for pk in files if pk]):
            files[file.revision_id].add((file.name, file.sha256))
        return parts if files[self.pk] == files[self.based_on_id] else [*parts, "attachments"]

    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, over canonical JSON of what is decided on: all that readers will see, in its order
        (LF line ends, NFC), with significance and based_on; not the loop, nor who wrote it when."""
        what = {
            **{name: canonical(getattr(self, name)) for name in TEXTS if name not in DATES},
            **{name: _iso(getattr(self, name)) for name in DATES},
            "based_on": self.based_on_id,
            "wordings": [
                [
                    w.statement_id,
                    w.number,
                    canonical(w.text),
                    w.strength,
                    w.certainty,
                    w.update_label,
                ]
                for w in self.wordings.all()
            ],
            "milestones": [
                [
                    m.statement_id,
                    canonical(m.what),
                    _iso(m.by_when),
                    canonical(m.measure),
                ]
                for m in self.milestones.all()
            ],
            "attachments": sorted([a.name, a.content_type, a.sha256] for a in self.attachments.all()),
        }
        return fingerprint_of(what)


def _said(*revisions: Revision) -> list[comparing.Said]:
    """What each of these says, in two queries for all of them."""
    wordings = list(Wording.objects.filter(revision__in=revisions).select_related("statement"))
    milestones = list(Milestone.objects.filter(revision__in=revisions).select_related("statement"))
    return [
        comparing.Said(
            texts={name: getattr(revision, name) for name in COMPARED},
            wordings=[row for row in wordings if row.revision_id == revision.pk],
            milestones=[row for row in milestones if row.revision_id == revision.pk],
        )
        for revision in revisions
    ]


def _iso(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None
