"""Telling an application that an answer is there (CIBA, section 10.2): rows are the outbox, and a thread carries them.

Whatever is lost on the way is found again by the next look; and the application may ask without being told.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Min
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit
from applications import policy
from applications.models import PhoneSignIn
from applications.models.application import may_lead
from twofactor.gateways import wire
from twofactor.protocol.sealing import Unsealable
from twofactor.runner import Runner

_log = logging.getLogger("portal.applications")
_AT_ONCE = 200


def wake() -> None:
    """Carry what is due, now."""
    runner.wake()


def sweep() -> datetime | None:
    """What was left by a process that has died is carried by this one. Returns when to look again; None: never."""
    ids, next_at = _due()
    if ids:
        wake()
    return timezone.now() + policy.PING_LEASE if ids else next_at


def _due() -> tuple[list[str], datetime | None]:
    waiting = PhoneSignIn.objects.exclude(ping_at=None)
    ids = list(waiting.filter(ping_at__lte=Now()).values_list("pk", flat=True)[:_AT_ONCE])
    return ids, waiting.exclude(pk__in=ids).aggregate(next=Min("ping_at"))["next"]


def tell(pk: str) -> bool:
    """Carry this one, if nobody else does. Returns whether it was ours to carry."""
    row = PhoneSignIn.objects.select_related("application", "user").get(pk=pk)
    try:
        words = row.take_ping(timezone.now() + policy.PING_LEASE)
    except Unsealable:
        _log.error("a ping cannot be unsealed: its application has to ask")
        row.ping_is_over()
        return True
    if words is None:
        return False
    auth_req_id, token = words
    due = row.standing in ("approved", "denied") and row.application.is_active
    reason = "" if due else "over"
    if not reason:
        reason = _post(row.application.notified_at_url, auth_req_id, token)
    _end(row, reason)
    return True


def _post(url: str, auth_req_id: str, token: str) -> str:
    """Why it has not been taken; "" when it has."""
    if not may_be_told(url):
        return "setup"
    body = json.dumps({"auth_req_id": auth_req_id}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    # SECURITY: no redirect is followed, and only public addresses are connected to, each as it was looked at.
    answer = wire.exchange(url, body, headers, total=policy.PING_TOTAL, public=not _is_ours(url))
    if answer is None or answer.status == 0 or answer.status >= 500:
        return "unreachable"
    return "" if answer.status in (200, 204) else "refused"


def may_be_told(url: str) -> bool:
    """Https alone; in a demo on this machine also an application beside it."""
    return may_lead(url) and (urlsplit(url).scheme == "https" or _is_ours(url))


def _is_ours(url: str) -> bool:
    at = urlsplit(url)
    return bool(settings.PORTAL_DEMO and settings.PORTAL_ON_LOOPBACK and wire.is_loopback(at.hostname or ""))


def _end(row: PhoneSignIn, reason: str) -> None:
    if reason == "unreachable" and row.pings <= len(policy.PING_WAITS):
        row.ping_again(timezone.now() + _wait(row.pings))
        return
    row.ping_is_over()
    audit.record(
        "application.ping", user=row.user, ok=not reason, reason=reason, application=row.application.name
    )  # fmt: skip


def _wait(pings: int) -> timedelta:
    return policy.PING_WAITS[pings - 1]


runner = Runner(_due, tell, beat=None)
