"""Routines: how knowledge is used, as a trust describes it. Each has one pointer to the edition in force."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from knowledge.models import Conflict
from nhs_learning.people.models import Service, Trust, User
from nhs_learning.record import clock
from nhs_learning.record.models import Event
from routines.models.routine_revision import RoutineRevision


class RoutineQuerySet(models.QuerySet["Routine"]):
    def of(self, trust: Trust | None) -> RoutineQuerySet:
        return self.filter(trust=trust)

    def in_force(self) -> RoutineQuerySet:
        return self.filter(state=Routine.State.IN_FORCE)

    def learning(self) -> RoutineQuerySet:
        """How the trust reviews things."""
        return self.filter(kind=Routine.Kind.LEARNING)

    def visible_to(self, user: Any) -> RoutineQuerySet:
        """What this person may read: their own trust's, once it has been in force."""
        if not user.is_authenticated or user.trust_id is None:
            return self.none()
        return self.filter(trust=user.trust_id).exclude(state=Routine.State.DRAFTING)


class Routine(models.Model):
    """A routine of a trust, or of one of its services. Its text is in its revisions."""

    class Kind(models.TextChoices):
        CARE = "care", "Care"
        OPERATIONAL = "operational", "Operational"
        LEARNING = "learning", "Learning"  # how the trust reviews things

    class State(models.TextChoices):
        DRAFTING = "drafting", "Being drafted"
        IN_FORCE = "in_force", "In force"
        WITHDRAWN = "withdrawn", "Withdrawn"

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="routines")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="routines")
    kind = models.CharField(max_length=12, choices=Kind)
    slug = models.SlugField(max_length=120)
    title = models.CharField(max_length=250)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFTING)
    current = models.OneToOneField(RoutineRevision, models.PROTECT, null=True, blank=True, related_name="current_of")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="owns_routines")
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    objects = RoutineQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["trust", "slug"], name="a_routine_slug_is_unique_in_its_trust"),
            models.CheckConstraint(
                condition=Q(state="drafting", current=None) | (~Q(state="drafting") & Q(current__isnull=False)),
                name="a_routine_that_was_in_force_has_a_current_revision",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    @transaction.atomic
    def begin(
        cls,
        *,
        by: User,
        trust: Trust,
        kind: str,
        slug: str,
        title: str,
        service: Service | None = None,
        owner: User | None = None,
    ) -> RoutineRevision:
        """Begin a routine, and return the draft of its first edition, still empty."""
        routine = cls.objects.create(
            trust=trust,
            service=service,
            kind=kind,
            slug=slug,
            title=title,
            owner=owner or by,
            created_at=clock.now(),
        )
        Event.record(by=by, verb="began", subject=routine, trust=trust, title=title)
        return RoutineRevision.objects.create(routine=routine, title=title, created_at=clock.now(), created_by=by)

    @transaction.atomic
    def start_draft(self, *, by: User) -> RoutineRevision:
        """A new draft that says what the edition in force says, to be worked on."""
        if self.current is None:
            raise Conflict("This routine has no edition in force yet: work on the draft of its first edition.")
        draft = self.current.copied(by=by)
        Event.record(by=by, verb="started_draft", subject=self, trust=self.trust, draft=draft.pk)
        return draft

    def make_findable(self) -> None:
        """Routines are not searched for yet: they have no pages of their own."""
