"""Assessments: how a service stands against a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pgtrigger
from django.conf import settings
from django.db import models, transaction

from knowledge.models.statement import Statement, Wording
from nhs_learning.people.models import Service
from nhs_learning.record import clock
from nhs_learning.record.models import Event

if TYPE_CHECKING:
    from knowledge.models.guidance import Guidance
    from nhs_learning.people.models import User


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def latest_of(self, guidance: Guidance) -> AssessmentQuerySet:
        """For each service and statement of this guidance, how it stands now."""
        return (
            self.filter(statement__guidance=guidance)
            .order_by("service_id", "statement_id", "-at", "-pk")
            .distinct("service_id", "statement_id")
        )


class Assessment(models.Model):
    """A service against a statement, and the wording it saw. Each is a new row, so the way there is kept."""

    class Standing(models.TextChoices):
        MET = "met", "Met"
        PARTLY = "partly", "Partly met"
        NOT_MET = "not_met", "Not met"
        NOT_APPLICABLE = "not_applicable", "Not applicable"

    service = models.ForeignKey(Service, models.PROTECT, related_name="assessments")
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="assessments")
    wording = models.ForeignKey(Wording, models.PROTECT, related_name="assessments")
    standing = models.CharField(max_length=15, choices=Standing)
    evidence = models.TextField()
    action = models.TextField(blank=True)
    due = models.DateField(null=True, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["statement", "service", "-at"], name="assessment_latest")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(evidence=""), name="an_assessment_gives_evidence"),
        ]
        triggers = [
            pgtrigger.Protect(name="assessments_are_never_edited", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_standing_display()}: {self.evidence[:60]}"

    @property
    def is_late(self) -> bool:
        """Is there an action that should have been done by now?"""
        return bool(
            self.due and self.due < clock.today() and self.standing in (self.Standing.PARTLY, self.Standing.NOT_MET)
        )

    @classmethod
    @transaction.atomic
    def make(
        cls, *, by: User, service: Service, wording: Wording, standing: str, evidence: str, **more: Any
    ) -> Assessment:
        """Say how a service stands against a statement as it is now worded."""
        assessment = cls.objects.create(
            service=service,
            statement_id=wording.statement_id,
            wording=wording,
            standing=standing,
            evidence=evidence,
            at=clock.now(),
            by=by,
            **more,
        )
        guidance = wording.revision.guidance
        Event.record(
            by=by,
            verb="assessed",
            subject=guidance,
            trust=guidance.trust,
            service=service.name,
            number=wording.number,
            standing=standing,
        )
        return assessment
