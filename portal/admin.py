"""The stock admin behind our own sign-in (decision 16); the support desk's pages, and texts and calls in figures."""

from __future__ import annotations

from datetime import datetime
from functools import update_wrapper
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
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import marks, policy
from accounts.doors import local_page, person, sign_in_again
from accounts.models import User
from accounts.views import sign_out
from portal import figures, patience, service
from twofactor.models import Passkey, PortalKey
from twofactor.models.key import ACTIVE
from twofactor.strength import held_until, is_unasked
from twofactor.views import desk
from twofactor.views.signin import time_words

_SEES_TRAFFIC = "twofactor.view_delivery"
# What a security officer has, and support has not.
_SEES_SERVICE = "twofactor.serve_staff"


def _by_key(request: HttpRequest) -> bool:
    """Whether a key or passkey that is active has verified this session: nothing weaker opens an administration.

    SECURITY: nor does a session that something weaker began and that was verified by the key which it has moved.
    """
    device = getattr(request.user, "otp_device", None)
    return isinstance(device, PortalKey | Passkey) and device.state == ACTIVE and not marks.is_weaker(request)


def _held_until(request: HttpRequest) -> datetime | None:
    """SECURITY: who has moved the key without the old phone administrates nothing before its owner could stop it."""
    return held_until(request.user) if isinstance(request.user, User) else None


def _is_proved(request: HttpRequest) -> bool:
    """AT-100: signed in by key, and within 15 minutes, for whatever changes something."""
    return _by_key(request) and marks.is_fresh(request, within=policy.STEP_UP)


class PortalAdmin(admin.AdminSite):
    """Only staff whose session an active key has verified, and nobody in their hold or with a password due.

    The stock password pages do not exist (R-82).
    """

    site_header = site_title = _("Support desk")
    index_title = _("People and keys")

    def has_permission(self, request: HttpRequest) -> bool:
        # SECURITY: the admin's views carry no door of ours; this is their door.
        due = getattr(request.user, "password_change_required", True)
        held = _held_until(request) is not None or is_unasked(request)
        return super().has_permission(request) and _by_key(request) and not due and not held

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """SECURITY: every view of the administration passes here, so no page and no action of it forgets the step-up.

        Reading goes on. What was about to be changed is asked for again after the sign-in, on the page where it stood.
        """
        inner = super().admin_view(view, cacheable)

        def stepped_up(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            patience.lengthen()
            writes = request.method not in ("GET", "HEAD", "OPTIONS")
            leaves = request.path == reverse("admin:logout", current_app=self.name)
            if writes and not leaves and self.has_permission(request) and not _is_proved(request):
                return sign_in_again(request, request.get_full_path())
            return inner(request, *args, **kwargs)

        return update_wrapper(stepped_up, inner)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        page = local_page(request.GET.get(REDIRECT_FIELD_NAME, "")) or "/admin/"
        if self.has_permission(request):
            return redirect(page)
        if not request.user.is_authenticated:
            return redirect_to_login(page)
        until = _held_until(request)
        staff = person(request).is_staff
        if staff and until is not None:
            words = gettext(
                "Your phone was activated without the one before it. The administration opens to you at {}."
            )
            messages.info(request, format_html(words, time_words(until, "day")))
            return redirect("security")
        if staff and is_unasked(request):
            messages.info(request, gettext("A new passkey opens the administration after a day. Use your other one."))
            return sign_in_again(request, page)
        if staff and marks.is_weaker(request):
            return sign_in_again(request, page)
        if not _by_key(request):
            messages.info(request, gettext("The administration opens once a key has verified you. Activate one first."))
            return redirect("security-key")
        # Signed in and still not welcome: another sign-in as the same person would change nothing.
        raise PermissionDenied

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: object = None
    ) -> HttpResponse:
        return redirect("password-change")

    def logout(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:  # type: ignore[override]
        """Our own way out, which also ends what is open elsewhere on this session."""
        return sign_out(request)

    def get_urls(self) -> list[Any]:
        own = [
            path("traffic/", self.admin_view(self.traffic), name="traffic"),
            path("service/", self.admin_view(self.service), name="service"),
            path("accounts/user/<int:pk>/desk/", self.admin_view(self.desk), name="desk"),
            path("accounts/user/<int:pk>/desk/<slug:name>/", self.admin_view(self.desk_act), name="desk-act"),
            path(
                "accounts/user/<int:pk>/desk/<slug:name>/<slug:row>/",
                self.admin_view(self.desk_act),
                name="desk-act-row",
            ),
        ]
        return [*own, *super().get_urls()]

    def desk(self, request: HttpRequest, pk: int) -> HttpResponse:
        return desk.client(request, pk, base=self.each_context(request))

    def desk_act(self, request: HttpRequest, pk: int, name: str, row: str = "") -> HttpResponse:
        if not _is_proved(request):
            # Before anything is typed, and not after.
            return sign_in_again(request, request.path)
        return desk.act(request, pk, name, row, base=self.each_context(request))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Pages of figures stand in the lists of the admin as if they were models: first among those of their app."""
        apps = super().get_app_list(request, app_label)
        pages = []
        if request.user.has_perm(_SEES_SERVICE):
            pages.append(self._as_model("service", gettext("Sign-ins and service")))
        if request.user.has_perm(_SEES_TRAFFIC):
            pages.append(self._as_model("traffic", gettext("Texts and calls")))
        for app in apps:
            if app["app_label"] == "twofactor":
                app["models"][:0] = pages
        return apps

    def _as_model(self, name: str, words: str) -> dict[str, Any]:
        address = reverse(f"admin:{name}", current_app=self.name)
        page = {"name": words, "object_name": name.title(), "admin_url": address}
        return {**page, "add_url": None, "view_only": True, "perms": {"view": True}}

    @method_decorator(require_safe)
    def service(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(_SEES_SERVICE):
            raise PermissionDenied
        page = {**self.each_context(request), "title": gettext("Sign-ins and service"), **service.overview()}
        return render(request, "admin/service.html", page)

    @method_decorator(require_safe)
    def traffic(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(_SEES_TRAFFIC):
            raise PermissionDenied
        page = {**self.each_context(request), "title": gettext("Texts and calls"), **figures.overview()}
        # Who may not list them reads them in no other place either; that there are some says nothing.
        page["sees_closed"] = request.user.has_perm("twofactor.view_closedprefix")
        page["may_reopen"] = request.user.has_perm("twofactor.delete_closedprefix")
        return render(request, "admin/traffic.html", page)
