"""The stock admin behind our own sign-in (decision 16)."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.doors import local_page


class PortalAdmin(admin.AdminSite):
    """Only staff whose session a second factor has verified. The stock password pages do not exist (R-82)."""

    site_header = site_title = _("Support desk")
    index_title = _("People and keys")

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        # SECURITY: the admin's views carry no door of ours; this is their door.
        return (
            super().has_permission(request)
            and user.is_verified()  # type: ignore[union-attr]
            and not user.password_change_required  # type: ignore[union-attr]
        )

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        page = local_page(request.GET.get(REDIRECT_FIELD_NAME, "")) or "/admin/"
        if self.has_permission(request):
            return redirect(page)
        if not request.user.is_authenticated:
            return redirect_to_login(page)
        if not request.user.is_verified():  # type: ignore[attr-defined]
            messages.info(request, gettext("The administration opens once a key has verified you. Activate one first."))
            return redirect("security-key")
        # Signed in and still not welcome: another sign-in as the same person would change nothing.
        raise PermissionDenied

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: object = None
    ) -> HttpResponse:
        return redirect("password-change")
