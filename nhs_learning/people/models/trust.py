"""Trusts: NHS organisations, known by their ODS code."""

from __future__ import annotations

import datetime

import pghistory
from django.db import models, transaction
from django.db.models.functions import Upper

from nhs_learning.record import clock
from nhs_learning.record.models import Event


class TrustQuerySet(models.QuerySet["Trust"]):
    def open_on(self, day: datetime.date) -> TrustQuerySet:
        return self.filter(models.Q(closed_on=None) | models.Q(closed_on__gt=day))


@pghistory.track()
class Trust(models.Model):
    """An NHS trust. The ODS code is upper case, never used again for another, and up to 12 characters long."""

    ods_code = models.CharField("ODS code", max_length=12, unique=True)
    name = models.CharField(max_length=200)
    region = models.CharField(max_length=20, blank=True)
    icb = models.CharField("integrated care board", max_length=20, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    objects = TrustQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ods_code=Upper("ods_code")) & ~models.Q(ods_code=""),
                name="an_ods_code_is_upper_case",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def slug(self) -> str:
        """The trust's part of a page's address."""
        return self.ods_code.lower()

    @classmethod
    @transaction.atomic
    def register(
        cls, *, ods_code: str, name: str, by: models.Model | None = None, **details: object
    ) -> tuple[Trust, bool]:
        """Enter a trust, or bring what is known of it up to date. Returns it, and whether anything changed."""
        ods_code = ods_code.strip().upper()
        trust = cls.objects.filter(ods_code=ods_code).first() or cls(ods_code=ods_code)
        known = {"name": name, **details}
        if trust.pk and all(getattr(trust, field) == value for field, value in known.items()):
            return trust, False
        for field, value in known.items():
            setattr(trust, field, value)
        trust.save()
        Event.record(by=by, verb="registered", subject=trust, trust=trust, name=name, on=clock.today().isoformat())
        return trust, True
