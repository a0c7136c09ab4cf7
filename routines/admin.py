"""Routines in the admin, to be found and looked at only: they are written and changed on their own pages."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from knowledge.admin.filters import ServiceFilter
from knowledge.admin.insights import LookedAt
from routines.models import Routine


@admin.register(Routine)
class RoutineAdmin(LookedAt):
    """Those of the trust, drafts of first editions too."""

    list_display = ["title", "kind", "state", "service", "owner", "deputy", "edition", "in_force_since"]
    list_filter = ["state", "kind", ServiceFilter]
    search_fields = ["title", "owner__name", "deputy__name", "service__name"]
    ordering = ["title"]
    fields = [
        *("title", "kind", "state", "service", "owner", "deputy", "filed_under", "edition", "in_force_since"),
        *("goal", "steps", "withdrawn_at", "withdrawn_by", "withdrawn_why"),
    ]

    def in_reach(self, request: HttpRequest) -> QuerySet:
        ours = Routine.objects.of(request.user.trust)
        named = ours.select_related("service", "owner", "deputy", "current", "withdrawn_by", "trust")
        return named.prefetch_related("topics")

    @admin.display(description="Edition", ordering="current__number", empty_value="none in force yet")
    def edition(self, routine: Routine) -> int | None:
        return routine.current.number if routine.current else None

    @admin.display(description="In force since", ordering="current__published_at")
    def in_force_since(self, routine: Routine) -> object:
        return routine.current.published_at if routine.current else None

    @admin.display(description="Topics", empty_value="none")
    def filed_under(self, routine: Routine) -> str | None:
        return ", ".join(topic.name for topic in routine.topics.all()) or None

    @admin.display(description="Goal", empty_value="none")
    def goal(self, routine: Routine) -> str | None:
        return routine.current.goal or None if routine.current else None

    @admin.display(description="Steps", empty_value="none")
    def steps(self, routine: Routine) -> str | None:
        steps = routine.current.steps.all() if routine.current else ()
        said = [f"{one.number}. {': '.join(filter(None, (one.who, one.what)))}" for one in steps]
        return "\n".join(said) or None

    def links(self, request: HttpRequest, obj: Routine) -> list[tuple[str, str]]:
        if obj.current_id is None:
            return [("All routines", reverse("routines"))]
        return [("The page that colleagues read", obj.get_absolute_url())]
