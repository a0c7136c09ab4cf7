"""The admin's front door: whoever a role lets in, and nobody else."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


class CuratorsAdminSite(AdminSite):
    site_header = "NHS Learning: curation"
    site_title = "NHS Learning"
    index_title = "What would you like to look after?"
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.may_use_admin()

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Everyone signs in on one page; somebody signed in without a role for this is told so."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied("Looking after guidance and people is for curators and administrators.")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("account_login"))
