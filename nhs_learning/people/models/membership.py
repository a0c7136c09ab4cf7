"""Memberships: the role that a person holds in a service."""

from __future__ import annotations

import pghistory
from django.conf import settings
from django.db import models

from nhs_learning.people import roles
from nhs_learning.people.models.service import Service


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Membership(models.Model):
    """A role held in a service, reaching down to those beneath it; in no service, it reaches the whole trust."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=20, choices=roles.CHOICES)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "service", "role"],
                nulls_distinct=False,
                name="a_role_in_a_service_is_held_once",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=list(roles.ROLES)), name="a_role_is_one_of_the_document"
            ),
        ]

    def __str__(self) -> str:
        return f"{roles.ROLES[self.role].label}, {self.service or 'whole trust'}"
