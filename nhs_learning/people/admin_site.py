"""The admin's front door: whoever a role lets in, and nobody else."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse

#: Django's own pages that have no place here: passphrases are changed on the account page, and the detour by which the
#: admin leads to a thing's page would tell the addresses of other trusts' things.
_NOT_HERE = {"password_change", "password_change_done", "view_on_site"}


class CuratorsAdminSite(AdminSite):
    site_header = "NHS Learning: curation"
    site_title = "NHS Learning"
    index_title = "What would you like to look after?"
    site_url = "/"
    enable_nav_sidebar = False  # the lists need the room

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only pages that start from one's own trust: those that libraries bring along ask nobody's role."""
        from nhs_learning.people.admin.base import TrustAdmin

        if admin_class and issubclass(admin_class, TrustAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.may_use_admin()

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """Somebody signed in without a role for this is told so at once."""
        inner = super().admin_view(view, cacheable)

        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied("Looking after guidance and people is for curators and administrators.")
            return inner(request, *args, **kwargs)

        return update_wrapper(asked, inner)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Everyone signs in on one page; somebody signed in without a role for this is told so."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied("Looking after guidance and people is for curators and administrators.")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("account_login"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Everyone signs out on one page, too."""
        return redirect("account_logout")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [pattern for pattern in super().get_urls() if getattr(pattern, "name", "") not in _NOT_HERE]
