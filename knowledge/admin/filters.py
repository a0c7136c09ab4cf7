"""By what curators narrow a list of guidance down."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from knowledge.models import Guidance
from knowledge.models.guidance import DUE_SOON
from nhs_learning.people.models import Service
from nhs_learning.record import clock


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("in_force", "In force"),
            ("overdue", "In force, review overdue"),
            ("due_soon", "In force, review due soon"),
            ("drafting", "Being drafted"),
            ("withdrawn", "Withdrawn"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        today = clock.today()
        in_force = {"state": Guidance.State.IN_FORCE}
        narrowed = {
            "in_force": in_force,
            "overdue": {**in_force, "review_due__lt": today},
            "due_soon": {**in_force, "review_due__gte": today, "review_due__lt": today + DUE_SOON},
            "drafting": {"state": Guidance.State.DRAFTING},
            "withdrawn": {"state": Guidance.State.WITHDRAWN},
        }
        return queryset.filter(**narrowed.get(self.value() or "", {}))


class ReviewFilter(admin.SimpleListFilter):
    title = "review date"
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("past", "Passed"),
            ("quarter", "Within three months"),
            ("half", "Within six months"),
            ("year", "Within a year"),
            ("later", "Later"),
            ("unknown", "Not known"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        today = clock.today()

        def until(days: int) -> dict[str, datetime.date]:
            return {"review_due__gte": today, "review_due__lt": today + datetime.timedelta(days=days)}

        narrowed: dict[str, dict[str, Any]] = {
            "past": {"review_due__lt": today},
            "quarter": until(92),
            "half": until(183),
            "year": until(366),
            "later": {"review_due__gte": today + datetime.timedelta(days=366)},
            "unknown": {"review_due": None},
        }
        return queryset.filter(**narrowed.get(self.value() or "", {}))


class ServiceFilter(admin.SimpleListFilter):
    """The services of one's own trust, as its tree; a service brings what is beneath it."""

    title = "service"
    parameter_name = "service"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        tree = Service.objects.of(request.user.trust).as_tree()
        return [(str(service.pk), "\u2003" * service.depth + service.name) for service in tree]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = self.value()
        if not chosen:
            return queryset
        reach = request.user.reach
        ours = Service.objects.of(request.user.trust).values_list("pk", flat=True)
        beneath = [pk for pk in ours if chosen in map(str, reach.up_from(pk))]
        return queryset.filter(**{self.path: beneath})

    path = "service__in"


class DraftServiceFilter(ServiceFilter):
    path = "guidance__service__in"


class EditionFilter(admin.SimpleListFilter):
    title = "edition"
    parameter_name = "edition"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("draft", "Drafts"), ("published", "Published")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "draft":
            return queryset.filter(published_at=None)
        return queryset.filter(published_at__isnull=False) if self.value() == "published" else queryset
