"""Guidance in the admin: the lists, beginning a piece, and all about it but its text, which its drafts hold."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse

from knowledge.admin.filters import ReviewFilter, ServiceFilter, StatusFilter
from knowledge.admin.forms import BeginForm, DescribeForm, topics_field
from knowledge.admin.steps import Steps
from knowledge.models import Guidance, GuidanceTopic, Guideline, ServiceFramework, Topic
from knowledge.permissions import may_curate, may_describe
from nhs_learning.people.admin.base import TrustAdmin
from nhs_learning.people.permissions import holds_anywhere, is_of
from nhs_learning.people.roles import CURATE

STATUS = {
    "drafting": "Being drafted",
    "in_force": "In force",
    "overdue": "Review overdue",
    "due_soon": "Review due soon",
    "withdrawn": "Withdrawn",
}


@admin.register(Guidance)
class GuidanceAdmin(TrustAdmin):
    """All guidance that this person looks after."""

    kind = ""
    list_display = ["title", "service", "kind", "status", "owner", "review_due"]
    list_filter = [StatusFilter, "kind", ServiceFilter, ReviewFilter, "audience"]
    _beside = ("service", "trust", "owner", "current")  # what lists and pages show of it
    search_fields = ["title", "slug", "national_code", "owner__name", "service__name"]
    ordering = ["title"]
    autocomplete_fields = ["service", "owner", "deputy", "applies_to"]
    readonly_fields = ["title", "kind", "state_in_words", "edition", "last_reviewed", "review_due"]
    _beginning = ["title", "kind", "service", "owner", "audience"]
    _there = [
        (
            "As it is now",
            {
                "fields": ["title", "kind", "state_in_words", "edition", "last_reviewed", "review_due"],
                "description": "The title and the dates come from the edition in force: change them in a draft.",
            },
        ),
        ("What it is filed and found under", {"fields": ["topics"]}),
        ("Whose it is, and whom it is for", {"fields": ["service", "owner", "deputy", "audience", "review_interval"]}),
        ("What it rests on", {"fields": ["national_code", "national_title", "national_date"]}),
        ("Where readers find it", {"fields": ["slug"]}),
    ]

    # What there is, and who may

    def in_reach(self, request: HttpRequest) -> QuerySet:
        return self.model._default_manager.curated_by(request.user).select_related(*self._beside)

    def choices_for(self, request: HttpRequest, field: str) -> QuerySet:
        """What may be named as a replacement: what is in force and open to the person."""
        return Guidance.objects.of(request.user.trust).in_force().visible_to(request.user).order_by("title")

    def choices(self, model: Any, request: HttpRequest, field: str) -> QuerySet:
        found = super().choices(model, request, field)
        return found.filter(pk__in=request.user.reach.services(CURATE)) if field == "service" else found

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds_anywhere(request.user, CURATE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(may_describe(request.user, obj)) if obj else super().has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request) and (obj is None or is_of(request.user, obj.trust_id))

    # The list

    @admin.display(description="Status", ordering="state")
    def status(self, guidance: Guidance) -> str:
        return STATUS["due_soon" if guidance.is_due_soon else guidance.status]

    @admin.display(description="State")
    def state_in_words(self, guidance: Guidance) -> str:
        if guidance.state == Guidance.State.WITHDRAWN:
            return f"Withdrawn: {guidance.withdrawn_why}"
        return self.status(guidance)

    @admin.display(description="Edition in force", empty_value="none yet")
    def edition(self, guidance: Guidance) -> str | None:
        if (current := guidance.current) is None or current.published_at is None:
            return None
        return f"{current.number}, since {current.published_at:%-d %B %Y}, approved by {current.published_by}"

    # The page

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            words = "This is all that it takes to begin. You write the text next, on the draft of its first edition."
            return [(None, {"fields": self._begun_with(), "description": words})]
        if obj.kind != Guidance.Kind.SERVICE_FRAMEWORK:
            return self._there
        applies = ("The services that it applies to", {"fields": ["applies_to"]})
        return [*self._there[:3], applies, *self._there[3:]]

    def _begun_with(self) -> list[str]:
        return [name for name in self._beginning if name != "kind" or not self.kind]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        return [*self.readonly_fields, *([] if may_curate(request.user, obj) else ["service"])]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = DescribeForm if obj else BeginForm
        form = super().get_form(request, obj, change, **kwargs)
        form.request = request
        if obj:
            form.base_fields["topics"] = topics_field(self.choices(Topic, request, "topics"), self.admin_site)
        for name in ("owner", "deputy"):
            if obj and name in form.base_fields:  # somebody who has left stays chosen until somebody else is
                field = form.base_fields[name]
                field.queryset = field.queryset | field.queryset.model.objects.filter(pk=getattr(obj, f"{name}_id"))
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"owner": request.user.pk, **super().get_changeform_initial_data(request)}

    def begin(self, request: HttpRequest, form: Any) -> Guidance:
        said = {"kind": self.kind, **form.cleaned_data}
        return Guidance.begin(by=request.user, **said).guidance

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        draft = Guidance.objects.get(pk=obj.pk).revisions.drafts()[0]
        self.message_user(request, f"{obj.title} is begun. This is the draft of its first edition.", messages.SUCCESS)
        return redirect("admin:knowledge_revision_change", draft.pk)

    def change(self, request: HttpRequest, thing: Guidance, form: Any, formsets: list[Any]) -> None:
        said = {name: form.cleaned_data[name] for name in form.changed_data}
        if slug := said.pop("slug", None):
            thing.rename(by=request.user, slug=slug)
        if said:
            thing.describe(by=request.user, **said)

    def audited_alongside(self, obj: Any) -> list[QuerySet]:
        return [GuidanceTopic.pgh_event_model.objects.filter(content_object=obj.pk)]

    # Beside the page

    def get_urls(self) -> list[URLPattern]:
        return [self.action("draft", Steps(self).draft, "draft"), *super().get_urls()]

    def links(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        links = [("View on site", obj.get_absolute_url())] if obj.current_id else []
        for draft in obj.revisions.drafts():
            links.append(
                (f"Draft of {draft.created_at:%-d %B}", reverse("admin:knowledge_revision_change", args=[draft.pk]))
            )
        everything = reverse("admin:knowledge_revision_changelist") + f"?guidance__id__exact={obj.pk}"
        return [*links, ("All editions", everything), *Steps(self).links(request, obj)]


@admin.register(Guideline)
class GuidelineAdmin(GuidanceAdmin):
    kind = Guidance.Kind.GUIDELINE
    list_display = [name for name in GuidanceAdmin.list_display if name != "kind"]
    list_filter = [one for one in GuidanceAdmin.list_filter if one != "kind"]


@admin.register(ServiceFramework)
class FrameworkAdmin(GuidelineAdmin):
    kind = Guidance.Kind.SERVICE_FRAMEWORK
