"""Texts and calls by any gateway that takes JSON over HTTPS: the contract is in docs/operating.md.

What it reports comes back signed: HMAC-SHA256 by PORTAL_HTTP_SECRET over `<seconds>.<body>`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from twofactor.gateways import REASONS, DeliveryFailed, Forged, Message, Report, wire

WAYS = ("text", "call")
IDEMPOTENT = True
# Seconds by which the gateway's clock and ours may differ; a report that is caught and sent again later is refused.
_TOLERANCE = 5 * 60
_ID_LONGEST = 128
_STATES = {"queued": None, "sent": None, "delivered": "delivered", "failed": "failed"}


def configured(way: str) -> bool:
    return bool(_addresses().get(way))


def reports() -> bool:
    return bool(settings.PORTAL_HTTP_SECRET)


def _addresses() -> dict[str, str]:
    return {"text": settings.PORTAL_HTTP_TEXT_URL, "call": settings.PORTAL_HTTP_CALL_URL}


def send(message: Message) -> str:
    headers = {"Content-Type": "application/json", "Idempotency-Key": message.id}
    if settings.PORTAL_HTTP_TOKEN:
        headers["Authorization"] = f"Bearer {settings.PORTAL_HTTP_TOKEN}"
    body = json.dumps(_message(message), ensure_ascii=False).encode()
    carrier_id = wire.post(_addresses()[message.way], body, headers, _reason).get("id")
    if not isinstance(carrier_id, str) or not 0 < len(carrier_id) <= _ID_LONGEST:
        raise DeliveryFailed("malformed", permanent=True, unknown=True)
    return carrier_id


def _message(message: Message) -> dict[str, Any]:
    said: dict[str, Any] = {"id": message.id, "to": message.to, "language": message.language, "kind": message.way}
    if message.call:
        said["script"] = asdict(message.call)
    else:
        said["text"] = message.text
    if reports():
        said["report"] = wire.report_address("http", message.id)
    if message.expires:
        said["expires"] = message.expires.isoformat(timespec="seconds")
    return said


def _reason(answer: wire.Answer) -> str:
    """What the gateway says is wrong. 409 is a first attempt that is still going on over there."""
    if answer.status == 409:
        return "busy"
    reason = answer.said.get("reason")
    return reason if answer.status not in (401, 402, 403) and reason in REASONS else ""


def read_report(request: HttpRequest, delivery_id: str) -> Report | None:
    _check(request)
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        said = None
    named, told = (said.get("id"), said.get("state")) if isinstance(said, dict) else (None, None)
    if not isinstance(named, str) or not isinstance(told, str) or told not in _STATES:
        raise DeliveryFailed("malformed", permanent=True)
    # SECURITY: the address is not signed and the body is: a report is good for the delivery that it names.
    if named != delivery_id:
        raise Forged
    state = _STATES[told]
    if state is None:
        return None
    reason = said.get("reason")
    return Report(state, (reason if reason in REASONS else "unreachable") if state == "failed" else "")


def _check(request: HttpRequest) -> None:
    stamp, given = request.headers.get("Portal-Timestamp", ""), request.headers.get("Portal-Signature", "")
    # SECURITY: without a secret nobody can sign, and an empty one is known to everybody.
    if not settings.PORTAL_HTTP_SECRET or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise Forged
    key = settings.PORTAL_HTTP_SECRET.encode()
    right = hmac.new(key, stamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), right.encode()) or abs(time.time() - int(stamp)) > _TOLERANCE:
        raise Forged
