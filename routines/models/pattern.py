"""Patterns: the same reason given again and again for departing from guidance or a routine. Each offers a review."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse

from knowledge.models import Conflict, Guidance, Statement, Wording
from nhs_learning.people.models import Notice, Trust, User
from nhs_learning.people.roles import LEAD
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from routines.models.routine import Routine
from routines.models.why import Reason

if TYPE_CHECKING:
    from routines.models.performance import Performance
    from routines.models.use import Use


class PatternQuerySet(models.QuerySet["Pattern"]):
    def visible_to(self, user: Any) -> PatternQuerySet:
        """Of one's own trust; of guidance, where one may read it."""
        if not user.is_authenticated or user.trust_id is None:
            return self.none()
        seen = Guidance.objects.visible_to(user).values("pk")
        return self.filter(trust=user.trust_id).filter(Q(guidance=None) | Q(guidance__in=seen))

    def noticed(self) -> PatternQuerySet:
        """Nobody has taken it up or set it aside yet."""
        return self.filter(state=Pattern.State.NOTICED)

    def answered_by(self, user: User) -> PatternQuerySet:
        """About what they own or deputise for, or what belongs to a service that they lead."""
        theirs = Q(guidance__owner=user) | Q(guidance__deputy=user) | Q(routine__owner=user) | Q(routine__deputy=user)
        led = user.reach.services(LEAD)
        return self.filter(theirs | Q(guidance__service__in=led) | Q(routine__service__in=led))

    def with_words(self) -> PatternQuerySet:
        """Each with ``statement_number`` and ``statement_text``: what the edition in force says there, or None."""
        said = Wording.objects.filter(statement=OuterRef("statement"), revision=OuterRef("guidance__current"))
        words = {f"statement_{name}": Subquery(said.values(name)[:1]) for name in ("number", "text")}
        return self.select_related("guidance__trust", "guidance__service", "routine__service").annotate(**words)


class Pattern(models.Model):
    """One reason, given for departing from one thing at least ``settings.PATTERN_DEPARTURES`` times within
    ``settings.PATTERN_DAYS`` days. What was recorded stays attached to it (``uses``, ``performances``)."""

    class State(models.TextChoices):
        NOTICED = "noticed", "Noticed"
        TAKEN_UP = "taken_up", "Taken up in a review"
        SET_ASIDE = "set_aside", "Set aside"

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="patterns")
    guidance = models.ForeignKey(Guidance, models.PROTECT, null=True, related_name="patterns")
    statement = models.ForeignKey(Statement, models.PROTECT, null=True, related_name="patterns")
    routine = models.ForeignKey(Routine, models.PROTECT, null=True, related_name="patterns")
    reason = models.CharField(max_length=16, choices=Reason)
    state = models.CharField(max_length=10, choices=State, default=State.NOTICED)
    noticed_on = models.DateField()
    first_on = models.DateField()
    last_on = models.DateField()
    number = models.PositiveIntegerField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    why = models.TextField("why it was set aside", blank=True)

    objects = PatternQuerySet.as_manager()
    uses: Any
    performances: Any
    guidance_id: int | None
    routine_id: int | None

    class Meta:
        ordering = ["-last_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(guidance__isnull=False, routine=None)
                | Q(guidance=None, statement=None, routine__isnull=False),
                name="a_pattern_is_about_guidance_or_a_routine",
            ),
            models.CheckConstraint(
                condition=Q(state="noticed", answered_at=None, answered_by=None)
                | ~Q(state="noticed") & Q(answered_at__isnull=False, answered_by__isnull=False),
                name="an_answered_pattern_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(state="set_aside") | ~Q(why=""), name="a_pattern_is_set_aside_with_a_reason"
            ),
            models.UniqueConstraint(
                fields=["guidance", "statement", "routine", "reason"],
                condition=Q(state="noticed"),
                nulls_distinct=False,
                name="a_pattern_is_noticed_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.get_reason_display()}"

    def get_absolute_url(self) -> str:
        return reverse("pattern", args=[self.pk])

    @property
    def subject(self) -> Guidance | Routine:
        return self.guidance or self.routine  # type: ignore[return-value]  # a constraint sees to it

    @property
    def days(self) -> int:
        """From the first to the last of what was recorded, both counted."""
        return (self.last_on - self.first_on).days + 1

    @property
    def because(self) -> str:
        return Reason(self.reason).because

    @property
    def at_stake(self) -> str:
        return Reason(self.reason).at_stake

    @property
    def named(self) -> str:
        """What it is about, as a title. Of a queryset ``with_words``, by the statement's number."""
        number = getattr(self, "statement_number", None)
        return f"{self.subject.title}, {number}" if number else self.subject.title

    @property
    def records(self) -> Any:
        """What was recorded: uses of guidance, or performances of the routine."""
        return self.performances if self.routine_id else self.uses

    @classmethod
    def notice(cls, record: Use | Performance) -> Pattern | None:
        """Look, once a departure is recorded, whether it is one of many for the same reason. In its transaction.
        Returns the pattern that it is part of, if it is of one."""
        about, same = record.about(), record.same_reason()
        subject = record.subject
        one_after_the_other(subject)
        if found := cls.objects.noticed().filter(**about, reason=record.reason).first():
            same.filter(pk=record.pk).update(pattern=found)
            cls.objects.filter(pk=found.pk).update(number=F("number") + 1, last_on=record.on)
            return found
        since = record.on - datetime.timedelta(days=settings.PATTERN_DAYS)
        loose = same.filter(pattern=None, on__gt=since)
        days = list(loose.values_list("on", flat=True))
        if len(days) < settings.PATTERN_DEPARTURES:
            return None
        found = cls.objects.create(
            trust=subject.trust,
            reason=record.reason,
            noticed_on=clock.today(),
            first_on=min(days),
            last_on=max(days),
            number=len(days),
            **about,
        )
        loose.update(pattern=found)
        Event.record(by=None, verb="noticed_pattern", subject=found, trust=subject.trust, number=len(days))
        found._tell()
        return found

    def _tell(self) -> None:
        words = f"{self.subject}: {self.number} times “{self.get_reason_display()}” in {settings.PATTERN_DAYS} days"
        owner = self.subject.owner
        if owner.is_active:
            Notice.send(owner, words=words, why="You own it. It may need a review.", url=self.get_absolute_url())

    @transaction.atomic
    def take_up(self, *, by: User) -> None:
        """A review is opened about it."""
        self._answer(self.State.TAKEN_UP, by=by)
        Event.record(by=by, verb="took_up_pattern", subject=self, trust=self.trust)

    @transaction.atomic
    def set_aside(self, *, by: User, why: str) -> None:
        """It needs no review, and why. The same reason is noticed again once it has been given often enough anew."""
        self._answer(self.State.SET_ASIDE, by=by, why=why)
        Event.record(by=by, verb="set_aside_pattern", subject=self, trust=self.trust, why=why)

    def _answer(self, state: str, *, by: User, why: str = "") -> None:
        row = Pattern.objects.noticed().filter(pk=self.pk)
        if not row.update(state=state, answered_at=clock.now(), answered_by=by, why=why):
            self.refresh_from_db()
            raise Conflict(f"Somebody was quicker: this pattern is {self.get_state_display().lower()}.")
        self.refresh_from_db()


def one_after_the_other(subject: Guidance | Routine) -> None:
    """Wait for whoever looks for a pattern in the same thing, before any count is touched: they look at counts and
    records in the other order, and the two would wait for each other for ever."""
    type(subject)._default_manager.select_for_update(no_key=True).order_by().values_list("pk").get(pk=subject.pk)
