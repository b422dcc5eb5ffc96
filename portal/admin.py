"""The stock admin behind our own sign-in (decision 16)."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _


class PortalAdmin(admin.AdminSite):
    """Only staff whose session a second factor has verified. The stock password page does not exist (R-82)."""

    site_header = site_title = _("Support desk")
    index_title = _("People and keys")

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and request.user.is_verified()  # type: ignore[union-attr]

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        if request.user.is_authenticated:
            # Signed in and still not welcome: another sign-in as the same person would change nothing.
            raise PermissionDenied
        return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME) or "/admin/")
