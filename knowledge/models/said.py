"""What makes up a conversation: who was asked, what was said, what was learned of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Message(models.Model):
    """Something said in a conversation."""

    conversation = models.ForeignKey("knowledge.Conversation", models.PROTECT, related_name="messages")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text[:80]


class Asking(models.Model):
    """That somebody was asked, by whose suggestion, and that they suggested another."""

    conversation = models.ForeignKey("knowledge.Conversation", models.PROTECT, related_name="askings")
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    on = models.DateField()
    suggested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    left_on = models.DateField(null=True, blank=True)
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "who"], name="somebody_is_asked_a_question_once"),
        ]

    def __str__(self) -> str:
        return f"{self.who} was asked"


class Lesson(models.Model):
    """What one of the two learned of a conversation."""

    conversation = models.ForeignKey("knowledge.Conversation", models.PROTECT, related_name="lessons")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "by"], name="each_says_once_what_they_learned"),
            models.CheckConstraint(condition=~Q(text=""), name="a_lesson_says_what_was_learned"),
        ]

    def __str__(self) -> str:
        return self.text[:80]
