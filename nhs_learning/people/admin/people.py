"""People in the admin: welcoming them, their roles, and closing the accounts of those who leave."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.forms import ResetPasswordForm
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html

from nhs_learning.people.admin.base import FreeTextModelForm, RowsOfForm, TrustAdmin, TrustInline
from nhs_learning.people.models import Membership, User
from nhs_learning.people.permissions import (
    holds_anywhere,
    is_of,
    may_change_person,
    may_give_role,
    may_part_with,
    may_welcome,
)
from nhs_learning.people.roles import ADMINISTER, ROLES


class PersonForm(FreeTextModelForm):
    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exclude(pk=self.instance.pk).exists():
            raise ValidationError(
                "Somebody has an account with this address already. If they have come from another trust, "
                "ask whoever runs NHS Learning to move them here."
            )
        return email


class RoleRows(RowsOfForm):
    """The roles of a person. ``request`` is set by its inline."""

    request: HttpRequest

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            gone = self.is_gone(form)
            if not (gone or form.has_changed()) or not hasattr(form, "cleaned_data"):
                continue
            for service in self._places(form, gone):
                verdict = may_give_role(self.request.user, service)
                if not verdict:
                    form.add_error(None if gone else "service", verdict.reason)
        if self.instance.pk == self.request.user.pk and not self._still_administers():
            raise ValidationError("You cannot take your own administrator's role away. Ask another administrator.")

    def _places(self, form: Any, gone: bool) -> list[Any]:
        """The places that the row gives a role in, or ends one in."""
        before = Membership.objects.filter(pk=form.instance.pk).select_related("service").first()
        places = [before.service] if before else []
        return places if gone else [*places, form.cleaned_data.get("service")]

    def _still_administers(self) -> bool:
        roles = [form.cleaned_data.get("role") for form in self.kept() if hasattr(form, "cleaned_data")]
        return any(role in ROLES and ADMINISTER in ROLES[role].capabilities for role in roles)


class MembershipInline(TrustInline):
    model = Membership
    form = FreeTextModelForm
    formset = RoleRows
    fields = [("role", "service")]
    verbose_name = "role"
    verbose_name_plural = "roles: each reaches the services beneath; with no service named, the whole trust"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.request = request
        if "role" in formset.form.base_fields:
            explained = [(role.name, f"{role.label}: {role.purpose}") for role in ROLES.values()]
            formset.form.base_fields["role"].choices = [("", "Choose a role"), *explained]
        return formset

    def choices(self, model: Any, request: HttpRequest, field: str) -> QuerySet:
        return super().choices(model, request, field).order_by("name")


@admin.register(User)
class UserAdmin(TrustAdmin):
    """People of one's own trust. Curators see them, to choose owners; administrators look after them."""

    form = PersonForm
    list_display = ["name", "email", "job_title", "roles", "is_active"]
    list_filter = ["is_active", "memberships__role", "profession"]
    search_fields = ["name", "email", "job_title"]
    ordering = ["name"]
    fields = ["name", "email", "profession", "job_title", "is_active"]
    readonly_fields = ["is_active"]
    inlines = [MembershipInline]

    def in_reach(self, request: HttpRequest) -> QuerySet:
        return User.objects.of(request.user.trust).prefetch_related("memberships__service")

    def choices_for(self, request: HttpRequest, field: str) -> QuerySet:
        """Those who have left can't be chosen."""
        return self.in_reach(request).here().order_by("name")

    @admin.display(description="Roles")
    def roles(self, person: User) -> str:
        return person.roles_in_words() or "no role yet"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(self.fields if obj else self.fields[:-1])

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Roles are given once the person is there."""
        return self.inlines if obj else []

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(may_welcome(request.user))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request) and (obj is None or is_of(request.user, obj.trust_id))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(may_change_person(request.user, obj)) if obj else holds_anywhere(request.user, ADMINISTER)

    def begin(self, request: HttpRequest, form: Any) -> User:
        return User.objects.welcome(by=request.user, trust=request.user.trust, **form.cleaned_data)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        words = f"{obj.name} is here now. Give them their roles below, then send them the link to set a passphrase."
        self.message_user(request, words, messages.SUCCESS)
        return redirect("admin:people_user_change", obj.pk)

    def change(self, request: HttpRequest, thing: User, form: Any, formsets: list[Any]) -> None:
        if form.changed_data:
            thing.describe(by=request.user, **{name: form.cleaned_data[name] for name in form.changed_data})
        for rows in formsets:
            ended = [row for row in rows.initial_forms if row.has_changed() or rows.is_gone(row)]
            for before in Membership.objects.filter(user=thing, pk__in=[row.instance.pk for row in ended]):
                thing.give_up(before.service, role=before.role, by=request.user)
            for row in rows.kept():
                if row.has_changed():
                    thing.join(row.cleaned_data["service"], role=row.cleaned_data["role"], by=request.user)

    def audited_alongside(self, obj: Any) -> Iterable[QuerySet]:
        return [Membership.pgh_event_model.objects.filter(user=obj)]

    # Beside the page

    def get_urls(self) -> list[URLPattern]:
        own = [
            self.action("close", self.close_view, "close"),
            self.action("open", self.open_view, "open"),
            self.action("send-link", self.link_view, "link"),
        ]
        return own + super().get_urls()

    def links(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        if not may_change_person(request.user, obj):
            return []
        if not obj.is_active:
            return [("Open the account again", reverse("admin:people_user_open", args=[obj.pk]))]
        links = [("Send the link to set a passphrase", reverse("admin:people_user_link", args=[obj.pk]))]
        links.append(("Say that they are away", reverse("absence", args=[obj.pk])))
        links.append(("What they hold, when they leave", reverse("leaving", args=[obj.pk])))
        if may_part_with(request.user, obj):
            links.append(("Close the account", reverse("admin:people_user_close", args=[obj.pk])))
        return links

    def close_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Somebody leaves: no more signing in."""
        person = self.find(request, object_id)
        may_part_with(request.user, person).or_refuse()
        if request.method == "POST":
            person.leave(by=request.user)
            return self._done(request, person, f"The account of {person} is closed.")
        words = ["They can no longer sign in. What they wrote stays, under their name.", *self._left_behind(person)]
        return self.confirmation(
            request, person, title=f"Close the account of {person}?", words=words, button="Close the account"
        )

    def open_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Somebody comes back."""
        person = self.find(request, object_id)
        may_change_person(request.user, person).or_refuse()
        if request.method == "POST":
            person.come_back(by=request.user)
            return self._done(request, person, f"{person} can sign in again.")
        words = [f"They can sign in again, as {person.roles_in_words() or 'somebody without a role yet'}."]
        return self.confirmation(
            request, person, title=f"Open the account of {person} again?", words=words, button="Open the account"
        )

    def link_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the letter that "I have forgotten my passphrase" sends."""
        person = self.find(request, object_id)
        may_change_person(request.user, person).or_refuse()
        if request.method == "POST":
            form = ResetPasswordForm(data={"email": person.email})
            if form.is_valid():
                form.save(request)
            return self._done(request, person, f"The link is on its way to {person.email}.")
        words = [f"{person} gets an e-mail at {person.email} with a link, by which they choose their own passphrase."]
        return self.confirmation(
            request, person, title="Send the link to set a passphrase?", words=words, button="Send"
        )

    def _left_behind(self, person: User) -> list[str]:
        """What would be nobody's, and the way to the page where it is handed on."""
        owned = person.owns.in_force().count()
        words = [f"They own guidance in force ({owned}): its reviews would be nobody's."] if owned else []
        all_of_it = reverse("leaving", args=[person.pk])
        return [*words, format_html('<a href="{}">See all that they hold, and hand it on first</a>', all_of_it)]

    def _done(self, request: HttpRequest, person: User, words: str) -> HttpResponse:
        self.message_user(request, words, messages.SUCCESS)
        return redirect("admin:people_user_change", person.pk)
