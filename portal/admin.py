"""The stock admin behind our own sign-in (decision 16), and one page more: texts and calls in figures."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.doors import local_page
from portal import figures
from twofactor.models import PortalKey

_SEES_TRAFFIC = "twofactor.view_delivery"


def _by_key(request: HttpRequest) -> bool:
    """Whether a key has verified this session: a code by text opens no administration."""
    return isinstance(getattr(request.user, "otp_device", None), PortalKey)


class PortalAdmin(admin.AdminSite):
    """Only staff whose session a key has verified. The stock password pages do not exist (R-82)."""

    site_header = site_title = _("Support desk")
    index_title = _("People and keys")

    def has_permission(self, request: HttpRequest) -> bool:
        # SECURITY: the admin's views carry no door of ours; this is their door.
        return (
            super().has_permission(request) and _by_key(request) and not request.user.password_change_required  # type: ignore[union-attr]
        )

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        page = local_page(request.GET.get(REDIRECT_FIELD_NAME, "")) or "/admin/"
        if self.has_permission(request):
            return redirect(page)
        if not request.user.is_authenticated:
            return redirect_to_login(page)
        if not _by_key(request):
            messages.info(request, gettext("The administration opens once a key has verified you. Activate one first."))
            return redirect("security-key")
        # Signed in and still not welcome: another sign-in as the same person would change nothing.
        raise PermissionDenied

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: object = None
    ) -> HttpResponse:
        return redirect("password-change")

    def get_urls(self) -> list[Any]:
        return [path("traffic/", self.admin_view(self.traffic), name="traffic"), *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The page stands in the lists of the admin as if it were a model: first among those of its app."""
        apps = super().get_app_list(request, app_label)
        if request.user.has_perm(_SEES_TRAFFIC):
            for app in apps:
                if app["app_label"] == "twofactor":
                    address = reverse("admin:traffic", current_app=self.name)
                    page = {"name": gettext("Texts and calls"), "object_name": "Traffic", "admin_url": address}
                    app["models"].insert(0, {**page, "add_url": None, "view_only": True, "perms": {"view": True}})
        return apps

    @method_decorator(require_safe)
    def traffic(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(_SEES_TRAFFIC):
            raise PermissionDenied
        page = {**self.each_context(request), "title": gettext("Texts and calls"), **figures.overview()}
        # Who may not list them reads them in no other place either; that there are some says nothing.
        page["sees_closed"] = request.user.has_perm("twofactor.view_closedprefix")
        page["may_reopen"] = request.user.has_perm("twofactor.delete_closedprefix")
        return render(request, "admin/traffic.html", page)
