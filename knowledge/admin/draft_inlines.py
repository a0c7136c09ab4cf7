"""What stands beneath the texts on the page of a draft: statements, milestones, files."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import TextField
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html

from knowledge.admin.draft_forms import FileRow
from knowledge.admin.draft_rows import MilestoneRow, MilestoneRows, StatementRow, StatementRows
from knowledge.forms.fields import Text
from knowledge.models import Attachment, Milestone, Wording
from nhs_learning.people.admin.base import RowsOfForm, TrustInline

#: Several lines of text, which a browser's line ends don't change.
WRITTEN = {TextField: {"form_class": Text, "widget": AdminTextareaWidget}}


class _Written(TrustInline):
    """Fields differ between a draft, which is written, and an edition, which is read."""

    formfield_overrides = WRITTEN

    writing: list[Any]
    reading: list[Any]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        writes = obj is None or self.may_change(request, obj)
        return [(None, {"fields": self.writing if writes else self.reading})]

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Room to begin in, without JavaScript too."""
        return 1


class StatementInline(_Written):
    model = Wording
    form = StatementRow
    formset = StatementRows
    writing = [("order", "number", "strength", "certainty", "update_label"), "text", "lasting"]
    reading = [("number", "strength", "certainty", "update_label"), "text"]
    verbose_name = "statement"
    verbose_name_plural = "statements: recommendations or standards, in order"


class MilestoneInline(_Written):
    model = Milestone
    form = MilestoneRow
    formset = MilestoneRows
    writing = [("order", "standard", "by_when"), "what", "measure"]
    reading = [("standard_number", "by_when"), "what", "measure"]
    readonly_fields = ["standard_number"]
    verbose_name_plural = "milestones: what a standard asks for, by when, and how one would know"

    @admin.display(description="Standard")
    def standard_number(self, milestone: Milestone) -> str:
        said = milestone.statement.wordings.filter(revision=milestone.revision_id).first()
        return said.number if said else ""


class FileInline(TrustInline):
    model = Attachment
    form = FileRow
    formset = RowsOfForm
    max_num = 0
    fields = [("named", "media_type", "how_large")]
    readonly_fields = ["named", "media_type", "how_large"]
    verbose_name_plural = "files that it carries"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="File")
    def named(self, file: Attachment) -> str:
        return format_html('<a href="{}">{}</a>', file.get_absolute_url(), file.name)

    @admin.display(description="Kind")
    def media_type(self, file: Attachment) -> str:
        return file.content_type

    @admin.display(description="Size")
    def how_large(self, file: Attachment) -> str:
        return filesizeformat(file.size)
