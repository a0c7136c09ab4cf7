"""Events: who did what to what, and when. The timeline that pages show and that others follow; never edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models

from nhs_learning.record import clock


class EventQuerySet(models.QuerySet["Event"]):
    def about(self, subject: models.Model) -> EventQuerySet:
        """The timeline of one thing, newest first."""
        return self.filter(subject_kind=_kind(subject), subject_id=subject.pk).order_by("-at", "-pk")


class Event(models.Model):
    """One thing that a person (or, with nobody named, the clock) did. Written in the transaction of the deed itself."""

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    trust = models.ForeignKey("people.Trust", models.PROTECT, null=True, related_name="+")
    subject_kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    what = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject_kind", "subject_id", "-at"], name="event_by_subject")]
        triggers = [
            pgtrigger.Protect(name="events_are_never_edited", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_kind} {self.subject_id}"

    @classmethod
    def record(cls, *, by: Any, verb: str, subject: models.Model, trust: Any = None, **what: Any) -> Event:
        """Write down one deed. ``what`` holds what a reader of the timeline needs, as JSON values."""
        event = cls._of(subject, by=by, verb=verb, what=what)
        event.trust = trust
        event.save(force_insert=True)
        return event

    @classmethod
    def record_each(cls, said: Mapping[Any, dict[str, Any]], *, by: Any, verb: str) -> None:
        """Write down the same deed on many things of trusts, with what there is to say of each. One query."""
        events = [cls._of(subject, by=by, verb=verb, what=what) for subject, what in said.items()]
        for event, subject in zip(events, said, strict=True):
            event.trust_id = subject.trust_id
        Event.objects.bulk_create(events)

    @classmethod
    def _of(cls, subject: models.Model, *, by: Any, verb: str, what: dict[str, Any]) -> Event:
        kind = _kind(subject)
        return cls(at=clock.now(), by=by, verb=verb, subject_kind=kind, subject_id=subject.pk, what=what)


def _kind(subject: Any) -> str:
    """A proxy (a guideline) is the thing that it stands for (guidance)."""
    return subject._meta.concrete_model._meta.model_name
