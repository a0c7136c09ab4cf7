"""Insights in the admin, to be looked at only: what is shared, and what was proposed as guidance. Nobody but those who
hold an insight changes it, and what is not shared is not listed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from knowledge.admin.filters import ServiceFilter
from knowledge.models import Codification, Guidance, Insight
from nhs_learning.people.admin.base import TrustAdmin


def _titled(found: QuerySet, request: HttpRequest) -> QuerySet:
    """Each with ``title_of_guidance``, where this person may see the guidance."""
    open_to_them = Guidance.objects.visible_to(request.user).filter(pk=OuterRef("guidance"))
    return found.annotate(title_of_guidance=Subquery(open_to_them.values("title")[:1]))


class LookedAt(TrustAdmin):
    """A list and pages that change nothing."""

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return [str(name) for name in self.fields or ()]


@admin.register(Insight)
class InsightAdmin(LookedAt):
    """Those of the trust that are shared with this person."""

    list_display = ["title", "kind", "told_by", "service", "audience", "shared_at", "still_true_on"]
    list_filter = ["kind", "audience", "relation", ServiceFilter]
    search_fields = ["title", "situation", "practice", "holders__name"]
    ordering = ["-shared_at"]
    fields = [
        *("title", "kind", "told_by", "service", "audience", "filed_under", "about"),
        *("situation", "practice", "why", "when_not", "shared_at", "still_true_on"),
    ]

    def in_reach(self, request: HttpRequest) -> QuerySet:
        shared = Insight.objects.visible_to(request.user).shared().filter(trust=request.user.trust_id)
        return _titled(shared.select_related("service", "trust").prefetch_related("holders", "topics"), request)

    @admin.display(description="Told by")
    def told_by(self, insight: Insight) -> str:
        return ", ".join(one.name for one in insight.holders.all())

    @admin.display(description="Topics", empty_value="none")
    def filed_under(self, insight: Insight) -> str | None:
        return ", ".join(topic.name for topic in insight.topics.all()) or None

    @admin.display(description="About", empty_value="no guidance in particular")
    def about(self, insight: Any) -> str | None:
        return insight.title_of_guidance

    def links(self, request: HttpRequest, obj: Insight) -> list[tuple[str, str]]:
        return [("The page that colleagues read", obj.get_absolute_url())]


@admin.register(Codification)
class CodificationAdmin(LookedAt):
    """What was proposed of these."""

    list_display = [*("insight", "becomes", "state"), *("proposed_by", "proposed_at", "ended_by", "ended_at")]
    list_filter = ["state"]
    search_fields = ["insight__title", "why", "proposed_by__name"]
    ordering = ["-proposed_at"]
    fields = [
        *("insight", "becomes", "state", "why", "proposed_by", "proposed_at"),
        *("ended_by", "ended_at", "declined_why"),
    ]

    def in_reach(self, request: HttpRequest) -> QuerySet:
        seen = Insight.objects.visible_to(request.user).shared().filter(trust=request.user.trust_id)
        found = Codification.objects.filter(insight__in=seen).select_related("insight", "proposed_by", "ended_by")
        return _titled(found, request)

    @admin.display(description="Becomes part of")
    def becomes(self, proposal: Any) -> str:
        return proposal.title_of_guidance or ("guidance not open to you" if proposal.guidance_id else "new guidance")

    def links(self, request: HttpRequest, obj: Codification) -> list[tuple[str, str]]:
        return [("The insight", obj.insight.get_absolute_url())]
