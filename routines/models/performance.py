"""Performances: one time that a routine was done, as described or otherwise, and why. Never who was cared for."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from knowledge.models import Conflict
from nhs_learning.people.models import Service, User
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from routines.models.pattern import Pattern, one_after_the_other
from routines.models.routine import Routine
from routines.models.routine_revision import RoutineRevision
from routines.models.step import Step
from routines.models.tally import Tally
from routines.models.why import Reason, Shift

#: How long whoever recorded it may take it back.
TAKEN_BACK_WITHIN = datetime.timedelta(days=1)


class PerformanceQuerySet(models.QuerySet["Performance"]):
    def otherwise(self) -> PerformanceQuerySet:
        """Not as described."""
        return self.exclude(how=Performance.How.AS_DESCRIBED)

    def worth_spreading(self) -> PerformanceQuerySet:
        return self.filter(worth_spreading_at__isnull=False)

    def in_words(self) -> PerformanceQuerySet:
        """Where somebody said more than the reason."""
        return self.exclude(words="")


class Performance(models.Model):
    """One time that a routine was done, by the edition then in force. A step that no variation names was done as
    described. ``by`` is shown to the routine's owner alone."""

    class How(models.TextChoices):
        AS_DESCRIBED = "as_described", "As described"
        ADAPTED = "adapted", "Adapted"
        DEPARTED = "departed", "Departed"

    routine = models.ForeignKey(Routine, models.PROTECT, related_name="performances")
    revision = models.ForeignKey(RoutineRevision, models.PROTECT, related_name="performances")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="performances")
    how = models.CharField(max_length=12, choices=How)
    reason = models.CharField(max_length=16, choices=Reason, blank=True)
    words = models.TextField(blank=True)
    shift = models.CharField(max_length=5, choices=Shift)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="performances")
    worth_spreading_at = models.DateTimeField(null=True, blank=True)
    worth_spreading_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    pattern = models.ForeignKey(Pattern, models.PROTECT, null=True, blank=True, related_name="performances")

    objects = PerformanceQuerySet.as_manager()
    variations: Any
    routine_id: int

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(how="as_described", reason="") | ~Q(how="as_described") & ~Q(reason=""),
                name="a_performance_that_differed_says_why",
            ),
            models.CheckConstraint(
                condition=Q(worth_spreading_at=None, worth_spreading_by=None)
                | Q(worth_spreading_at__isnull=False, worth_spreading_by__isnull=False),
                name="a_performance_is_worth_spreading_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["routine", "-on", "-id"], condition=~Q(how="as_described"), name="done_otherwise"),
            models.Index(fields=["routine", "reason", "-on"], condition=Q(how="departed"), name="departed_by_reason"),
            models.Index(
                fields=["routine", "-on"], condition=Q(worth_spreading_at__isnull=False), name="worth_spreading"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_how_display()} on {self.on}"

    @classmethod
    @transaction.atomic
    def record(
        cls,
        *,
        by: User,
        routine: Routine,
        how: str,
        reason: str = "",
        words: str = "",
        steps: Mapping[str, str] | None = None,
        service: Service | None = None,
        shift: str = "",
        seen: int | None = None,
    ) -> Performance:
        """ "We did this", today. ``steps``: of those that were not done as described, by key, how (adapted, left_out).
        ``seen``: the edition that the person was shown. Raises Conflict where another, or none, is in force by now."""
        if how == cls.How.DEPARTED:
            one_after_the_other(routine)
        now = Routine.objects.select_related("current", "trust", "owner").get(pk=routine.pk)
        if now.state != Routine.State.IN_FORCE or now.current is None:
            raise Conflict(f"This routine is {now.get_state_display().lower()}, so nothing is recorded for it.")
        if seen is not None and seen != now.current.pk:
            raise Conflict("A new edition of this routine came into force meanwhile. Look at its steps, then record.")
        done = cls.objects.create(
            routine=now,
            revision=now.current,
            service=service,
            how=how,
            reason=reason,
            words=words,
            shift=shift or Shift.at(clock.now().astimezone().hour),
            on=clock.today(),
            at=clock.now(),
            by=by,
        )
        done._vary(steps or {})
        Tally.add(done.counted())
        Event.record(by=by, verb="recorded_performance", subject=done, trust=now.trust, how=how)
        if how == cls.How.DEPARTED:
            done.pattern = Pattern.notice(done)
        return done

    def _vary(self, steps: Mapping[str, str]) -> None:
        keys = {step.key: step for step in self.revision.steps.all()} if steps else {}
        if missing := set(steps) - set(keys):
            raise Conflict(f"This routine has no step {', '.join(sorted(missing))}.")
        Variation.objects.bulk_create(
            Variation(performance=self, step=keys[key], how=how) for key, how in steps.items()
        )

    def counted(self) -> Counter[tuple[Any, ...]]:
        """What it adds to the tallies: itself by its shift, and each step that was not done as described."""
        month = self.on.replace(day=1)
        counted = Counter({(self.revision_id, month, None, self.shift, self.how, self.reason): 1})
        for one in self.variations.all():
            counted[(self.revision_id, month, one.step_id, "", one.how, self.reason)] += 1
        return counted

    @transaction.atomic
    def take_back(self, *, by: User) -> None:
        """It was recorded by mistake: as if it had not been. Within a day."""
        one_after_the_other(self.routine)
        row = Performance.objects.select_for_update().filter(pk=self.pk, at__gt=clock.now() - TAKEN_BACK_WITHIN).first()
        if row is None:
            raise Conflict("It was recorded more than a day ago, or taken back already.")
        if row.pattern_id is not None:
            raise Conflict("It is part of a pattern that was noticed, so it stays.")
        Tally.take_away(row.counted())
        Event.record(by=by, verb="took_back_performance", subject=row, trust=row.routine.trust)
        row.variations.all().delete()
        row.delete()

    @transaction.atomic
    def mark_worth_spreading(self, *, by: User) -> None:
        """Others could do it like that. Twice is once."""
        at = {"worth_spreading_at": clock.now(), "worth_spreading_by": by}
        if Performance.objects.filter(pk=self.pk, worth_spreading_at=None).exclude(how="as_described").update(**at):
            Event.record(by=by, verb="marked_worth_spreading", subject=self, trust=self.routine.trust)
        self.refresh_from_db()

    # As a record of a departure: see Pattern.notice

    @property
    def subject(self) -> Routine:
        return self.routine

    def about(self) -> dict[str, Any]:
        return {"guidance_id": None, "statement_id": None, "routine_id": self.routine_id}

    def same_reason(self) -> PerformanceQuerySet:
        """Departures from the same routine for the same reason, this one among them."""
        return Performance.objects.filter(routine=self.routine_id, how=self.How.DEPARTED, reason=self.reason)

    @classmethod
    @transaction.atomic
    def record_many(cls, done: Iterable[tuple[Performance, Mapping[str, str]]]) -> None:
        """Record many at once, from another system or for a demonstration: each unsaved, with its steps as ``record``
        takes them. Counted like any other; of patterns only what comes later is noticed."""
        rows = list(done)
        cls.objects.bulk_create([one for one, _ in rows], batch_size=2000)
        pks = {one.revision_id for one, _ in rows}
        steps = {(step.revision_id, step.key): step for step in Step.objects.filter(revision__in=pks)}
        varied = [
            Variation(performance=one, step=steps[one.revision_id, key], how=how)
            for one, said in rows
            for key, how in said.items()
        ]
        Variation.objects.bulk_create(varied, batch_size=2000)
        counted: Counter[tuple[Any, ...]] = Counter()
        for one, said in rows:
            month = one.on.replace(day=1)
            counted[(one.revision_id, month, None, one.shift, one.how, one.reason)] += 1
            for key, how in said.items():
                counted[(one.revision_id, month, steps[one.revision_id, key].pk, "", how, one.reason)] += 1
        Tally.add(counted)


class Variation(models.Model):
    """One step that was not done as described."""

    class How(models.TextChoices):
        ADAPTED = "adapted", "Adapted"
        LEFT_OUT = "left_out", "Left out"

    performance = models.ForeignKey(Performance, models.CASCADE, related_name="variations")
    step = models.ForeignKey(Step, models.PROTECT, related_name="variations")
    how = models.CharField(max_length=8, choices=How)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["performance", "step"], name="a_step_varies_once_in_a_performance"),
        ]

    def __str__(self) -> str:
        return f"{self.step}: {self.get_how_display()}"
