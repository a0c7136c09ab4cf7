"""Editions: what guidance and routines have in common. A lasting thing has one pointer, *current*, to the edition in
force, and any number of drafts, each based on a named edition."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

from knowledge import loops
from knowledge.merging import Clash
from nhs_learning.record import clock
from nhs_learning.record.models import Event

if TYPE_CHECKING:
    from nhs_learning.people.models import User


class Conflict(Exception):
    """Somebody else was quicker, or the thing is no longer in the state that this needs. The message is for people."""


def canonical(text: str) -> str:
    """A text however it was typed: LF line ends, NFC."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def fingerprint_of(what: dict[str, Any]) -> str:
    """SHA-256, in hexadecimal, over canonical JSON."""
    text = json.dumps(what, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class EditionQuerySet(models.QuerySet):
    def published(self) -> Any:
        return self.filter(published_at__isnull=False)

    def drafts(self) -> Any:
        return self.filter(published_at=None)


def has_its_loop(*, name: str) -> models.CheckConstraint:
    """A published edition above the first has a loop and a reason."""
    return models.CheckConstraint(
        condition=Q(published_at=None)
        | (Q(number__isnull=False) & (Q(number=1) | (Q(loop__in=list(loops.LOOPS)) & ~Q(reason="")))),
        name=name,
    )


def published_by_somebody(*, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(published_at=None, published_by=None) | Q(published_at__isnull=False, published_by__isnull=False),
        name=name,
    )


def _array(columns: tuple[str, ...]) -> str:
    return f"ARRAY[{', '.join(repr(column) for column in columns)}]::text[]"


def never_deleted(*, name: str) -> pgtrigger.Trigger:
    """A trigger that refuses to delete what was published."""
    return pgtrigger.Protect(
        name=name, operation=pgtrigger.Delete, condition=pgtrigger.Q(old__published_at__isnull=False)
    )


def never_edited(*, name: str, but: tuple[str, ...] = (), when_published: tuple[str, ...] = ()) -> pgtrigger.Trigger:
    """A trigger that refuses to change what was published, or what waits for a decision; ``but`` are columns that may
    be made anew. Sending, taking back and publishing change only what they need to; ``when_published`` are columns
    that publishing fills too."""
    at_publication = ("number", "loop", "reason", "published_at", "published_by_id", *when_published)
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__published_at__isnull=False) | pgtrigger.Q(old__sent=True),
        declare=[("may_change", "text[]")],
        func=f"""
            may_change := {_array(but)};
            IF OLD.published_at IS NULL THEN may_change := may_change || {_array(("sent",))}; END IF;
            IF OLD.published_at IS NULL AND NEW.published_at IS NOT NULL THEN
                may_change := may_change || {_array(at_publication)};
            END IF;
            IF to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change THEN
                RAISE EXCEPTION 'what is published, or waits for a decision, is never edited'
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,
    )


def frozen_with_its_edition(*, name: str, table: str, column: str = "revision_id") -> pgtrigger.Trigger:
    """A trigger that refuses adding, changing and deleting rows of an edition that is published or waits for a
    decision. ``table`` is the edition's, ``column`` the row's key to it."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("theirs", "bigint[]")],
        func=f"""
            theirs := ARRAY[]::bigint[];
            IF TG_OP <> 'INSERT' THEN theirs := theirs || OLD.{column}; END IF;
            IF TG_OP <> 'DELETE' THEN theirs := theirs || NEW.{column}; END IF;
            -- Whoever sends or publishes it at this moment comes before or after, never in between.
            PERFORM 1 FROM {table} WHERE id = ANY(theirs) ORDER BY id FOR NO KEY UPDATE;
            IF EXISTS (SELECT 1 FROM {table} WHERE id = ANY(theirs) AND (published_at IS NOT NULL OR sent)) THEN
                RAISE EXCEPTION 'what is published, or waits for a decision, is never edited'
                    USING ERRCODE = 'check_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


class Edition(models.Model):
    """One edition of a lasting thing. A draft has no number and no publication; once published, nothing of it changes.

    ``sent``: the draft waits for a decision, so that nobody writes in it until it is taken back.
    """

    class Significance(models.TextChoices):
        WORDING = "wording", "Wording: the meaning is unchanged"
        PRACTICE = "practice", "Practice: people will do something differently"
        SAFETY = "safety", "Safety: people must know"

    based_on: Any = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="drafts")
    title = models.CharField(max_length=250)
    significance = models.CharField(max_length=10, choices=Significance, default=Significance.PRACTICE)
    loop = models.CharField(max_length=10, choices=loops.CHOICES, blank=True)
    reason = models.TextField(blank=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    #: Everybody who wrote in the draft: none of them decides on it.
    authors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    edits = models.PositiveIntegerField(default=0)  # goes up with each save, so that two people at once are noticed
    sent = models.BooleanField(default=False)

    based_on_id: int | None

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.title} ({self.edition})"

    @property
    def whole(self) -> Any:
        """The lasting thing that this is an edition of."""
        raise NotImplementedError

    @property
    def is_draft(self) -> bool:
        return self.published_at is None

    @property
    def edition(self) -> str:
        return f"edition {self.number}" if self.number else "draft"

    @property
    def is_up_to_date(self) -> bool:
        """Is what it is based on still in force?"""
        return self.based_on_id == self.whole.current_id

    def is_author(self, user: User) -> bool:
        return self.created_by_id == user.pk or self.authors.filter(pk=user.pk).exists()

    # Working on a draft

    @transaction.atomic
    def edit(self, *, by: User, seen: int | None = None, **texts: Any) -> None:
        """Change a draft's own texts. ``seen`` is the count of edits that the person's form began with; another count
        by now means that somebody saved in between, which is a Conflict."""
        self._save(by=by, seen=seen, **texts)
        if self.whole.current_id is None and "title" in texts:
            type(self.whole).objects.filter(pk=self.whole.pk).update(title=self.title)
            self.whole.title = self.title
        Event.record(by=by, verb="edited", subject=self, trust=self.whole.trust, parts=sorted(texts))

    def _save(self, *, by: User, seen: int | None = None, **fields: Any) -> None:
        """One guarded UPDATE of a draft; whoever does it is one of its authors."""
        row = self._row().filter(published_at=None, sent=False)
        if seen is not None:
            row = row.filter(edits=seen)
        if not row.update(edits=F("edits") + 1, **fields):
            self.refresh_from_db()
            raise Conflict(self._why_not_edited())
        self.refresh_from_db()
        self.authors.add(by)

    @transaction.atomic
    def bring_up_to_date(self, *, by: User) -> list[Clash]:
        """Base a draft on the edition that came into force since it was begun. What only the draft changed stays, what
        only the new edition changed comes in. Returns what both changed, where the draft keeps its words, for its
        author to look at; empty where there is nothing to look at, or nothing was new."""
        whole = self.whole
        type(whole).objects.select_for_update(of=("self",)).get(pk=whole.pk)  # nothing comes into force meanwhile
        whole.refresh_from_db()
        if self.based_on is None or whole.current is None:
            raise Conflict("This is the draft of a first edition, so there is nothing newer to bring in.")
        if whole.state != whole.State.IN_FORCE:
            raise Conflict(f"What this would change is {whole.get_state_display().lower()} now.")
        if self.based_on.pk == whole.current.pk:
            return []
        clashes = self.bring_in(whole.current, since=self.based_on, by=by, based_on=whole.current)
        number, parts = whole.current.number, sorted({clash.part for clash in clashes})
        Event.record(by=by, verb="brought_up_to_date", subject=self, trust=whole.trust, number=number, clashes=parts)
        return clashes

    def bring_in(self, other: Any, *, since: Any, by: User, **fields: Any) -> list[Clash]:
        """Bring what ``other`` says, and ``since`` does not, into a draft that began from ``since`` too. Returns what
        the draft has changed otherwise, and keeps."""
        raise NotImplementedError

    def _why_not_edited(self) -> str:
        if not self.is_draft:
            return "This draft has been published in the meantime, so it can no longer be changed."
        if self.sent:
            return "This draft was sent for a decision in the meantime: take it back before you change it."
        return "This draft was saved by somebody else, or by you in another window, while you were working on it."

    def hold(self) -> None:
        """Lock the row until the transaction ends, and read it as it is now."""
        self.refresh_from_db(from_queryset=type(self)._default_manager.select_for_update())

    def send(self) -> None:
        """Close the draft to writing while it waits for a decision."""
        if not self._row().filter(published_at=None, sent=False).update(sent=True):
            raise Conflict("This draft waits for a decision already, or is published.")
        self.sent = True

    def take_back(self) -> None:
        """Open the draft to writing again."""
        self._row().filter(published_at=None).update(sent=False)
        self.sent = False

    # Publishing

    def adopt(self, *, by: User) -> None:
        """Put a first edition in force as it is. Later editions come through reviews."""
        if self.based_on_id is not None:
            raise Conflict("Only a first edition is adopted; a later one is published with its loop and its reason.")
        self.publish(by=by)

    @transaction.atomic
    def publish(self, *, by: User, loop: str = "", reason: str = "", committee: str = "") -> None:
        """Put this draft in force in place of the edition it is based on. ``committee``: which one decided on it, where
        that was not the draft's to say.

        Above the first edition it takes a loop (single, double or meta) and a reason, or the database refuses.
        Raises Conflict when the edition in force is not the one that the draft is based on: bring it up to date first.
        """
        whole = self.whole
        number = (self.based_on.number or 0) + 1 if self.based_on else 1
        published = {
            "number": number,
            "loop": loop,
            "reason": reason,
            "published_at": clock.now(),
            "published_by": by,
            **self._kept_with_it(committee=committee),
        }
        # The pointer first: it is what two people would race for, and whoever comes second waits here, then sees.
        moved = type(whole).objects.filter(
            pk=whole.pk, current=self.based_on_id, state__in=[whole.State.DRAFTING, whole.State.IN_FORCE]
        )
        if not moved.update(current=self.pk, state=whole.State.IN_FORCE, title=self.title, **self._comes_with_it()):
            raise Conflict(
                "Another edition came into force while you worked on this one, or it was withdrawn: "
                "bring the draft up to date first."
            )
        if not self._row().filter(published_at=None).update(**published):
            raise Conflict("This draft has been published already.")
        self.refresh_from_db()
        whole.refresh_from_db()
        verb = "adopted" if number == 1 else "published"
        Event.record(by=by, verb=verb, subject=whole, trust=whole.trust, number=number, loop=loop, reason=reason)
        self._tell_that_it_is_in_force(by=by)
        whole.make_findable()

    def _row(self) -> Any:
        return type(self)._default_manager.filter(pk=self.pk)

    def _tell_that_it_is_in_force(self, *, by: User) -> None:
        """Tell those from whom it came."""

    def _kept_with_it(self, *, committee: str) -> dict[str, Any]:
        """What else is stored of an edition when it is published."""
        return {}

    def _comes_with_it(self) -> dict[str, Any]:
        """What else of the lasting thing comes into force with the edition."""
        return {}
