"""Services: the tree of divisions, services and teams of a trust."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pghistory
import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction

from nhs_learning.people.models.trust import Trust
from nhs_learning.record.models import Event

if TYPE_CHECKING:
    from nhs_learning.people.models.user import User


class ServiceQuerySet(models.QuerySet["Service"]):
    def of(self, trust: Trust | None) -> ServiceQuerySet:
        return self.filter(trust=trust)

    def as_tree(self) -> list[Service]:
        """These services, each under its parent, with ``depth`` (0 at the top) set on each."""
        return as_tree(self.order_by("name"))


def as_tree(services: Iterable[Service]) -> list[Service]:
    """Services that come by name, each under its parent, with ``depth`` (0 at the top) set on each."""
    services = list(services)
    known = {service.pk for service in services}
    children: dict[int | None, list[Service]] = {}
    for service in services:
        children.setdefault(service.parent_id if service.parent_id in known else None, []).append(service)
    ordered: list[Service] = []

    def walk(parent: int | None, depth: int) -> None:
        for service in children.get(parent, []):
            service.depth = depth
            ordered.append(service)
            walk(service.pk, depth + 1)

    walk(None, 0)
    return ordered


def beneath(tree: Iterable[Service], service: Service) -> set[int]:
    """The service and all that are beneath it, by their ids. The tree has parents first."""
    inside = {service.pk}
    for other in tree:
        if other.parent_id in inside:
            inside.add(other.pk)
    return inside


@pghistory.track()
class Service(models.Model):
    """A division, service or team of a trust. ``nature`` says how settled its work is, which shifts what it needs to
    learn from: documents where the work is established, people where it is innovative."""

    class Level(models.TextChoices):
        DIVISION = "division", "Division"
        SERVICE = "service", "Service"
        TEAM = "team", "Team"

    class Nature(models.TextChoices):
        ESTABLISHED = "established", "Established"
        MIXED = "mixed", "Mixed"
        INNOVATIVE = "innovative", "Innovative"

    trust = models.ForeignKey(Trust, models.PROTECT, related_name="services")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80)
    level = models.CharField(max_length=10, choices=Level, default=Level.SERVICE)
    nature = models.CharField(max_length=12, choices=Nature, default=Nature.ESTABLISHED)
    lead = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="leads")

    objects = ServiceQuerySet.as_manager()
    depth: int

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["trust", "slug"], name="a_service_slug_is_unique_in_its_trust"),
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="a_service_is_not_its_own_parent"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="a_service_stays_in_its_tree",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id", "trust_id"),
                declare=[("above", "bigint"), ("steps", "integer")],
                # A walk up from the service must end at the top of the same trust.
                func="""
                    above := NEW.parent_id; steps := 0;
                    WHILE above IS NOT NULL LOOP
                        steps := steps + 1;
                        IF above = NEW.id OR steps > 20 THEN
                            RAISE EXCEPTION 'a service cannot be placed beneath itself'
                                USING ERRCODE = 'check_violation';
                        END IF;
                        IF NOT EXISTS (SELECT 1 FROM people_service WHERE id = above AND trust_id = NEW.trust_id) THEN
                            RAISE EXCEPTION 'a service''s parent is of the same trust'
                                USING ERRCODE = 'check_violation';
                        END IF;
                        SELECT parent_id INTO above FROM people_service WHERE id = above;
                    END LOOP;
                    RETURN NULL;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.name

    def line(self) -> list[Service]:
        """The service and those above it, nearest first."""
        line = [self]
        while line[-1].parent is not None:
            line.append(line[-1].parent)
        return line

    def clean(self) -> None:
        above = self.parent
        while above is not None:
            if above.pk == self.pk:
                raise ValidationError({"parent": "A service cannot be placed beneath itself."})
            if above.trust_id != self.trust_id:
                raise ValidationError({"parent": "Choose a service of the same trust."})
            above = above.parent

    @transaction.atomic
    def rearrange(self, *, by: User, **fields: Any) -> None:
        """Change its name, its place in the tree, its level, its nature or its lead. Raises ValidationError when it
        would stand beneath itself, also if that comes of two people moving services at once."""
        Trust.objects.select_for_update().get(pk=self.trust_id)  # one at a time moves things in a trust's tree
        for field, value in fields.items():
            setattr(self, field, value)
        if self.parent:
            self.parent.refresh_from_db()
        self.clean()
        self.save(update_fields=list(fields))
        Event.record(by=by, verb="rearranged", subject=self, trust=self.trust, parts=sorted(fields))

    @classmethod
    @transaction.atomic
    def open(
        cls,
        *,
        by: User | None,
        trust: Trust,
        name: str,
        slug: str,
        parent: Service | None = None,
        **details: object,
    ) -> Service:
        """Open a service in the trust's tree."""
        service = cls.objects.create(trust=trust, name=name, slug=slug, parent=parent, **details)
        Event.record(by=by, verb="opened", subject=service, trust=trust, name=name)
        return service
