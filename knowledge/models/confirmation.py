"""Confirmations: guidance reviewed and still correct, or its review date extended."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models


class Confirmation(models.Model):
    """That somebody looked at the guidance in force and found it still correct, or that the approving group gave it
    longer; by whom, when, why, and when it is next due. Only "still correct" counts as a review."""

    class Kind(models.TextChoices):
        STILL_CORRECT = "still_correct", "Reviewed and still correct"
        EXTENDED = "extended", "Review date extended"

    guidance = models.ForeignKey("knowledge.Guidance", models.PROTECT, related_name="confirmations")
    revision = models.ForeignKey("knowledge.Revision", models.PROTECT, related_name="confirmations")
    kind = models.CharField(max_length=15, choices=Kind)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    why = models.TextField()
    next_due = models.DateField()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(why=""), name="a_confirmation_says_why"),
        ]
        triggers = [
            pgtrigger.Protect(name="confirmations_are_never_edited", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} until {self.next_due}"
