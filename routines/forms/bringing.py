"""A spreadsheet of steps that is brought, what it is to become, and each of its rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from knowledge.forms.fields import Text
from nhs_learning.people.models import Service, User
from nhs_learning.record.forms import FreeTextForm
from routines.models import Routine
from routines.portable.reading import refusal_of


class FileForm(forms.Form):
    file = forms.FileField(
        label="Spreadsheet of steps",
        help_text="Excel (.xlsx) or CSV, up to 2 MB.",
        error_messages={"required": "Choose the spreadsheet", "empty": "This file is empty."},
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if refused := refusal_of(file.name or "", file.size or 0):
            raise forms.ValidationError(refused)
        return file


class AboutForm(FreeTextForm, forms.Form):
    """What the steps are to become: a routine of this title."""

    title = forms.CharField(
        max_length=250, label="What is the routine called?", error_messages={"required": "Give it a title"}
    )
    kind = forms.ChoiceField(
        label="What kind of routine is it?",
        choices=[(kind.value, kind.label) for kind in Routine.Kind if kind != Routine.Kind.LEARNING],
        widget=forms.RadioSelect,
        initial=Routine.Kind.CARE,
        error_messages={"required": "Say what kind of routine it is"},
    )
    service = forms.ModelChoiceField(Service.objects.none(), label="Which service does it?", required=False)

    def __init__(self, *args: Any, by: User, **kwargs: Any):
        super().__init__(*args, use_required_attribute=False, **kwargs)
        services = Service.objects.filter(trust=by.trust_id)
        service: Any = self.fields["service"]
        service.queryset = services
        named = [(one.pk, "\u2003" * one.depth + one.name) for one in services.as_tree()]
        service.choices = [("", "The whole trust"), *named]


class RowForm(FreeTextForm, forms.Form):
    """One row of it: a step. What it comes after and draws on is looked up beside."""

    who = forms.CharField(label="Who", max_length=120, error_messages={"required": "Say who does it."})
    what = Text(label="Does what", error_messages={"required": "Say what is done."})
    tool = forms.CharField(label="With", max_length=200, required=False)
    prompt = Text(label="Question", required=False)
    minutes = forms.IntegerField(
        label="Minutes",
        min_value=0,
        max_value=10_000,
        required=False,
        error_messages={"invalid": "Give the minutes as a whole number."},
    )
