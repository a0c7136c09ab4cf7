"""Notices: what somebody should know, why it is told to them, and where to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from nhs_learning.record import clock

if TYPE_CHECKING:
    from nhs_learning.people.models.user import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unread(self) -> NoticeQuerySet:
        return self.filter(read=False)

    def were_read(self) -> None:
        """All of these."""
        self.unread().update(read=True)


class Notice(models.Model):
    """A word to one person. It carries nothing that its reader could not see on the page to which it leads."""

    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices")
    sent = models.DateTimeField()
    words = models.CharField(max_length=300)
    why = models.CharField("why it is told to you", max_length=200)
    url = models.CharField(max_length=300)
    read = models.BooleanField(default=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-sent", "-pk"]
        indexes = [models.Index(fields=["to", "read", "-sent"], name="notices_of_a_person")]

    def __str__(self) -> str:
        return self.words

    @classmethod
    def send(cls, to: User | None, *, words: str, why: str, url: str) -> None:
        """Tell somebody who is here; nobody, and people who have left, are told nothing."""
        if to is not None and to.is_active:
            cls.objects.create(to=to, sent=clock.now(), words=words[:300], why=why, url=url)
