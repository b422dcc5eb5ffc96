"""The authenticator's own page, and the address that the QR leads to."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def activate_link(request: HttpRequest) -> HttpResponse:
    """Where the QR leads. The code stays in the fragment, which the browser keeps; opening this consumes nothing."""
    response = HttpResponse(status=302)
    response["Location"] = f"{settings.PORTAL_AUTHENTICATOR_URL}/authenticator/"
    return response


@login_not_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "authenticator/page.html", {"base_url": settings.PORTAL_BASE_URL})
