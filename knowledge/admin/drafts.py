"""The page of a draft in the admin, on which a curator builds a guideline or a framework whole."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse

from knowledge.admin.draft_forms import DraftForm
from knowledge.admin.draft_inlines import WRITTEN, FileInline, MilestoneInline, StatementInline
from knowledge.admin.draft_rows import whole
from knowledge.admin.filters import DraftServiceFilter, EditionFilter
from knowledge.admin.meanwhile import Meanwhile, typed
from knowledge.models import Conflict, Guidance, Revision
from knowledge.permissions import may_adopt, may_curate, may_discard, may_edit_draft, may_start_draft
from nhs_learning.people.admin.base import TrustAdmin
from nhs_learning.people.permissions import is_of


@admin.register(Revision)
class RevisionAdmin(TrustAdmin):
    """Drafts, which are written here, and published editions, which are only looked at."""

    form = DraftForm
    formfield_overrides = WRITTEN
    change_form_template = "admin/draft.html"
    list_display = ["title", "edition", "of_service", "begun_from", "created_by", "created_at", "published_at"]
    list_filter = [EditionFilter, "guidance__kind", DraftServiceFilter]
    list_select_related = ["guidance__service", "created_by", "based_on"]
    search_fields = ["title", "guidance__title", "created_by__name"]
    ordering = [F("published_at").desc(nulls_first=True), "-created_at"]  # what is being written comes first
    inlines = [StatementInline, MilestoneInline, FileInline]
    readonly_fields = ["approval"]

    # What there is, and who may

    def in_reach(self, request: HttpRequest) -> QuerySet:
        return Revision.objects.filter(guidance__in=Guidance.objects.curated_by(request.user))

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Revision | None:
        """A draft that is being saved is locked until that is done, so that two people's saves come one after the
        other, and the second sees what the first has left."""
        saving = request.method == "POST" and connection.in_atomic_block
        found = self.get_queryset(request).select_related("guidance__trust", "guidance__service")
        if saving:
            found = found.select_for_update(of=("self",))
        usable = object_id is not None and object_id.isdecimal() and len(object_id) < 19
        return found.filter(pk=object_id).first() if usable else None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(may_edit_draft(request.user, obj)) if obj else super().has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request) and (obj is None or is_of(request.user, obj.guidance.trust_id))

    # The list

    @admin.display(description="Service", ordering="guidance__service__name")
    def of_service(self, revision: Revision) -> str:
        return revision.guidance.service.name

    @admin.display(description="Begun from")
    def begun_from(self, revision: Revision) -> str | None:
        return revision.based_on.edition if revision.based_on else None

    @admin.display(description="Approval")
    def approval(self, revision: Revision) -> str:
        """For an edition: when and by whom it was put in force, and why."""
        if revision.is_draft:
            return "It was sent for a decision. Unless it is taken back, nobody writes in it."
        loop = f"{revision.get_loop_display()}: {revision.reason}" if revision.loop else "First edition"
        return f"{revision.published_at:%-d %B %Y}, by {revision.published_by}. {loop}"

    # The page

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        writing = obj is None or self.has_change_permission(request, obj)
        about = ["version_label", "committee", ("last_reviewed", "review_due")]
        verdict = may_adopt(request.user, obj) if obj and writing else None
        next_step = "" if verdict is None or verdict else f"{verdict.reason} Send it for a decision from its preview."
        if obj and obj.is_draft and not writing:
            next_step = may_edit_draft(request.user, obj).reason
        hidden, files = (["seen"], [("Files", {"fields": ["files"]})]) if writing else ([], [])
        return [
            ("What it says", {"fields": [*hidden, "title", "aim", "scope", "summary"], "description": next_step}),
            ("The text", {"fields": ["body", "significance"]}),
            ("Approval and review", {"fields": about if writing else ["approval", *about]}),
            *files,
        ]

    def _create_formsets(self, request: HttpRequest, obj: Any, change: bool) -> Any:
        """Milestones choose among the statements of the same page."""
        formsets, inlines = super()._create_formsets(request, obj, change)
        statements, milestones, _ = formsets
        milestones.statements = statements
        return formsets, inlines

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """A draft that was published while somebody wrote is told kindly, with all that they typed."""
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except PermissionDenied:
            edition = self.find(request, object_id or "")
            if request.method == "POST" and (edition.sent or not edition.is_draft):
                return self._closed_meanwhile(request, edition)
            raise

    def _closed_meanwhile(self, request: HttpRequest, edition: Revision) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": may_edit_draft(request.user, edition).reason,
            "opts": self.opts,
            "original": edition,
            "typed": typed(request.POST),
            "next_draft": self._next_draft(request, edition),
        }
        return TemplateResponse(request, "admin/closed_meanwhile.html", context, status=409)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        if context["adminform"].form.is_bound and context["adminform"].form.conflict:
            formsets = [inline.formset for inline in context["inline_admin_formsets"]]
            context["meanwhile"] = Meanwhile(context["original"].pk, context["adminform"].form, *formsets[:2])
        return super().render_change_form(request, context, **kwargs)

    def change(self, request: HttpRequest, thing: Revision, form: Any, formsets: list[Any]) -> None:
        statements, milestones, files = formsets
        said = whole(form.texts(), statements, milestones)
        thing.write(by=request.user, seen=form.cleaned_data["seen"], draft=said)
        thing.attachments.filter(pk__in=[row.instance.pk for row in files.forms if files.is_gone(row)]).delete()
        for name, content, media_type in form.cleaned_data["files"]:
            thing.attach(name=name, content=content, content_type=media_type)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Writing goes on: a saved draft stays open."""
        self.message_user(request, "The draft is saved.", messages.SUCCESS)
        return redirect("admin:knowledge_revision_change", obj.pk)

    # Beside the page

    def get_urls(self) -> list[URLPattern]:
        own = [self.action("adopt", self.adopt_view, "adopt"), self.action("discard", self.discard_view, "discard")]
        return own + super().get_urls()

    def links(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        links = [("Topics, owner and service", reverse("admin:knowledge_guidance_change", args=[obj.guidance_id]))]
        if preview := self._preview(obj):
            links.append(("Preview", preview))
        if may_adopt(request.user, obj):
            links.append(("Adopt first edition", reverse("admin:knowledge_revision_adopt", args=[obj.pk])))
        if may_discard(request.user, obj):
            links.append(("Throw this draft away", reverse("admin:knowledge_revision_discard", args=[obj.pk])))
        if not obj.is_draft and (address := self._next_draft(request, obj)):
            links.append(("Start a new draft", address))
        return links

    def _preview(self, draft: Revision) -> str:
        if not draft.is_draft:
            return draft.guidance.get_absolute_url() if draft.guidance.current_id == draft.pk else ""
        return reverse("guidance_draft", args=[draft.guidance.trust.slug, draft.guidance.slug, draft.pk])

    def _next_draft(self, request: HttpRequest, edition: Revision) -> str:
        if may_start_draft(request.user, edition.guidance):
            return reverse("admin:knowledge_guidance_draft", args=[edition.guidance_id])
        return ""

    @transaction.atomic
    def adopt_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Put a first edition in force, as it was shown."""
        draft = self.find(request, object_id)
        may_curate(request.user, draft.guidance).or_refuse()
        asked: dict[str, Any] = {
            "title": f"Adopt the first edition of {draft.title}?",
            "words": self._before_adoption(draft),
            "button": "Adopt first edition",
            "seen": draft.edits,
        }
        if not (verdict := may_adopt(request.user, draft)):
            asked |= {"refusal": verdict.reason, "button": ""}
        elif request.method == "POST":
            try:
                self._adopt(request, draft)
            except Conflict as conflict:
                asked["refusal"] = str(conflict)
            else:
                self.message_user(request, f"{draft.title} is in force.", messages.SUCCESS)
                return redirect("admin:knowledge_guidance_change", draft.guidance_id)
        return self.confirmation(request, draft, **asked)

    def _adopt(self, request: HttpRequest, draft: Revision) -> None:
        now = Revision.objects.select_for_update().get(pk=draft.pk)
        if request.POST.get("seen", str(now.edits)) != str(now.edits):
            raise Conflict("Somebody saved this draft since you looked at it. Look at it once more, then adopt it.")
        with transaction.atomic():
            draft.adopt(by=request.user)

    def _before_adoption(self, draft: Revision) -> list[str]:
        """What happens, and what a careful curator would notice."""
        kind = draft.guidance.get_kind_display().lower()
        statements, milestones = draft.wordings.count(), draft.milestones.count()
        words = [
            f"It comes into force at once, for {draft.guidance.get_audience_display().lower()}, and can be found.",
            f"This {kind} has {statements} numbered statement{'s' * (statements != 1)} and "
            f"{milestones} milestone{'s' * (milestones != 1)}.",
        ]
        if not (draft.summary or draft.body or statements):
            words.append("It says nothing yet: no summary, no text, no statements.")
        if not draft.guidance.topics.exists():
            words.append("It is filed under no topic yet.")
        if draft.guidance.kind == Guidance.Kind.SERVICE_FRAMEWORK and not draft.guidance.applies_to.exists():
            words.append("It applies to no service yet, so nobody can be asked how they stand against it.")
        if draft.last_reviewed is None:
            words.append("When it was last reviewed reads: not known.")
        if draft.review_due is None and not (draft.last_reviewed and draft.guidance.review_interval):
            words.append("When its review is due reads: not known.")
        return words

    def discard_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Throw away the draft of a later edition."""
        draft = self.find(request, object_id)
        may_discard(request.user, draft).or_refuse()
        asked = {
            "title": f"Throw this draft of {draft.title} away?",
            "words": ["What is in force stays as it is. What the draft says beyond that is lost."],
            "button": "Throw it away",
        }
        if request.method == "POST":
            try:
                draft.discard(by=request.user)
            except Conflict as conflict:
                return self.confirmation(request, draft, **asked, refusal=str(conflict))
            self.message_user(request, "The draft is thrown away.", messages.SUCCESS)
            return redirect("admin:knowledge_guidance_change", draft.guidance_id)
        return self.confirmation(request, draft, **asked)
