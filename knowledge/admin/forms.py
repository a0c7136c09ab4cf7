"""What curators may say about a piece of guidance, and what they are told when it can't be so."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from knowledge.models import Guidance, Topic
from knowledge.models.guidance import FormerSlug
from nhs_learning.people.admin.base import FreeTextModelForm


class _AboutGuidance(FreeTextModelForm):
    """``request`` is set by the page."""

    request: HttpRequest

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        said = {name: self.cleaned_data.get(name, getattr(self.instance, name, None)) for name in self._WHOSE}
        theirs = self.request.user in (said["owner"], said["deputy"])
        if said["audience"] == Guidance.Audience.PRIVATE and "audience" in self.changed_data and not theirs:
            self.add_error("audience", "Only its owner or deputy can make it private: you would lose sight of it.")
        return cleaned

    _WHOSE = ("audience", "owner", "deputy")


class BeginForm(_AboutGuidance):
    """The little that it takes to begin a piece of guidance. Everything else is written on its draft."""

    class Meta:
        model = Guidance
        fields = ["title", "kind", "service", "owner", "audience"]

    def clean(self) -> dict[str, Any] | None:
        self.instance.deputy = None
        return super().clean()


class DescribeForm(_AboutGuidance):
    """Whose a piece of guidance is, whom it is for, what it is filed under and rests on, and its address."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if "topics" in self.fields:
            self.initial["topics"] = list(self.instance.topics.all())

    def clean_slug(self) -> str:
        slug, trust = self.cleaned_data["slug"], self.instance.trust_id
        others = Guidance.objects.filter(trust=trust, slug=slug).exclude(pk=self.instance.pk)
        former = FormerSlug.objects.filter(trust=trust, slug=slug).exclude(guidance=self.instance.pk)
        if others.exists() or former.exists():
            raise ValidationError("Another piece of guidance has this address, or had it once.")
        return slug


def topics_field(topics: QuerySet[Topic], admin_site: AdminSite) -> forms.ModelMultipleChoiceField:
    """Topics, chosen by typing. django-taggit's own field would take new words, and the vocabulary is curated."""
    widget = AutocompleteSelectMultiple(Guidance._meta.get_field("topics"), admin_site)
    field = forms.ModelMultipleChoiceField(topics, required=False, widget=widget)
    field.widget.is_required = True  # without the button that takes all out at once
    return field
