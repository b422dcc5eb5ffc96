"""Where the QR leads: what this device needs before it can take the activation code."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts import browser
from twofactor.views.authenticator import shell

_PLATFORMS = {"Android": "android", "iOS": "ios"}


@login_not_required
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """The code stays in the fragment, which the browser keeps to itself; opening this consumes nothing (F5)."""
    ours, theirs = settings.PORTAL_BASE_URL, settings.PORTAL_AUTHENTICATOR_URL
    if ours != theirs and request.get_host() == urlsplit(ours).netloc:
        # Keys lie at the authenticator's own host. A browser carries the fragment along (RFC 9110, section 10.2.2).
        response = HttpResponse(status=302)
        response["Location"] = f"{theirs}/a"
        return response
    _product, system = browser.named(request.headers.get("User-Agent", ""))
    return shell("landing", request, platform=_PLATFORMS.get(system, "desktop"))
