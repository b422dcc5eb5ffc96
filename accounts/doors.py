"""Marks on doors, and the ways back to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import is_valid_path, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from accounts import marks
from accounts.models import User

View = TypeVar("View", bound=Callable[..., Any])


def door(kind: str, *, background: bool = False) -> Callable[[View], View]:
    """Mark who may pass, see `portal.middleware.ClosedDoors`: `unverified`, `enrolment`, `number`,
    `password`, `console` or `always`.

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
    if len(given) > 512 or not given.isprintable() or not url_has_allowed_host_and_scheme(given, allowed_hosts=None):
        return ""
    # One that we have: what looks like a page of ours and is none leads nowhere, wherever a browser may take it.
    return given if given.startswith("/") and is_valid_path(unquote(urlsplit(given).path)) else ""


def sign_in_again(request: HttpRequest, page: str, *, by_any: bool = False) -> HttpResponse:
    """Changing a factor asks for a fresh sign-in (P-42), which comes back to `page`.

    The session of now goes on until that sign-in replaces it: a GET, perhaps by a link of another site, ends nothing.
    Args: `by_any`: a factor that is not the strongest would do for it, too.
    """
    if marks.is_weaker(request) and not by_any:
        words = _(
            "This needs a sign-in with the strongest second factor that you have. Sign in again and choose it. Is it "
            "gone? Activate %(key)s on a phone first."
        )
        messages.info(request, words % {"key": settings.PORTAL_KEY_NAME})
    else:
        messages.info(request, _("For your safety, sign in again to go on."))
    return redirect(f"{reverse('sign-in')}?{urlencode({'again': '1', 'next': page})}")
