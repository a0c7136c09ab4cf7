"""The forms of importing: what is uploaded, and what is put right before it is kept."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from knowledge.models import Guidance, Upload, Wording
from nhs_learning.people.models import Service, User
from nhs_learning.people.permissions import Person
from nhs_learning.people.roles import CURATE

MOST_FILES = 200


class FileInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, as a list. Empty ones are let through: each file has its own verdict on the next page."""

    widget = FileInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list) else [data] if data else []
        if not given:
            raise forms.ValidationError("Choose the files to import.")
        if len(given) > MOST_FILES:
            raise forms.ValidationError(f"Choose at most {MOST_FILES} files at once; you chose {len(given)}.")
        return given


def services_of(user: Person) -> list[tuple[int, str]]:
    """The services where the person curates, as choices, each under the one it belongs to."""
    curated = Service.objects.filter(pk__in=user.reach.services(CURATE)).as_tree()
    return [(service.pk, "\u2003" * service.depth + service.name) for service in curated]


class UploadForm(forms.Form):
    documents = FilesField(
        label="Documents, with their pictures",
        help_text="Word (.docx), PDF, HTML, Markdown or plain text, and the pictures that they show. "
        "Up to 200 files of 50 MB.",
    )
    service = forms.TypedChoiceField(
        label="Service",
        coerce=int,
        help_text="Where the guidance belongs.",
        error_messages={"required": "Choose the service."},
    )
    kind = forms.ChoiceField(label="What they are", choices=Guidance.Kind.choices)
    audience = forms.ChoiceField(
        label="Who may read them", choices=Guidance.Audience.choices, initial=Guidance.Audience.TRUST
    )
    owner = forms.EmailField(
        label="Owner’s e-mail address",
        help_text="Who answers for this guidance and is asked about it.",
        error_messages={"required": "Say whose it is."},
    )

    def __init__(self, *args: Any, user: Person, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["service"].choices = [("", "Choose a service"), *services_of(user)]
        self.fields["owner"].initial = user.email

    def clean_owner(self) -> User:
        email = self.cleaned_data["owner"].lower()
        owner = User.objects.of(self.user.trust).filter(email=email, is_active=True).first()
        if owner is None:
            raise forms.ValidationError(f"Nobody at {self.user.trust} has the e-mail address {email}.")
        return owner


class Day(forms.DateInput):
    input_type = "date"


class CorrectionForm(forms.Form):
    """What was read of one document, to be put right."""

    title = forms.CharField(max_length=250, error_messages={"required": "Give it a title."})
    kind = forms.ChoiceField(label="What it is", choices=Guidance.Kind.choices)
    service = forms.TypedChoiceField(label="Service", coerce=int)
    version_label = forms.CharField(label="Version", max_length=40, required=False)
    committee = forms.CharField(label="Approving committee", max_length=200, required=False)
    last_reviewed = forms.DateField(required=False, widget=Day)
    review_due = forms.DateField(required=False, widget=Day)
    summary = forms.CharField(required=False, widget=forms.Textarea, help_text="What a reader in a hurry needs first.")
    body = forms.CharField(
        label="Text", required=False, widget=forms.Textarea, strip=False, help_text="Markdown, without its title."
    )
    numbers_are_harmless = forms.BooleanField(
        label="I looked: what passes as an NHS number here is something else", required=False
    )

    def __init__(self, *args: Any, upload: Upload, user: Person, **kwargs: Any):
        super().__init__(*args, initial=_as_read(upload), **kwargs)
        self.fields["service"].choices = services_of(user)
        if not upload.numbers:
            del self.fields["numbers_are_harmless"]

    def clean_body(self) -> str:
        return self.cleaned_data["body"].replace("\r\n", "\n")


class StatementForm(forms.Form):
    """One recommendation of it. A row that is left empty is none."""

    number = forms.CharField(max_length=20, error_messages={"required": "Give it a number, or remove it."})
    text = forms.CharField(widget=forms.Textarea, error_messages={"required": "Write what it says, or remove it."})
    strength = forms.ChoiceField(required=False, choices=[("", "Not stated"), *Wording.Strength.choices])
    label = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def clean_text(self) -> str:
        return self.cleaned_data["text"].replace("\r\n", "\n")


class BaseStatements(forms.BaseFormSet):
    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Remove this one"

    def clean(self) -> None:
        """Numbers are what people cite, so each is used once."""
        used: set[str] = set()
        for form in self.forms:
            number = form.cleaned_data.get("number") if hasattr(form, "cleaned_data") else None
            if not number or form.cleaned_data.get("DELETE"):
                continue
            if number in used:
                form.add_error("number", f"The number {number} is used twice.")
            used.add(number)

    def rows(self) -> list[dict[str, str]]:
        """The recommendations that remain, as a document has them."""
        remaining = [row for row in (form.cleaned_data for form in self.forms) if row and not row.get("DELETE")]
        return [
            {"number": row["number"], "text": row["text"], "strength": row["strength"], "label": row["label"]}
            for row in remaining
        ]


Statements = forms.formset_factory(
    StatementForm, formset=BaseStatements, extra=1, can_delete=True, max_num=2000, absolute_max=2000
)


def _as_read(upload: Upload) -> dict[str, Any]:
    document = upload.found
    stated = document["metadata"]
    return {
        "title": document["title"][:250],
        "kind": upload.kind,
        "service": upload.service_id,
        "version_label": stated["version_label"][:40],
        "committee": stated["committee"][:200],
        "last_reviewed": stated["last_reviewed"],
        "review_due": stated["review_due"],
        "summary": upload.summary,
        "body": document["body"],
        "numbers_are_harmless": upload.numbers_are_harmless,
    }


def corrected(upload: Upload, form: CorrectionForm, statements: BaseStatements) -> dict[str, Any]:
    """The fields of the upload as the forms have them, for ``Upload.correct``."""
    given = dict(form.cleaned_data)
    dates = {name: _iso(given[name]) for name in ("last_reviewed", "review_due")}
    stated = {**upload.found["metadata"], "version_label": given["version_label"], "committee": given["committee"]}
    document = {
        **upload.found,
        "title": given["title"],
        "body": given["body"],
        "statements": statements.rows(),
        "metadata": {**stated, **dates},
    }
    return {
        "document": document,
        "summary": given["summary"].replace("\r\n", "\n"),
        "kind": given["kind"],
        "service_id": given["service"],
        "numbers_are_harmless": given.get("numbers_are_harmless", False),
    }


def _iso(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None
