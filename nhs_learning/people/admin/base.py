"""What every page of the admin keeps to: it starts from the signed-in person's trust, and rights come from roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst

from nhs_learning.people.verdicts import Verdict
from nhs_learning.record import history
from nhs_learning.record.forms import FreeTextForm, all_held, record_confirmations


class FreeTextModelForm(FreeTextForm, forms.ModelForm):
    """A form of the admin: what looks like an NHS number holds the save."""


class OfTheTrust:
    """For pages and their inlines: choices are what the chosen thing's own list shows this person, and nothing may be
    done unless a subclass asks a ``may_…`` that says so."""

    form = FreeTextModelForm
    view_on_site = False  # its detour would tell the addresses of other trusts' things
    admin_site: admin.AdminSite

    def choices(self, model: type[models.Model], request: HttpRequest, field: str) -> models.QuerySet:
        """What may be chosen in this field; a model without a list of its own offers nothing."""
        listed = self.admin_site._registry.get(model)
        return listed.choices_for(request, field) if isinstance(listed, TrustAdmin) else model._default_manager.none()

    def get_field_queryset(self, db: Any, db_field: models.Field, request: HttpRequest) -> models.QuerySet:
        return self.choices(db_field.remote_field.model, request, db_field.name)

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the buttons that open other pages in small windows, and the one that takes all chosen things out at
        once, which no screen reader announces."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        for right in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
            if field and hasattr(field.widget, right):
                setattr(field.widget, right, False)
        return field

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the button that takes all out at once, and that no screen reader announces."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.widget.is_required = True
        return field

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.may_use_admin()


class TrustInline(OfTheTrust, admin.StackedInline):
    """Rows on the page of what they belong to, whose rights they share."""

    extra = 0

    def may_change(self, request: HttpRequest, obj: Any) -> bool:
        """Asked of the page itself; a page without its thing yet is asked in general."""
        parent = self.admin_site._registry[self.parent_model]
        return parent.has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change(request, obj)


class TrustAdmin(OfTheTrust, admin.ModelAdmin):
    """A list and a page of things of one's own trust. Subclasses say what is in reach and what may be done, and save
    through the thing's own verbs: ``begin`` for a new one, ``change`` for one that is there."""

    list_per_page = 50
    show_full_result_count = False
    save_on_top = False
    actions = None
    change_form_template = "admin/page.html"

    # What there is

    def in_reach(self, request: HttpRequest) -> models.QuerySet:
        """What this person finds in this list."""
        return self.model._default_manager.filter(trust=request.user.trust_id)

    def choices_for(self, request: HttpRequest, field: str) -> models.QuerySet:
        """What this person may choose in a field of this name, on any page."""
        return self.in_reach(request)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """Typing into a choice offers what that page would accept; everything else is the list's own."""
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            return self._offered(request)
        return self.in_reach(request)

    def _offered(self, request: HttpRequest) -> models.QuerySet:
        asking = (request.GET.get("app_label", ""), request.GET.get("model_name", ""))
        field = request.GET.get("field_name", "")
        for model, page in self.admin_site._registry.items():
            if (model._meta.app_label, model._meta.model_name) == asking and isinstance(page, TrustAdmin):
                return page.choices(self.model, request, field)
        return self.choices_for(request, field)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.may_use_admin()

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404("There is no such thing, or it is not open to you.")

    # Saving

    def begin(self, request: HttpRequest, form: Any) -> models.Model:
        """Make the new thing by its own verb, and return it."""
        raise NotImplementedError

    def change(self, request: HttpRequest, thing: Any, form: Any, formsets: list[Any]) -> None:
        """Change the thing by its own verbs. ``thing`` is as the database has it, not as the form would have it."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.pk = self.begin(request, form).pk

    def save_related(self, request: HttpRequest, form: Any, formsets: list[Any], change: bool) -> None:
        thing = self.model._meta.concrete_model._default_manager.get(pk=form.instance.pk)
        if change:
            self.change(request, thing, form, formsets)
        looked_at = [form, *(row for formset in formsets for row in formset.forms)]
        record_confirmations(looked_at, by=request.user, subject=thing, trust=request.user.trust)

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """What is not there is a 404 also to those who may change nothing. What only the database could see, since two
        people did it at once, is told rather than an error page."""
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except PermissionDenied:
            if object_id:
                self.find(request, object_id)
            raise
        except ValidationError as refused:
            self.message_user(request, " ".join(refused.messages), messages.ERROR)
            return redirect(request.get_full_path())

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Stay on the page, where what comes next is: a draft to go on with, a link to send. What one has just put out
        of one's own reach has a list only."""
        if self.get_object(request, str(obj.pk)) is None:
            return super().response_change(request, obj)
        self.message_user(request, "Saved.", messages.SUCCESS)
        return redirect(request.get_full_path())

    def construct_change_message(self, *args: Any, **kwargs: Any) -> str:
        return ""

    def log_addition(self, *args: Any) -> None:
        """Django's own log is left empty: events and the audit trail say more, and nobody can skip them."""

    log_change = log_deletion = log_deletions = log_addition

    # Pages

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = {"title": capfirst(str(self.opts.verbose_name_plural))}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """No page of this admin deletes by Django's own way: what may go, goes by its verb."""
        opts = self.model._meta
        deletes = f"{opts.app_label}_{opts.model_name}_delete"
        return [pattern for pattern in super().get_urls() if pattern.name != deletes]

    def action(self, address: str, view: Any, name: str) -> URLPattern:
        """The address of a page of one's own beneath a thing's, ``name`` with the model's before it."""
        full = f"{self.model._meta.app_label}_{self.model._meta.model_name}_{name}"
        return path(f"<path:object_id>/{address}/", self.admin_site.admin_view(view), name=full)

    def find(self, request: HttpRequest, object_id: str) -> Any:
        """The thing on whose page something is done; not there, or of another trust, is a 404."""
        if (thing := self.get_object(request, object_id)) is None:
            raise Http404("There is no such thing, or it is not open to you.")
        return thing

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        rows = [row for inline in context["inline_admin_formsets"] for row in inline.formset.forms]
        context["held"] = all_held([context["adminform"].form, *rows])
        if thing := kwargs.get("obj"):
            context |= {"links": self.links(request, thing), "title": str(thing), "subtitle": None}
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, **kwargs)

    def links(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """What else may be done from a thing's page: (words, address)."""
        return []

    def confirmation(self, request: HttpRequest, thing: Any, **context: Any) -> HttpResponse:
        """A page that asks before it does. ``context``: title, words (paragraphs), form (or none), button, refusal."""
        full = {**self.admin_site.each_context(request), "opts": self.opts, "original": thing, **context}
        if context.get("form") is not None:
            full["held"] = all_held([context["form"]])
            full["media"] = self.media + context["form"].media
        return TemplateResponse(request, "admin/confirmation.html", full, status=409 if context.get("refusal") else 200)

    # History

    def audited_alongside(self, obj: Any) -> Iterable[models.QuerySet]:
        """Audit events of what belongs to the thing."""
        return ()

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        thing = self.find(request, object_id)
        may_see: Verdict | bool = self.has_view_permission(request, thing)
        if not may_see:
            raise Http404("There is no such thing, or it is not open to you.")
        entries = history.of(thing, reader=request.user, alongside=self.audited_alongside(thing))
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {thing}",
            "entries": entries,
            "opts": self.opts,
            "original": thing,
        }
        return TemplateResponse(request, "admin/history.html", context)


class RowsOfForm(BaseInlineFormSet):
    """Inline rows whose page saves them by its own verb."""

    def kept(self) -> list[Any]:
        """The forms of the rows that are to be there afterwards."""
        return [row for row in self.forms if (row.instance.pk or row.has_changed()) and not self.is_gone(row)]

    def is_gone(self, row: Any) -> bool:
        """Is the row to be taken out? Asked of Django's ``deleted_forms``, no row is while any other has an error."""
        return bool(getattr(row, "cleaned_data", {}).get(DELETION_FIELD_NAME))
