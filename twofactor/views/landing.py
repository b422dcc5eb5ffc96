"""Where the QR leads: what this device needs before it can take the activation code."""

from __future__ import annotations

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
    _product, system = browser.named(request.headers.get("User-Agent", ""))
    return shell("landing", request, platform=_PLATFORMS.get(system, "desktop"))
