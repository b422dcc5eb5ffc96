"""Where carriers come back: to report what became of a delivery, and to ask what to say in a call.

SECURITY: these doors are open to the whole network, so the signature is looked at first. What they move is a delivery;
no report signs anybody in (R-87).
"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from twofactor import gateways, policy, tasks
from twofactor.gateways import DeliveryFailed, Forged

_log = logging.getLogger("portal.carriers")
_STEPS = ("greet", "key")


@csrf_exempt
@login_not_required
@require_POST
def report(request: HttpRequest, name: str, delivery_id: str) -> HttpResponse:
    carrier = _carrier(name, "read_report")
    if carrier is None:
        return HttpResponse(status=404)
    if _is_too_long(request):
        return HttpResponse(status=400)
    try:
        told = carrier.read_report(request, delivery_id)
    except Forged:
        return _forged(name)
    except DeliveryFailed:
        return HttpResponse(status=400)
    if told and not tasks.report(delivery_id, told, name):
        return HttpResponse(status=404)
    return HttpResponse(status=204)


@csrf_exempt
@login_not_required
@require_POST
def call(request: HttpRequest, name: str, delivery_id: str, step: str) -> HttpResponse:
    carrier = _carrier(name, "converse")
    if carrier is None or step not in _STEPS:
        return HttpResponse(status=404)
    if _is_too_long(request):
        return HttpResponse(status=400)
    try:
        answer, told = carrier.converse(request, delivery_id, step, lambda: tasks.script(delivery_id, name))
    except Forged:
        return _forged(name)
    if told:
        tasks.report(delivery_id, told, name)
    return answer  # type: ignore[no-any-return]


def _carrier(name: str, ability: str) -> Any:
    """The carrier of this name, if the operator uses it and it can do this."""
    if name not in settings.PORTAL_CARRIERS or name not in gateways.NAMES:
        return None
    module: Any = gateways.carrier(name)
    return module if hasattr(module, ability) and any(map(module.configured, module.WAYS)) else None


def _is_too_long(request: HttpRequest) -> bool:
    return int(request.META.get("CONTENT_LENGTH") or 0) > policy.BODY_LONGEST or len(request.body) > policy.BODY_LONGEST


def _forged(name: str) -> HttpResponse:
    # Anybody can cause this line; the operator needs it to find a wrong secret.
    _log.info("a report as if by the carrier %s was refused: its signature does not hold", name)
    return HttpResponse(status=403)
