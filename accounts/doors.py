"""Marks on doors, and the ways back to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY, logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from accounts.models import OpenSession, User

View = TypeVar("View", bound=Callable[..., Any])


def door(kind: str, *, background: bool = False) -> Callable[[View], View]:
    """Mark who may pass, see `portal.middleware.ClosedDoors`: `unverified`, `enrolment`, `password` or `always`.

    A `background` door is asked by pages and not by people: it does not keep a session from running out.
    """

    def mark(view: View) -> View:
        view.door = kind  # type: ignore[attr-defined]
        view.background = background  # type: ignore[attr-defined]
        return view

    return mark


def person(request: HttpRequest) -> User:
    """The person of this session. Only for doors that are closed to everybody else."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def local_page(given: str) -> str:
    """A page of this site to go on to, or an empty string. Parsed, never compared by prefix (R-73)."""
    good = len(given) <= 512 and given.startswith("/") and url_has_allowed_host_and_scheme(given, allowed_hosts=None)
    return given if good else ""


def keep_session(request: HttpRequest, user: User) -> None:
    """Let this session go on under the person's new epoch, with a new id (R-55)."""
    before = request.session.session_key
    request.session.cycle_key()
    OpenSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()


def sign_in_again(request: HttpRequest, page: str) -> HttpResponse:
    """Changing a factor asks for a fresh sign-in (P-42): end this one and come back to `page`."""
    logout(request)
    messages.info(request, _("For your safety, sign in again to go on."))
    return redirect(f"{reverse('sign-in')}?{urlencode({'next': page})}")
