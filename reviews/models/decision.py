"""Decisions on changes, and what a change redefines: kept as they were made."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from knowledge import loops
from reviews.models import keeping, rules


class GoverningChange(models.Model):
    """What a double-loop or meta-learning change redefines: which variable, as it was, as it becomes."""

    change = models.ForeignKey("reviews.Change", models.CASCADE, related_name="governing")
    variable = models.CharField(max_length=12, choices=loops.VARIABLE_CHOICES)
    was = models.TextField()
    becomes = models.TextField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(was="") & ~Q(becomes=""), name="what_is_redefined_says_before_and_after"
            ),
        ]
        triggers = [rules.variables_stay_named, keeping.redefined_as_sent]

    def __str__(self) -> str:
        return f"{self.get_variable_display()}: {self.was[:40]} → {self.becomes[:40]}"


class Decision(models.Model):
    """What one approver decided, and how they read the loop before they saw anybody else's reading.

    It holds for what was decided on: the ``fingerprint`` of the draft as it was shown. A committee's decision is put
    down by an approver, with its date and minute.
    """

    class Verdict(models.TextChoices):
        APPROVE = "approve", "Approve"
        SEND_BACK = "send_back", "Send back, to be changed"
        DECLINE = "decline", "Decline"

    change = models.ForeignKey("reviews.Change", models.PROTECT, related_name="decisions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    at = models.DateTimeField()
    verdict = models.CharField(max_length=10, choices=Verdict)
    reading = models.CharField("their own reading of the loop", max_length=10, choices=loops.CHOICES)
    meaning_unchanged = models.BooleanField(null=True)  # asked of wording changes only
    note = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=64)
    committee = models.CharField(max_length=200, blank=True)
    met_on = models.DateField("date of the meeting", null=True, blank=True)
    minute = models.CharField("minute", max_length=60, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["change", "by", "fingerprint"],
                condition=Q(verdict="approve"),
                name="a_person_approves_the_same_thing_once",
            ),
            models.CheckConstraint(condition=Q(verdict="approve") | ~Q(note=""), name="what_is_not_approved_says_why"),
            models.CheckConstraint(
                condition=Q(committee="", met_on=None, minute="")
                | Q(~Q(committee=""), ~Q(minute=""), met_on__isnull=False),
                name="a_committee_decides_on_a_date_with_a_minute",
            ),
        ]
        triggers = [rules.authors_never_decide, rules.decided_while_it_waits, rules.decisions_are_kept]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}, {self.by_id}"

    @property
    def who(self) -> str:
        """The committee with its date and minute, or the person."""
        if self.committee and self.met_on:
            met = f"{self.met_on.day} {self.met_on:%B %Y}"
            return f"{self.committee} of {met}, minute {self.minute} (put down by {self.by.name})"
        return self.by.name
