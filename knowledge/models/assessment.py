"""Assessments: how a service stands against a statement."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.conf import settings
from django.db import models, transaction

from knowledge.models.edition import Conflict
from knowledge.models.statement import Statement, Wording
from nhs_learning.people.models import Service
from nhs_learning.record import clock
from nhs_learning.record.models import Event

if TYPE_CHECKING:
    from nhs_learning.people.models import User

#: Where a standard is not wholly met, something is to be done about it.
ASKS_FOR_ACTION = ("partly", "not_met")
#: For ``Assessment.make``: whatever was said before.
ANY = -1


def action_is_late(standing: str, due: datetime.date | None) -> bool:
    """Should what a service promised, where it does not meet a standard, have been done before today?"""
    return bool(due and due < clock.today() and standing in ASKS_FOR_ACTION)


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def with_edition(self) -> AssessmentQuerySet:
        """Each with ``edition``: the number of the edition whose wording it saw."""
        return self.annotate(edition=models.F("wording__revision__number"))


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
        return action_is_late(self.standing, self.due)

    @classmethod
    @transaction.atomic
    def make(
        cls,
        *,
        by: User,
        service: Service,
        wording: Wording,
        standing: str,
        evidence: str,
        seen: int | None = ANY,
        **more: Any,
    ) -> Assessment:
        """Say how a service stands against a statement as it is now worded.

        ``seen`` is the latest assessment that the person had before them (its id; None: there was none). Another one
        by now is a Conflict, so that nobody writes over what they have not read.
        """
        if seen != ANY:
            cls._refuse_unread(service, wording.statement_id, seen)
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

    @classmethod
    def _refuse_unread(cls, service: Service, statement_id: int, seen: int | None) -> None:
        """Hold the service's row until the commit, so that two leads at once take turns, and look at what is there."""
        Service.objects.select_for_update(no_key=True).get(pk=service.pk)
        latest = cls.objects.filter(service=service, statement=statement_id).order_by("-at", "-pk").first()
        if (latest and latest.pk) != seen:
            raise Conflict(f"Somebody else assessed {service.name} while you were working on it.")
