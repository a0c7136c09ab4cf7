"""Withdrawals: one person takes guidance out of force at once; a second confirms it in time, or puts it back."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from knowledge.models import Conflict, Guidance
from nhs_learning.people.models import Notice, Trust, User
from nhs_learning.people.roles import APPROVE
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from reviews.models.series import Series

#: Within this time a second person signs.
SIGNED_WITHIN = datetime.timedelta(hours=72)


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    def waiting(self) -> WithdrawalQuerySet:
        """For a second signature."""
        return self.filter(state=Withdrawal.State.WAITING)

    def late(self) -> WithdrawalQuerySet:
        """Not signed in time, and nobody has been told yet."""
        return self.waiting().filter(sign_by__lt=clock.now(), escalated=False)

    def visible_to(self, user: Any) -> WithdrawalQuerySet:
        """Those of guidance of the person's own trust which they may read."""
        if not user.is_authenticated or user.trust_id is None:
            return self.none()
        return self.filter(trust=user.trust_id, guidance__in=Guidance.objects.visible_to(user).values("pk"))

    def to_be_signed_by(self, user: User) -> WithdrawalQuerySet:
        """What waits for the signature of somebody like this person, the most urgent first."""
        approves = Q(guidance__service__in=user.reach.services(APPROVE))
        return self.visible_to(user).waiting().filter(approves).exclude(withdrawn_by=user).order_by("sign_by", "pk")

    def with_names(self) -> WithdrawalQuerySet:
        related = ("trust", "withdrawn_by", "ended_by", "guidance__service", "guidance__trust", "replaced_by__trust")
        return self.select_related(*related)


class Withdrawal(models.Model):
    """One time that a piece of guidance was withdrawn: by whom, why, what to follow instead, and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "To be confirmed by a second person"
        SIGNED = "signed", "Confirmed by a second person"
        PUT_BACK = "put_back", "Put back in force"

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="withdrawals")
    reference = models.CharField(max_length=30, unique=True)
    guidance = models.ForeignKey(Guidance, models.PROTECT, related_name="withdrawals")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    why = models.TextField()
    replaced_by = models.ForeignKey(Guidance, models.PROTECT, null=True, blank=True, related_name="+")
    instead = models.TextField("what to follow instead, in words", blank=True)
    withdrawn_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sign_by = models.DateTimeField()
    escalated = models.BooleanField(default=False)  # the service lead was told that nobody has signed
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ended_why = models.TextField(blank=True)

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        ordering = ["-withdrawn_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["guidance"], condition=Q(state="waiting"), name="guidance_has_one_open_withdrawal"
            ),
            models.CheckConstraint(
                condition=~Q(state="signed") | ~Q(ended_by=F("withdrawn_by")),
                name="a_withdrawal_is_signed_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at=None, ended_by=None)
                | Q(~Q(state="waiting"), ended_at__isnull=False, ended_by__isnull=False),
                name="an_ended_withdrawal_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(why="") & (~Q(state="put_back") | ~Q(ended_why="")),
                name="a_withdrawal_and_its_end_say_why",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=False) | ~Q(instead=""),
                name="a_withdrawal_says_what_to_follow_instead",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.guidance}"

    def get_absolute_url(self) -> str:
        return reverse("withdrawal", args=[self.reference])

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_late(self) -> bool:
        return self.is_waiting and self.sign_by < clock.now()

    @classmethod
    @transaction.atomic
    def begin(
        cls, *, by: User, guidance: Guidance, why: str, replaced_by: Guidance | None = None, instead: str = ""
    ) -> Withdrawal:
        """Take guidance out of force now, saying why and what to follow instead: another piece, or words."""
        guidance.withdraw(by=by, why=why, replaced_by=replaced_by, instead=instead)
        now = clock.now()
        withdrawal = cls.objects.create(
            trust=guidance.trust,
            reference=Series.draw(guidance.trust),
            guidance=guidance,
            why=why,
            replaced_by=replaced_by,
            instead=instead,
            withdrawn_at=now,
            withdrawn_by=by,
            sign_by=now + SIGNED_WITHIN,
        )
        withdrawal._ask_for_a_signature()
        return withdrawal

    @transaction.atomic
    def sign(self, *, by: User) -> None:
        """Confirm it, as the second person."""
        self._end(~Q(withdrawn_by=by), to=self.State.SIGNED, by=by)
        Event.record(by=by, verb="signed_withdrawal", subject=self.guidance, trust=self.trust)

    @transaction.atomic
    def put_back(self, *, by: User, why: str) -> None:
        """Put the guidance back in force, saying why."""
        self._end(Q(), to=self.State.PUT_BACK, by=by, why=why)
        self.guidance.reinstate(by=by, why=why)
        self._tell({self.withdrawn_by, *self._owners()} - {by}, f"{self.guidance} is back in force.")

    @transaction.atomic
    def escalate(self) -> None:
        """Nobody has signed in time: tell the service lead, once."""
        if not Withdrawal.objects.late().filter(pk=self.pk).update(escalated=True):
            return
        self.escalated = True
        Event.record(by=None, verb="escalated", subject=self.guidance, trust=self.trust)
        leads = User.objects.leading(self.guidance.service, trust=self.trust)
        words = f"Nobody has confirmed in time that {self.guidance} is withdrawn. Have a second approver look at it."
        self._tell(leads, words, why="You lead the service whose guidance this is.")

    def _end(self, allowed: Q, *, to: str, by: User, why: str = "") -> None:
        """One guarded UPDATE; no row means that somebody was quicker, or is the same person."""
        ended = {"state": to, "ended_at": clock.now(), "ended_by": by, "ended_why": why}
        if not Withdrawal.objects.waiting().filter(allowed, pk=self.pk).update(**ended):
            self.refresh_from_db()
            if self.is_waiting:
                raise Conflict("You withdrew this, so a second person confirms it.")
            raise Conflict(f"Somebody was quicker. This withdrawal is now: {self.get_state_display().lower()}.")
        for name, value in ended.items():
            setattr(self, name, value)

    def _ask_for_a_signature(self) -> None:
        approvers = User.objects.who_may(APPROVE, trust=self.trust, service=self.guidance.service)
        asked = {person.who_decides for person in approvers} - {self.withdrawn_by}
        words = f"{self.guidance} was withdrawn. A second approver confirms it within 72 hours, or puts it back."
        self._tell(asked, words, why="You approve changes in its service.")
        told = set(self._owners()) - asked - {self.withdrawn_by}
        self._tell(told, f"{self.guidance} was withdrawn: see why.", why="You look after this guidance.")

    def _owners(self) -> list[User]:
        return [one for one in (self.guidance.owner, self.guidance.deputy) if one]

    def _tell(self, people: Iterable[User], words: str, *, why: str = "You withdrew it, or look after it.") -> None:
        """Tell those of them who may read the guidance."""
        for person in people:
            if Guidance.objects.visible_to(person).filter(pk=self.guidance_id).exists():
                Notice.send(person, words=words, why=why, url=self.get_absolute_url())
