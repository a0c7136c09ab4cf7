"""Services and the trust in the admin: the tree, and who leads what."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.text import slugify

from nhs_learning.people.admin.base import FreeTextModelForm, TrustAdmin
from nhs_learning.people.models import Service, Trust
from nhs_learning.people.permissions import holds_anywhere, is_of, may_administer, may_open_service
from nhs_learning.people.roles import ADMINISTER


class ServiceForm(FreeTextModelForm):
    """A service. ``request`` is set by its page."""

    request: HttpRequest

    def clean_parent(self) -> Service | None:
        parent = self.cleaned_data["parent"]
        if "parent" in self.changed_data or not self.instance.pk:
            verdict = may_open_service(self.request.user, parent)
            if not verdict:
                raise ValidationError(verdict.reason)
        return parent

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        self.instance.trust = self.request.user.trust
        if not self.instance.pk and self.cleaned_data.get("name") and "slug" not in self.errors:
            slug = self.cleaned_data.get("slug") or slugify(self.cleaned_data["name"])[:80] or "service"
            if Service.objects.filter(trust=self.request.user.trust_id, slug=slug).exists():
                self.add_error("slug", f"Another service has the address {slug} already. Choose a different one.")
            self.cleaned_data["slug"] = slug
        return cleaned


@admin.register(Service)
class ServiceAdmin(TrustAdmin):
    form = ServiceForm
    list_display = ["in_the_tree", "level", "nature", "lead"]
    list_filter = ["level", "nature"]
    list_select_related = ["lead"]
    list_per_page = 500
    search_fields = ["name"]
    autocomplete_fields = ["parent", "lead"]
    prepopulated_fields = {"slug": ["name"]}
    fields = ["name", "slug", "parent", "level", "nature", "lead"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == "people_service_changelist":
            tree = found.as_tree()
            places = [When(pk=service.pk, then=Value(place)) for place, service in enumerate(tree)]
            depths = [When(pk=service.pk, then=Value(service.depth)) for service in tree]
            found = found.annotate(place=Case(*places, default=Value(0)), depth=Case(*depths, default=Value(0)))
            found = found.order_by("place")
        return found

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """As the tree has them, in the list; elsewhere by name."""
        listed = request.resolver_match and request.resolver_match.url_name == "people_service_changelist"
        return ["place"] if listed else ["name"]

    def choices_for(self, request: HttpRequest, field: str) -> QuerySet:
        found = super().choices_for(request, field).order_by("name")
        if field == "parent":
            reached = request.user.reach.services(ADMINISTER)
            return found.filter(pk__in=reached)
        return found

    @admin.display(description="Service")
    def in_the_tree(self, service: Service) -> str:
        return "\u2003" * service.depth + service.name

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.request = request
        if "slug" in form.base_fields:
            form.base_fields["slug"].required = False
            form.base_fields["slug"].help_text = "Part of the service's address. Left empty, it follows from the name."
        if "parent" in form.base_fields:
            form.base_fields["parent"].help_text = "The service or division that this one belongs to."
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["slug"] if obj else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds_anywhere(request.user, ADMINISTER)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(may_administer(request.user, obj)) if obj else holds_anywhere(request.user, ADMINISTER)

    def begin(self, request: HttpRequest, form: Any) -> Service:
        return Service.open(by=request.user, trust=request.user.trust, **form.cleaned_data)

    def change(self, request: HttpRequest, thing: Service, form: Any, formsets: list[Any]) -> None:
        if form.changed_data:
            thing.rearrange(by=request.user, **{name: form.cleaned_data[name] for name in form.changed_data})


@admin.register(Trust)
class TrustsAdmin(TrustAdmin):
    """One's own trust, to look at: trusts are entered from the national list."""

    list_display = ["name", "ods_code", "region"]
    fields = ["name", "ods_code", "region", "icb", "opened_on"]

    def in_reach(self, request: HttpRequest) -> QuerySet:
        return Trust.objects.filter(pk=request.user.trust_id)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request) and (obj is None or is_of(request.user, obj.pk))
