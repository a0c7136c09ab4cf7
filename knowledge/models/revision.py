"""Revisions: the editions of a piece of guidance, and the drafts of editions to come."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import TYPE_CHECKING, Any

import pghistory
import pgtrigger
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

from knowledge import loops, markdown
from knowledge.models.attachment import Attachment
from knowledge.models.drafting import Draft
from knowledge.models.statement import Milestone, Statement, Wording
from nhs_learning.record import clock
from nhs_learning.record.models import Event

if TYPE_CHECKING:
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


class Conflict(Exception):
    """Somebody else was quicker, or the thing is no longer in the state that this needs. The message is for people."""


class RevisionQuerySet(models.QuerySet["Revision"]):
    def published(self) -> RevisionQuerySet:
        return self.filter(published_at__isnull=False)

    def drafts(self) -> RevisionQuerySet:
        return self.filter(published_at=None)


@pghistory.track(
    pghistory.UpdateEvent("published", condition=pgtrigger.Q(new__published_at__isnull=False)),
    exclude=["html", "contents"],
)
class Revision(models.Model):
    """One edition of a piece of guidance. A draft has no number and no publication; once published nothing of it
    changes but the stored HTML, which may be rebuilt."""

    class Significance(models.TextChoices):
        WORDING = "wording", "Wording: the meaning is unchanged"
        PRACTICE = "practice", "Practice: people will do something differently"
        SAFETY = "safety", "Safety: people must know"

    guidance = models.ForeignKey("knowledge.Guidance", models.PROTECT, related_name="revisions")
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="drafts")
    title = models.CharField(max_length=250)
    aim = models.TextField(blank=True)
    scope = models.TextField(blank=True, help_text="Whom and what it covers, and what it does not.")
    summary = models.TextField(blank=True, help_text="What a reader in a hurry needs first.")
    body = models.TextField(blank=True, help_text="Markdown.")
    significance = models.CharField(max_length=10, choices=Significance, default=Significance.PRACTICE)
    version_label = models.CharField(
        max_length=40, blank=True, help_text="The trust's own version number, if it has one."
    )
    committee = models.CharField("approving committee", max_length=200, blank=True)
    last_reviewed = models.DateField(null=True, blank=True, help_text="Left empty, the page says: not known.")
    review_due = models.DateField(null=True, blank=True, help_text="Left empty, the page says: not known.")
    loop = models.CharField(max_length=10, choices=loops.CHOICES, blank=True)
    reason = models.TextField(blank=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    edits = models.PositiveIntegerField(default=0)  # goes up with each save, so that two people at once are noticed
    source_name = models.CharField(max_length=500, blank=True)  # the imported file, as its importer named it
    source_fingerprint = models.CharField(max_length=64, blank=True)
    html = models.TextField(blank=True)
    contents = models.JSONField(default=list)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        verbose_name = "draft or edition"
        verbose_name_plural = "drafts and editions"
        constraints = [
            models.UniqueConstraint(fields=["guidance", "number"], name="an_edition_number_is_used_once"),
            models.CheckConstraint(
                condition=Q(published_at=None)
                | (Q(number__isnull=False) & (Q(number=1) | (Q(loop__in=list(loops.LOOPS)) & ~Q(reason="")))),
                name="a_later_edition_has_a_number_a_loop_and_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None, published_by=None)
                | Q(published_at__isnull=False, published_by__isnull=False),
                name="a_revision_is_published_at_a_time_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="a_published_revision_is_never_deleted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            ),
            pgtrigger.Trigger(
                name="a_published_revision_is_never_edited",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__published_at__isnull=False),
                func="""
                    IF to_jsonb(NEW) - 'html' - 'contents' IS DISTINCT FROM to_jsonb(OLD) - 'html' - 'contents' THEN
                        RAISE EXCEPTION 'a published revision is never edited' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.edition})"

    @property
    def is_draft(self) -> bool:
        return self.published_at is None

    @property
    def edition(self) -> str:
        return f"edition {self.number}" if self.number else "draft"

    # Working on a draft

    @transaction.atomic
    def edit(self, *, by: User, seen: int | None = None, **texts: Any) -> None:
        """Change a draft's own texts. ``seen`` is the count of edits that the person's form began with; another count
        by now means that somebody saved in between, which is a Conflict."""
        row = Revision.objects.filter(pk=self.pk, published_at=None)
        if seen is not None:
            row = row.filter(edits=seen)
        if not row.update(edits=F("edits") + 1, **texts):
            self.refresh_from_db()
            raise Conflict(
                "Somebody else saved this draft while you were working on it."
                if self.is_draft
                else "This draft has been published in the meantime, so it can no longer be changed."
            )
        self.refresh_from_db()
        if self.guidance.current_id is None and "title" in texts:
            type(self.guidance).objects.filter(pk=self.guidance_id).update(title=self.title)
            self.guidance.title = self.title
        Event.record(by=by, verb="edited", subject=self, trust=self.guidance.trust, parts=sorted(texts))

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
        """A draft based on this revision, with all that it says."""
        kept = {name: getattr(self, name) for name in ("title", "aim", "scope", "summary", "body", "committee")}
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
    def discard(self, *, by: User) -> None:
        """Throw a draft away."""
        if not self.is_draft or self.guidance.current_id is None:
            raise Conflict("Only a draft of a later edition can be thrown away.")
        Event.record(by=by, verb="discarded_draft", subject=self.guidance, trust=self.guidance.trust, title=self.title)
        self.delete()

    # Publishing

    def adopt(self, *, by: User) -> None:
        """Put a first edition in force as it is. Later editions come through reviews."""
        if self.based_on_id is not None:
            raise Conflict("Only a first edition is adopted; a later one is published with its loop and its reason.")
        self.publish(by=by)

    @transaction.atomic
    def publish(self, *, by: User, loop: str = "", reason: str = "") -> None:
        """Put this draft in force in place of the revision it is based on.

        Above the first edition it takes a loop (single, double or meta) and a reason, or the database refuses.
        Raises Conflict when the revision in force is not the one that the draft is based on: bring it up to date first.
        """
        guidance = self.guidance
        rendered = self.render()
        number = (self.based_on.number or 0) + 1 if self.based_on else 1
        published = {
            "number": number,
            "loop": loop,
            "reason": reason,
            "published_at": clock.now(),
            "published_by": by,
            "html": rendered.html,
            "contents": rendered.contents,
        }
        # The pointer first: it is what two people would race for, and whoever comes second waits here, then sees.
        moved = type(guidance).objects.filter(
            pk=guidance.pk,
            current=self.based_on_id,
            state__in=[guidance.State.DRAFTING, guidance.State.IN_FORCE],
        )
        if not moved.update(current=self.pk, state=guidance.State.IN_FORCE, title=self.title, **self._dates()):
            raise Conflict(
                "Another edition came into force while you worked on this one, or the guidance was withdrawn: "
                "bring the draft up to date first."
            )
        if not Revision.objects.filter(pk=self.pk, published_at=None).update(**published):
            raise Conflict("This draft has been published already.")
        self.refresh_from_db()
        guidance.refresh_from_db()
        verb = "adopted" if number == 1 else "published"
        Event.record(by=by, verb=verb, subject=guidance, trust=guidance.trust, number=number, loop=loop, reason=reason)
        guidance.make_findable()

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

    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, over canonical JSON of what is decided on: texts, wordings, milestones, attachment
        hashes, significance and based_on (LF line ends, NFC); not the loop, nor who wrote it when."""
        what = {
            **{
                name: _canonical(getattr(self, name))
                for name in ("title", "aim", "scope", "summary", "body", "significance")
            },
            "based_on": self.based_on_id,
            "wordings": [
                [
                    w.statement_id,
                    w.position,
                    w.number,
                    _canonical(w.text),
                    w.strength,
                    w.certainty,
                    w.update_label,
                ]
                for w in self.wordings.all()
            ],
            "milestones": [
                [
                    m.statement_id,
                    m.position,
                    _canonical(m.what),
                    m.by_when and m.by_when.isoformat(),
                    _canonical(m.measure),
                ]
                for m in self.milestones.all()
            ],
            "attachments": sorted([a.name, a.sha256] for a in self.attachments.all()),
        }
        text = json.dumps(what, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _canonical(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
