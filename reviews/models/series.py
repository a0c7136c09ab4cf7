"""The one numbered series of a trust's reviews, changes and actions in a year: ZNB-2026-0042."""

from __future__ import annotations

from django.db import models, transaction
from django.db.models import F

from nhs_learning.people.models import Trust
from nhs_learning.record import clock


class Series(models.Model):
    """The counter of one trust and year. A number is drawn within the transaction that uses it, so that two people
    never draw the same; one that is drawn and not used leaves a gap, which is allowed."""

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(fields=["trust", "year"], name="a_trust_has_one_series_a_year"),
        ]

    def __str__(self) -> str:
        return f"{self.trust_id}, {self.year}: {self.last}"

    @classmethod
    @transaction.atomic(savepoint=False)
    def draw(cls, trust: Trust) -> str:
        """The next reference of the trust's series in this year, for example ZNB-2026-0042."""
        year = clock.today().year
        row, _ = cls.objects.get_or_create(trust=trust, year=year)
        cls.objects.filter(pk=row.pk).update(last=F("last") + 1)  # holds the row until the transaction ends
        row.refresh_from_db()
        return f"{trust.ods_code}-{year}-{row.last:04d}"
