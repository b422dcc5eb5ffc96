"""Where a program without a browser begins (RFC 8628, section 3.1). It goes on at the token endpoint."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from oauthlib.common import Request

from applications import device, grants, policy, scopes, wishes
from applications.models import Application
from applications.views.protocol import core, endpoint, is_form, wrong


@endpoint("POST")
@sensitive_post_parameters()
def begin(request: HttpRequest) -> HttpResponse:
    """Two codes: one that the program keeps, and one that it shows."""
    if not is_form(request):
        return wrong("invalid_request")
    application = _speaking(request)
    if application is None:
        response = wrong("invalid_client", HTTPStatus.UNAUTHORIZED)
        response["WWW-Authenticate"] = 'Basic realm="device"'
        return response
    if not application.allows_grant_type(Application.GRANT_DEVICE_CODE):
        return wrong("unauthorized_client")
    wanted = list(dict.fromkeys(request.POST.get("scope", "openid").split()))
    if not wanted or not set(wanted) <= scopes.WORDS.keys():
        return wrong("invalid_scope")
    response = JsonResponse(_told(device.begin(request, application, " ".join(wanted))))
    response["Cache-Control"] = "no-store"
    return response


def _speaking(request: HttpRequest) -> Application | None:
    asked: Any = Request(*core()._extract_params(request))  # noqa: SLF001
    found = grants.speaks(asked, wishes.server().request_validator)
    return asked.client if found else None


def _told(begun: device.Begun) -> dict[str, Any]:
    """SECURITY: the address is ours, whatever the program claims to have asked for (R-35)."""
    page = settings.PORTAL_BASE_URL + reverse("device")
    shown = f"{begun.user_code[:4]}-{begun.user_code[4:]}"
    return {
        "device_code": begun.device_code,
        "user_code": shown,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?{urlencode({'user_code': shown})}",
        "expires_in": int(policy.DEVICE_LIFE.total_seconds()),
        "interval": policy.DEVICE_INTERVAL,
    }
