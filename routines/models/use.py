"""Uses: a piece of guidance, or one statement of it, used at the bedside: followed, adapted, departed from, and why."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import OuterRef, Q, Subquery

from knowledge.models import Conflict, Guidance, Revision, Statement, Wording
from nhs_learning.people.models import Service, User
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from routines.models.pattern import Pattern, one_after_the_other
from routines.models.routine import Routine
from routines.models.tally import UseTally
from routines.models.why import Reason

#: How long whoever recorded it may take it back.
TAKEN_BACK_WITHIN = datetime.timedelta(days=1)


class UseQuerySet(models.QuerySet["Use"]):
    def otherwise(self) -> UseQuerySet:
        """Not simply followed."""
        return self.exclude(how=Use.How.FOLLOWED)

    def lately(self, *, by: User) -> UseQuerySet:
        """What this person recorded within the time in which it may be taken back."""
        return self.filter(by=by, at__gt=clock.now() - TAKEN_BACK_WITHIN)

    def with_number(self) -> UseQuerySet:
        """Each with ``statement_number``: by which the edition in force has its statement, or None."""
        said = Wording.objects.filter(statement=OuterRef("statement"), revision=OuterRef("guidance__current"))
        return self.annotate(statement_number=Subquery(said.values("number")[:1]))


class Use(models.Model):
    """One time that somebody used guidance, by the edition then in force. ``by`` is shown to nobody but themselves."""

    class How(models.TextChoices):
        FOLLOWED = "followed", "I followed this"
        ADAPTED = "adapted", "I adapted it"
        DEPARTED = "departed", "I departed from it"
        NOT_APPLICABLE = "not_applicable", "It doesn’t apply here"

    guidance = models.ForeignKey(Guidance, models.PROTECT, related_name="uses")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="uses")
    statement = models.ForeignKey(Statement, models.PROTECT, null=True, blank=True, related_name="uses")
    how = models.CharField(max_length=14, choices=How)
    reason = models.CharField(max_length=16, choices=Reason, blank=True)
    words = models.TextField(blank=True)
    routine = models.ForeignKey(Routine, models.PROTECT, null=True, blank=True, related_name="uses")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="uses")
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="uses")
    pattern = models.ForeignKey(Pattern, models.PROTECT, null=True, blank=True, related_name="uses")

    objects = UseQuerySet.as_manager()
    guidance_id: int
    statement_id: int | None

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(how="followed", reason="") | ~Q(how="followed") & ~Q(reason=""),
                name="a_use_that_differed_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["guidance", "-on", "-id"], condition=~Q(how="followed"), name="used_otherwise"),
            models.Index(fields=["guidance", "reason", "-on"], condition=Q(how="departed"), name="uses_departed"),
        ]

    def __str__(self) -> str:
        return f"{self.get_how_display()} on {self.on}"

    @classmethod
    @transaction.atomic
    def record(
        cls,
        *,
        by: User,
        guidance: Guidance,
        how: str,
        statement: Statement | None = None,
        reason: str = "",
        words: str = "",
        routine: Routine | None = None,
        service: Service | None = None,
    ) -> Use:
        """Say, today, how guidance or one statement of it was used. Raises Conflict where it is not in force, or the
        statement is no longer part of it."""
        if how == cls.How.DEPARTED:
            one_after_the_other(guidance)
        now = Guidance.objects.select_related("current", "trust", "owner").get(pk=guidance.pk)
        if now.state != Guidance.State.IN_FORCE or now.current is None:
            raise Conflict(f"This guidance is {now.get_state_display().lower()}, so no use of it is recorded.")
        if statement is not None and not now.current.wordings.filter(statement=statement).exists():
            raise Conflict("This statement is no longer part of the guidance. Look at it as it is now.")
        use = cls.objects.create(
            guidance=now,
            revision=now.current,
            statement=statement,
            how=how,
            reason=reason,
            words=words,
            routine=routine,
            service=service,
            on=clock.today(),
            at=clock.now(),
            by=by,
        )
        UseTally.add(Counter({use._key(): 1}))
        Event.record(by=by, verb="recorded_use", subject=use, trust=now.trust, how=how)
        if how == cls.How.DEPARTED:
            use.pattern = Pattern.notice(use)
        return use

    def _key(self) -> tuple[Any, ...]:
        return (self.guidance_id, self.statement_id, self.on.replace(day=1), self.how, self.reason)

    @transaction.atomic
    def take_back(self, *, by: User) -> None:
        """It was recorded by mistake: as if it had not been. Within a day."""
        one_after_the_other(self.guidance)
        row = Use.objects.select_for_update().filter(pk=self.pk, at__gt=clock.now() - TAKEN_BACK_WITHIN).first()
        if row is None:
            raise Conflict("It was recorded more than a day ago, or taken back already.")
        if row.pattern_id is not None:
            raise Conflict("It is part of a pattern that was noticed, so it stays.")
        UseTally.take_away(Counter({row._key(): 1}))
        Event.record(by=by, verb="took_back_use", subject=row, trust=row.guidance.trust)
        row.delete()

    # As a record of a departure: see Pattern.notice

    @property
    def subject(self) -> Guidance:
        return self.guidance

    def about(self) -> dict[str, Any]:
        return {"guidance_id": self.guidance_id, "statement_id": self.statement_id, "routine_id": None}

    def same_reason(self) -> models.QuerySet[Use]:
        """Departures from the same guidance, or the same statement of it, for the same reason, this one among them."""
        same = Use.objects.filter(guidance=self.guidance_id, statement=self.statement_id)
        return same.filter(how=self.How.DEPARTED, reason=self.reason)

    @classmethod
    @transaction.atomic
    def record_many(cls, uses: Iterable[Self]) -> None:
        """Record many at once, from another system or for a demonstration. Counted like any other; of patterns only
        what comes later is noticed."""
        rows = cls.objects.bulk_create(uses, batch_size=2000)
        UseTally.add(Counter(use._key() for use in rows))
