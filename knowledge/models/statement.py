"""Statements: recommendations and standards that last, and what each revision says for them."""

from __future__ import annotations

import pgtrigger
from django.db import models

from knowledge.models.edition import frozen_with_its_edition


class Statement(models.Model):
    """A recommendation or standard of a piece of guidance, with a key (its anchor on the page) for life.

    What it says is in its wordings, one for each revision that has it.
    """

    guidance = models.ForeignKey("knowledge.Guidance", models.PROTECT, related_name="statements")
    key = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["guidance", "key"], name="a_statement_key_is_unique_in_its_guidance"),
        ]
        triggers = [
            pgtrigger.Protect(name="a_statement_keeps_its_key", operation=pgtrigger.UpdateOf("key", "guidance_id")),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.guidance_id}"


class Wording(models.Model):
    """What one revision says for a statement. Strength and certainty are separate things (NICE's words; GRADE)."""

    class Strength(models.TextChoices):
        MUST = "must", "Must"
        MUST_NOT = "must_not", "Must not"
        OFFER = "offer", "Offer"
        DO_NOT_OFFER = "do_not_offer", "Do not offer"
        CONSIDER = "consider", "Consider"
        DO_NOT_CONSIDER = "do_not_consider", "Do not consider"

    class Certainty(models.TextChoices):
        HIGH = "high", "High"
        MODERATE = "moderate", "Moderate"
        LOW = "low", "Low"
        VERY_LOW = "very_low", "Very low"

    revision = models.ForeignKey("knowledge.Revision", models.CASCADE, related_name="wordings")
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="wordings")
    position = models.PositiveIntegerField(default=0)
    number = models.CharField(max_length=20)
    text = models.TextField()
    strength = models.CharField(max_length=16, choices=Strength, blank=True)
    certainty = models.CharField(max_length=10, choices=Certainty, blank=True)
    update_label = models.CharField(
        max_length=60, blank=True, help_text="For example [2022], [2022, amended 2024] or [new 2026]"
    )

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "statement"
        constraints = [
            models.UniqueConstraint(fields=["revision", "statement"], name="a_revision_says_a_statement_once"),
            models.UniqueConstraint(
                fields=["revision", "number"],
                name="a_statement_number_is_used_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]
        triggers = [frozen_with_its_edition(table="knowledge_revision", name="published_wordings_are_never_edited")]

    def __str__(self) -> str:
        return f"{self.number} {self.text[:60]}"


class Milestone(models.Model):
    """What a standard asks for, by when, and how one would know."""

    revision = models.ForeignKey("knowledge.Revision", models.CASCADE, related_name="milestones")
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="milestones")
    position = models.PositiveIntegerField(default=0)
    what = models.TextField()
    by_when = models.DateField(null=True, blank=True)
    measure = models.TextField(blank=True)

    class Meta:
        ordering = ["position", "pk"]
        triggers = [frozen_with_its_edition(table="knowledge_revision", name="published_milestones_are_never_edited")]

    def __str__(self) -> str:
        return self.what[:80]
