"""Checks: a routine in force draws on something that has changed or is gone. Its owner looks whether it still holds."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from knowledge.models import Conflict, Guidance, Insight, Revision, Wording
from nhs_learning.people.models import Notice, User
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from routines.models.routine import Routine
from routines.models.routine_revision import RoutineRevision
from routines.models.step import Source


class CheckQuerySet(models.QuerySet["Check"]):
    def open(self) -> CheckQuerySet:
        return self.filter(cleared_at=None)

    def loudest_first(self) -> CheckQuerySet:
        """What is gone before what has changed, what has waited longest first."""
        return self.order_by(F("kind").desc(), "noticed_on", "pk")

    def waiting_for(self, user: User) -> CheckQuerySet:
        """Open, of routines that they own or deputise for."""
        return self.open().filter(Q(routine__owner=user) | Q(routine__deputy=user))


class Check(models.Model):
    """One thing that a routine draws on and that has changed in practice or safety, or is withdrawn. While it is open
    the routine needs checking. ``since`` and ``revision``: the edition that the routine was last in step with, and the
    one in force since."""

    class Kind(models.TextChoices):
        # In the order of how loud they are: see loudest_first.
        CHANGED = "a_changed", "Guidance has changed"
        INSIGHT_GONE = "b_insight_gone", "An insight is withdrawn"
        GUIDANCE_GONE = "c_guidance_gone", "Guidance is withdrawn"
        STATEMENT_GONE = "d_statement_gone", "A statement is withdrawn"

    class Outcome(models.TextChoices):
        STILL_RIGHT = "still_right", "Still right"
        CHANGED = "changed", "The routine was changed"
        BACK = "back", "What was gone is back"

    routine = models.ForeignKey(Routine, models.PROTECT, related_name="checks")
    kind = models.CharField(max_length=20, choices=Kind)
    guidance = models.ForeignKey(Guidance, models.PROTECT, null=True, related_name="routine_checks")
    insight = models.ForeignKey(Insight, models.PROTECT, null=True, related_name="routine_checks")
    since = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")
    revision = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="routine_checks")
    noticed_on = models.DateField()
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    word = models.TextField(blank=True)
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = CheckQuerySet.as_manager()

    class Meta:
        ordering = ["noticed_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(guidance__isnull=False, insight=None) | Q(guidance=None, insight__isnull=False),
                name="a_check_is_about_guidance_or_an_insight",
            ),
            models.CheckConstraint(
                condition=Q(cleared_at=None, cleared_by=None, outcome="")
                | Q(cleared_at__isnull=False, cleared_by__isnull=False) & ~Q(outcome=""),
                name="a_cleared_check_says_when_by_whom_and_how",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="still_right") | ~Q(word=""), name="a_routine_still_right_says_why_it_is"
            ),
            models.UniqueConstraint(
                fields=["routine", "guidance", "insight"],
                condition=Q(cleared_at=None),
                nulls_distinct=False,
                name="a_routine_is_checked_once_at_a_time_for_a_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.routine}: {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("check", args=[self.pk])

    @property
    def subject(self) -> Guidance | Insight:
        return self.guidance or self.insight  # type: ignore[return-value]  # a constraint sees to it

    # What is noticed: see knowledge.knock_on

    @classmethod
    def guidance_changed(cls, revision: Revision, *, by: User) -> None:
        """A later edition of guidance is in force: routines that draw on it need checking, where it changed in practice
        or safety, or where a statement that they draw on is gone."""
        if revision.based_on is None:
            return
        kept = set(revision.wordings.values_list("statement", flat=True))
        matters = revision.significance != Revision.Significance.WORDING
        for routine, statements in cls._drawing_on(revision.guidance).items():
            gone = bool(statements - kept)
            if gone or matters:
                kind = cls.Kind.STATEMENT_GONE if gone else cls.Kind.CHANGED
                cls._need(
                    routine, by=by, kind=kind, guidance=revision.guidance, since=revision.based_on, revision=revision
                )

    @classmethod
    def guidance_withdrawn(cls, guidance: Guidance, *, by: User) -> None:
        for routine in cls._drawing_on(guidance):
            cls._need(routine, by=by, kind=cls.Kind.GUIDANCE_GONE, guidance=guidance)

    @classmethod
    def guidance_back(cls, guidance: Guidance, *, by: User) -> None:
        """It is in force again as it was, so nothing needs checking because it was gone."""
        cls.objects.open().filter(guidance=guidance, kind=cls.Kind.GUIDANCE_GONE).update(
            outcome=cls.Outcome.BACK, cleared_at=clock.now(), cleared_by=by
        )

    @classmethod
    def insight_withdrawn(cls, insight: Insight, *, by: User) -> None:
        drawn = Source.objects.in_force().filter(insight=insight)
        for routine in Routine.objects.in_force().filter(current__sources__in=drawn).distinct():
            cls._need(routine, by=by, kind=cls.Kind.INSIGHT_GONE, insight=insight)

    @staticmethod
    def _drawing_on(guidance: Guidance) -> dict[Routine, set[int]]:
        """The routines in force that draw on it, each with the statements that it draws on, by their ids."""
        drawn = Source.objects.in_force().on_guidance(guidance).select_related("revision__routine__owner")
        found: dict[Routine, set[int]] = {}
        for source in drawn:
            statements = found.setdefault(source.revision.routine, set())
            statements |= {source.statement_id} if source.statement_id else set()
        return found

    @classmethod
    def _need(cls, routine: Routine, *, by: User, kind: str, **about: Any) -> None:
        """Mark it, once for each thing: what changes again while it waits is looked at from where it began."""
        thing = {name: about.get(name) for name in ("guidance", "insight")}
        waits = cls.objects.select_for_update().open().filter(routine=routine, **thing).first()
        if waits is not None:
            waits.kind = max(waits.kind, kind)
            waits.revision = about.get("revision") or waits.revision
            waits.since = waits.since or about.get("since")
            waits.save(update_fields=["kind", "revision", "since"])
            return
        made = cls.objects.create(routine=routine, kind=kind, noticed_on=clock.today(), **about)
        Event.record(by=by, verb="needs_checking", subject=routine, trust=routine.trust, why=made.kind)
        if routine.owner.is_active and routine.owner != by:
            happened = "has changed" if kind == cls.Kind.CHANGED else "is withdrawn, all or in part"
            words = f"{routine} needs checking: {made.subject} {happened}"
            Notice.send(routine.owner, words=words, why="You own the routine.", url=made.get_absolute_url())

    # What its owner does

    @transaction.atomic
    def say_still_right(self, *, by: User, word: str) -> None:
        """The routine holds as it is, and why."""
        row = Check.objects.open().filter(pk=self.pk)
        said = {"outcome": self.Outcome.STILL_RIGHT, "word": word, "cleared_at": clock.now(), "cleared_by": by}
        if not row.update(**said):
            raise Conflict("Somebody was quicker: this is checked already.")
        self.refresh_from_db()
        Event.record(by=by, verb="checked", subject=self.routine, trust=self.routine.trust, word=word)

    @classmethod
    def routine_changed(cls, edition: RoutineRevision, *, by: User) -> None:
        """A new edition of the routine is in force. What it was begun in the knowledge of is checked with that, but for
        what it still draws on though it is gone."""
        begun = edition.created_at.date()
        waits = cls.objects.open().filter(routine=edition.routine, noticed_on__lte=begun)
        cleared = {"outcome": cls.Outcome.CHANGED, "cleared_at": clock.now(), "cleared_by": by}
        cls.objects.filter(pk__in=[one.pk for one in waits if not one.holds_for(edition)]).update(**cleared)

    def holds_for(self, edition: RoutineRevision) -> bool:
        """Does this edition of the routine draw on something that is gone?"""
        if self.kind == self.Kind.CHANGED:
            return False
        if self.insight_id:
            return edition.sources.filter(insight=self.insight_id).exists()
        drawn = edition.sources.on_guidance(self.guidance)
        if self.kind == self.Kind.GUIDANCE_GONE:
            return drawn.exists()
        kept = Wording.objects.filter(revision=self.guidance.current_id).values("statement")  # type: ignore[union-attr]
        return drawn.filter(statement__isnull=False).exclude(statement__in=kept).exists()
