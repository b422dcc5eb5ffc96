"""The authenticator's own page, and what makes it an app: later part, manifest, service worker, mark."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from twofactor import hosts
from twofactor.views.shell import current, language_of, rendered, worker

_MARK_LIFE = 400 * 24 * 3600  # seconds; browsers keep no cookie for longer (RFC 6265bis, section 5.5)
# An address with the version in it never answers anything else.
_FOR_EVER = "max-age=31536000, immutable"


@login_not_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The first picture. A browser that held keys before gets the one that says so when there are none."""
    return _part("page-marked" if request.COOKIES.get(mark_cookie()) else "page", request)


@login_not_required
@require_safe
def screens(request: HttpRequest) -> HttpResponse:
    """The later part of the page: every screen but the first."""
    return _part("later", request)


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    return _part("manifest", request)


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Asked for anew with every visit: by it a phone learns that there is a new version."""
    return worker().answer(request, **{"Cache-Control": "no-cache"})


@csrf_exempt
@login_not_required
@require_POST
def mark(request: HttpRequest) -> HttpResponse:
    """Note that this browser holds keys, or no longer does: a cookie that outlives what scripts can store.

    SECURITY: nothing follows from the mark but a sentence on the phone. No page of another host can set it: only our
    own may send JSON here without being asked first (Fetch, CORS-safelisted request-header).
    """
    if hosts.is_foreign(request.headers):
        return HttpResponse(status=HTTPStatus.FORBIDDEN)
    if request.content_type != "application/json":
        return HttpResponse(status=415)
    response = HttpResponse(status=204)
    path = reverse("authenticator")
    if request.body == b'{"keys":true}':
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(mark_cookie(), "1", _MARK_LIFE, path=path, secure=secure, httponly=True, samesite="Strict")
    else:
        response.delete_cookie(mark_cookie(), path=path, samesite="Strict")
    return response


def mark_cookie() -> str:
    """The name of that cookie. Over https only a page that came by it may set it; its path keeps it from `__Host-`."""
    return f"{'__Secure-' if settings.SESSION_COOKIE_SECURE else ''}authenticator-mark"


def _part(name: str, request: HttpRequest) -> HttpResponse:
    """A part of the shell; one that is asked for by a version that is not ours is not there."""
    shell = current()
    version = request.GET.get("version")
    if version not in (None, shell.version):
        raise Http404
    headers = {"Cache-Control": _FOR_EVER} if version else {}
    return shell.documents[name, language_of(request)].answer(request, **headers)


def shell(name: str, request: HttpRequest, **more: Any) -> HttpResponse:
    """Another page of the authenticator, in its language."""
    return HttpResponse(rendered(name, language_of(request), **more))


def nothing(request: HttpRequest, status: int) -> HttpResponse:
    """What its own host says where there is no page, or where one did not work; and the desk's of where it lies."""
    page = shell("nothing", request, status=int(status), place=settings.PORTAL_AUTHENTICATOR_URL)
    page.status_code = status
    return page
