"""Checks: a routine in force draws on something that has changed or is gone. Its owner looks whether it still holds."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from knowledge.models import Conflict, Guidance, Insight, Revision
from nhs_learning.people.models import User
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from routines.models import telling
from routines.models.routine import Routine

#: After how many working days whoever looks after the routine is reminded, and its service lead is told.
REMINDED_AFTER, LEAD_TOLD_AFTER = 10, 20


class CheckQuerySet(models.QuerySet["Check"]):
    def open(self) -> CheckQuerySet:
        return self.filter(cleared_at=None)

    def waiting(self) -> CheckQuerySet:
        """Open, of routines that are in force: what is withdrawn needs no checking."""
        return self.open().filter(routine__state=Routine.State.IN_FORCE)

    def loudest_first(self) -> CheckQuerySet:
        """What is gone before what has changed, what has waited longest first."""
        return self.order_by(F("kind").desc(), "noticed_on", "pk")

    def of_theirs(self, user: User) -> CheckQuerySet:
        """Of routines that they own or deputise for."""
        return self.filter(Q(routine__owner=user) | Q(routine__deputy=user), routine__trust=user.trust_id)

    def waiting_for(self, user: User) -> CheckQuerySet:
        return self.waiting().of_theirs(user)

    def about(self, thing: Guidance | Insight) -> CheckQuerySet:
        return self.filter(insight=thing) if isinstance(thing, Insight) else self.filter(guidance=thing)

    def to_remind(self) -> CheckQuerySet:
        """Nobody has looked for ten working days, and nobody was reminded."""
        since = clock.working_days_before(clock.today(), REMINDED_AFTER)
        return self.waiting().filter(noticed_on__lte=since, reminded=False)

    def to_tell_the_lead(self) -> CheckQuerySet:
        """Nobody has looked for twenty."""
        since = clock.working_days_before(clock.today(), LEAD_TOLD_AFTER)
        return self.waiting().filter(noticed_on__lte=since, lead_told=False)

    def as_read_by(self, reader: User) -> CheckQuerySet:
        """Each with its thing, and whether this reader may know it: ``guidance_seen``, ``insight_seen``."""
        seen = {
            "guidance_seen": Exists(Guidance.objects.visible_to(reader).filter(pk=OuterRef("guidance"))),
            "insight_seen": Exists(Insight.objects.visible_to(reader).filter(pk=OuterRef("insight"))),
        }
        return self.select_related("guidance__trust", "insight", "cleared_by").annotate(**seen)


class Check(models.Model):
    """One thing that a routine draws on and that has changed in practice or safety, or is gone. While it is open the
    routine needs checking. ``since`` and ``revision``: the edition that the routine was last in step with, and the
    latest since that matters to it."""

    class Kind(models.TextChoices):
        # In the order of how loud they are: see loudest_first.
        CHANGED = "a_changed", "Guidance has changed"
        INSIGHT_CLOSED = "a_insight_closed", "An insight is open to fewer people"
        INSIGHT_GONE = "b_insight_gone", "An insight is withdrawn"
        GUIDANCE_GONE = "c_guidance_gone", "Guidance is withdrawn"
        STATEMENT_GONE = "d_statement_gone", "A recommendation is withdrawn"

    #: Those of which there is nothing left to follow.
    GONE = (Kind.INSIGHT_GONE, Kind.GUIDANCE_GONE, Kind.STATEMENT_GONE)

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
    reminded = models.BooleanField(default=False)
    lead_told = models.BooleanField(default=False)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    word = models.TextField(blank=True)
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = CheckQuerySet.as_manager()
    routine_id: int
    guidance_id: int | None
    insight_id: int | None
    since_id: int | None
    revision_id: int | None

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

    @property
    def is_gone(self) -> bool:
        """Is what the routine draws on there no more? That is louder than a change."""
        return self.kind in self.GONE

    @property
    def due(self) -> datetime.date:
        return clock.working_days_from(self.noticed_on, REMINDED_AFTER)

    @property
    def is_late(self) -> bool:
        return self.cleared_at is None and self.due < clock.today()

    @property
    def seen(self) -> str:
        """What somebody who looks at it has before them; another by now means that there is more to look at."""
        return f"{self.kind}-{self.revision_id or 0}"

    @property
    def name(self) -> str:
        """What it is about, as the reader of ``as_read_by`` may know it."""
        if self.insight_id:
            return f"“{self.insight}”" if self.insight_seen else "An insight"  # type: ignore[attr-defined]
        return str(self.guidance) if self.guidance_seen else "Guidance that is not open to you"  # type: ignore[attr-defined]

    def what_happened(self, name: str) -> str:
        """In words, of the thing by this name."""
        return {
            self.Kind.CHANGED: f"{name} has changed",
            self.Kind.INSIGHT_CLOSED: f"{name} is no longer open to everybody who follows the routine",
            self.Kind.INSIGHT_GONE: f"{name} is withdrawn",
            self.Kind.GUIDANCE_GONE: f"{name} is withdrawn",
            self.Kind.STATEMENT_GONE: f"{name} no longer has a recommendation that the routine uses",
        }[self.Kind(self.kind)]

    @property
    def happened(self) -> str:
        return self.what_happened(self.name)

    # What is noticed: see routines.knocking_on

    @classmethod
    def need(cls, found: Mapping[Routine, Mapping[str, Any]], *, about: Guidance | Insight, by: User | None) -> None:
        """These routines need checking: for each its ``kind`` and, of guidance that changed, ``since`` and
        ``revision``. Once for each thing: what changes again while it waits is looked at from where it began. Whoever
        looks after them is told. Within the transaction of the deed; a few queries, however many routines."""
        waits = cls.waiting_about(about, found)
        thing = {"insight": about} if isinstance(about, Insight) else {"guidance": about}
        made = [
            cls(routine=routine, noticed_on=clock.today(), **thing, **said)
            for routine, said in found.items()
            if routine.pk not in waits
        ]
        Check.objects.bulk_create(made)
        again = [waits[routine.pk]._again(routine, **said) for routine, said in found.items() if routine.pk in waits]
        Check.objects.bulk_update(again, ["kind", "revision", "since"])
        Event.record_each({one.routine: {"why": one.kind} for one in [*made, *again]}, by=by, verb="needs_checking")
        telling.that_they_wait([*made, *again], about=about, by=by)

    @classmethod
    def waiting_about(cls, thing: Guidance | Insight, routines: Iterable[Routine]) -> dict[int, Check]:
        """The open check of each of these routines about a thing, locked until the transaction ends."""
        rows = cls.objects.select_for_update().open().about(thing).filter(routine__in=list(routines)).order_by("pk")
        return {one.routine_id: one for one in rows}

    def _again(
        self, routine: Routine, *, kind: str, since: Revision | None = None, revision: Revision | None = None
    ) -> Check:
        self.routine, self.kind = routine, kind
        self.since, self.revision = self.since or since, revision or self.revision
        return self

    # How it is cleared

    @transaction.atomic
    def say_still_right(self, *, by: User, word: str, seen: str | None = None) -> None:
        """The routine holds as it is, and why. ``seen``: what they had before them when they said so; where more has
        changed since, that is a Conflict."""
        row = Check.objects.open().filter(pk=self.pk, kind=self.kind, revision=self.revision_id)
        told = {"outcome": self.Outcome.STILL_RIGHT, "word": word, "cleared_at": clock.now(), "cleared_by": by}
        if seen not in (None, self.seen) or not row.update(**told):
            self.refresh_from_db(fields=["kind", "since", "revision", "outcome", "word", "cleared_at", "cleared_by"])
            raise Conflict(self._why_not())
        self.refresh_from_db(fields=list(told))
        Event.record(by=by, verb="said_it_holds", subject=self.routine, trust=self.routine.trust, word=word)

    def _why_not(self) -> str:
        if self.cleared_by is None:
            return (
                "It has changed again since you opened this page. Look at what it says now, then say whether it holds."
            )
        return f"{self.cleared_by} was quicker: this is checked already."

    @classmethod
    def clear(cls, checks: Iterable[Check], *, outcome: str, by: User) -> None:
        """These need no word: the routine was changed, or what was gone is back."""
        checks = list(checks)
        rows = cls.objects.open().filter(pk__in=[one.pk for one in checks])
        rows.update(outcome=outcome, cleared_at=clock.now(), cleared_by=by)
        said = {one.routine: {"why": cls.Outcome(outcome).label} for one in checks}
        Event.record_each(said, by=by, verb="checked_by_change" if outcome == cls.Outcome.CHANGED else "need_no_check")

    # By the clock

    @transaction.atomic
    def remind(self) -> None:
        """Remind whoever looks after the routine, once."""
        if Check.objects.to_remind().filter(pk=self.pk).update(reminded=True):
            Event.record(by=None, verb="was_reminded", subject=self.routine, trust=self.routine.trust)
            telling.again(self)

    @transaction.atomic
    def tell_the_lead(self) -> None:
        """Tell whoever leads the routine's service that nobody has looked, once."""
        if Check.objects.to_tell_the_lead().filter(pk=self.pk).update(lead_told=True):
            Event.record(by=None, verb="told_lead_of_check", subject=self.routine, trust=self.routine.trust)
            telling.the_lead(self)
