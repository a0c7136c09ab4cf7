"""Actions: what somebody will do by when, and how one will know that it worked."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from knowledge.models import Conflict
from nhs_learning.people.models import Notice, Trust, User
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from reviews.models import keeping
from reviews.models.review import Finding, Review
from reviews.models.series import Series


class ActionQuerySet(models.QuerySet["Action"]):
    def open(self) -> ActionQuerySet:
        return self.filter(state=Action.State.OPEN)

    def visible_to(self, user: Any) -> ActionQuerySet:
        """Those of the reviews that the person may see, and the person's own."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(
            Q(owner=user) | Q(review__in=Review.objects.visible_to(user).values("pk")), trust=user.trust_id
        )


class Action(models.Model):
    """An action of a review, with one owner, a due date and a measure of success."""

    class State(models.TextChoices):
        OPEN = "open", "To do"
        DONE = "done", "Done"
        DROPPED = "dropped", "Not done, and why"

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="actions")
    reference = models.CharField(max_length=30, unique=True)
    review = models.ForeignKey(Review, models.PROTECT, related_name="actions")
    finding = models.ForeignKey(Finding, models.PROTECT, null=True, blank=True, related_name="actions")
    what = models.TextField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="actions")
    due = models.DateField()
    measure = models.TextField("how we will know that it worked")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    agreed_at = models.DateTimeField()
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.TextField(blank=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["due", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None, ended_by=None)
                | Q(~Q(outcome=""), ~Q(state="open"), ended_at__isnull=False, ended_by__isnull=False),
                name="an_ended_action_says_when_by_whom_and_what_came_of_it",
            ),
            models.CheckConstraint(
                condition=~Q(what="") & ~Q(measure=""), name="an_action_says_what_and_how_one_will_know"
            ),
        ]
        triggers = keeping.ON_ACTIONS

    def __str__(self) -> str:
        return f"{self.reference} {self.what[:60]}"

    def get_absolute_url(self) -> str:
        return reverse("action", args=[self.reference])

    @property
    def is_late(self) -> bool:
        return self.state == self.State.OPEN and self.due < clock.today()

    @classmethod
    @transaction.atomic
    def agree(
        cls,
        *,
        by: User,
        review: Review,
        what: str,
        owner: User,
        due: datetime.date,
        measure: str,
        finding: Finding | None = None,
    ) -> Action:
        """Agree on an action in an open review."""
        if not Review.objects.select_for_update().filter(pk=review.pk, state=Review.State.OPEN).exists():
            raise Conflict("This review is closed, so no action can be added to it.")
        action = cls.objects.create(
            trust=review.trust,
            reference=Series.draw(review.trust),
            review=review,
            finding=finding,
            what=what,
            owner=owner,
            due=due,
            measure=measure,
            agreed_at=clock.now(),
            agreed_by=by,
        )
        Event.record(by=by, verb="agreed", subject=action, trust=action.trust, owner=owner.name, due=due.isoformat())
        action._tell_owner(by=by)
        return action

    @transaction.atomic
    def hand_over(self, *, by: User, owner: User, due: datetime.date) -> None:
        """Give it another owner, or another date."""
        self._now(owner=owner, due=due)
        Event.record(by=by, verb="handed_over", subject=self, trust=self.trust, owner=owner.name, due=due.isoformat())
        self._tell_owner(by=by)

    @transaction.atomic
    def end(self, *, by: User, done: bool, outcome: str) -> None:
        """Say that it is done, or will not be done, and what came of it."""
        state = self.State.DONE if done else self.State.DROPPED
        self._now(state=state, ended_at=clock.now(), ended_by=by, outcome=outcome)
        Event.record(by=by, verb="ended_action", subject=self, trust=self.trust, state=state, outcome=outcome)

    def _tell_owner(self, *, by: User) -> None:
        if self.owner != by:
            due = f"{self.due.day} {self.due:%B}"
            words = f"{self.reference}: {self.what[:200]} (due {due})"
            Notice.send(self.owner, words=words, why="The action is yours.", url=self.get_absolute_url())

    def _now(self, **fields: Any) -> None:
        if not Action.objects.filter(pk=self.pk, state=self.State.OPEN).update(**fields):
            raise Conflict("This action has been ended already.")
        for name, value in fields.items():
            setattr(self, name, value)
