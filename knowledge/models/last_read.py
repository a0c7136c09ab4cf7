"""The edition that a person last read of each piece of guidance, so that they can be told what changed since."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from knowledge.models.guidance import Guidance
from knowledge.models.revision import Revision
from nhs_learning.people.models import User
from nhs_learning.record import clock


class LastRead(models.Model):
    """One row for each person and piece of guidance, shown to nobody but that person. It is not a record of reading:
    going back to an edition already read leaves no trace."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    guidance = models.ForeignKey(Guidance, models.CASCADE, related_name="+")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "last read"
        constraints = [
            models.UniqueConstraint(fields=["user", "guidance"], name="a_person_last_read_one_edition_of_a_guidance"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} read revision {self.revision_id}"

    @classmethod
    def note(cls, *, user: User, guidance: Guidance, last: int | None = None) -> Revision | None:
        """This person has the edition in force before them. Returns the earlier one that they read last, if another.

        No query where the caller knows that it was this one (``last``: a revision's id); a write only when something
        changed. Two pages opened at once are as good as one.
        """
        if last is not None and last == guidance.current_id:
            return None
        theirs = cls.objects.filter(user=user, guidance=guidance)
        last = theirs.values_list("revision_id", flat=True).first()
        if last is None:
            new: Any = cls(user=user, guidance=guidance, revision_id=guidance.current_id, at=clock.now())
            cls.objects.bulk_create([new], ignore_conflicts=True)
        elif last != guidance.current_id:
            theirs.update(revision=guidance.current_id, at=clock.now())
            return guidance.revisions.get(pk=last)
        return None
