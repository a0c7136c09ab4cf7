"""Topics in the admin: the one vocabulary, kept by all curators."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from knowledge.models import Topic
from knowledge.permissions import may_keep_vocabulary
from nhs_learning.people.admin.base import FreeTextModelForm, TrustAdmin


class TopicForm(FreeTextModelForm):
    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if Topic.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError("This topic is there already.")
        return name


@admin.register(Topic)
class TopicAdmin(TrustAdmin):
    form = TopicForm
    list_display = ["name", "uses"]
    search_fields = ["name"]
    ordering = ["name"]
    fields = ["name"]

    def in_reach(self, request: HttpRequest) -> QuerySet:
        """The vocabulary is every trust's; how often a word is used is one's own trust's affair."""
        ours = Q(guidance_uses__content_object__trust=request.user.trust_id)
        return Topic.objects.annotate(used=Count("guidance_uses", filter=ours)).order_by("name")

    @admin.display(description="Guidance of your trust", ordering="used")
    def uses(self, topic: Topic) -> int:
        return topic.used

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "name" in form.base_fields:
            form.base_fields["name"].help_text = "All trusts share these words: a change shows for everyone."
        return form

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(may_keep_vocabulary(request.user))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(may_keep_vocabulary(request.user))

    def begin(self, request: HttpRequest, form: Any) -> Topic:
        return Topic.enter(by=request.user, name=form.cleaned_data["name"])

    def change(self, request: HttpRequest, thing: Topic, form: Any, formsets: list[Any]) -> None:
        if form.changed_data:
            thing.rename(by=request.user, name=form.cleaned_data["name"])
