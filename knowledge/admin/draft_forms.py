"""What a curator writes on the page of a draft itself: its texts, and the files that it carries."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from knowledge.attaching import ACCEPTED, NotAttachable, content_type_of, small_enough
from knowledge.models import Attachment, Revision
from knowledge.models.revision import TEXTS
from nhs_learning.people.admin.base import FreeTextModelForm
from nhs_learning.record import nhs_numbers


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, each known by its content. Cleans to a list of (name, content, media type)."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[tuple[str, bytes, str]]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        taken, refused = [], []
        for file in files:
            try:
                taken.append(self._taken(super().clean(file, initial)))
            except NotAttachable as reason:
                refused.append(str(reason))
        if refused:
            raise ValidationError(refused)
        return taken

    def _taken(self, file: UploadedFile) -> tuple[str, bytes, str]:
        """One file; its name is free text too, and its size is asked before it is read into memory."""
        name = file.name or ""
        if nhs_numbers.find(name):
            raise NotAttachable("A file's name looks as if it holds an NHS number. Give the file another name.")
        small_enough(name, file.size or 0)
        content = file.read()
        return name, content, content_type_of(name, content)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class DraftForm(FreeTextModelForm):
    """The draft's own texts. ``seen`` is the count of edits that the page began with: another count by now means that
    somebody saved in between. The page then says so, and saving again with the new count overwrites knowingly."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    files = FilesField(
        required=False,
        max_length=200,
        label="Add files",
        help_text=f"{ACCEPTED}, at most 20 MB each. The text names one as attachment:name, for example "
        "![Flow chart](attachment:chart.png). A file of the same name takes the other's place.",
    )

    class Meta:
        model = Revision
        fields = TEXTS

    conflict = False

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if "seen" in self.fields:
            self.fields["seen"].initial = self.instance.edits

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        last, due = self.cleaned_data.get("last_reviewed"), self.cleaned_data.get("review_due")
        if last and due and due <= last:
            self.add_error("review_due", "The next review comes after the last one.")
        if "seen" in self.cleaned_data and self.cleaned_data["seen"] != self.instance.edits:
            self._notice_conflict()
        return cleaned

    def _notice_conflict(self) -> None:
        """Keep what was typed, and let the next save be a knowing one."""
        self.conflict = True
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = str(self.instance.edits)
        self.add_error(None, "Nothing of yours is saved yet: somebody else saved this draft while you were writing.")

    def texts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in TEXTS if name in self.changed_data}


class FileRow(FreeTextModelForm):
    class Meta:
        model = Attachment
        fields: list[str] = []
