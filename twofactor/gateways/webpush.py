"""Web Push: a phone is woken by the push service of its browser (RFC 8030), with our own keys and no vendor's account.

SECURITY: the address comes from the phone. It is one of the push services that the operator allows, resolved and
checked again whenever it is written to, and nothing that it answers leads anywhere else (R-86).
"""

from __future__ import annotations

import logging
import re
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from twofactor import policy
from twofactor.gateways import DeliveryFailed, Message, wire
from twofactor.protocol import webpush

_log = logging.getLogger("portal.push")

WAYS = ("push",)
# The topic names the question, so of two copies that wait the later takes the place of the earlier (RFC 8030, 5.4).
IDEMPOTENT = True

_HTTPS = 443
# A name as push services have it: plain letters, nothing that two readers could read in two ways.
_NAME = re.compile(r"(?!.*(?:^|\.)xn--)[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)+")


def configured(way: str) -> bool:
    return way in WAYS and settings.PORTAL_VAPID is not None


def reports() -> bool:
    """The phone itself reports what became of it, signed (protocol section 6)."""
    return False


def is_allowed(endpoint: str) -> bool:
    """Whether this is an address of a push service that may be written to: https, its own port, a host on the list."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint and "\\" not in endpoint
    if not plain or not parts.path.startswith("/") or parts.fragment or set("@[") & set(parts.netloc):
        return False
    if _is_ours(endpoint):
        return True
    if not _NAME.fullmatch(host):
        return False
    listed = any(host == name or (name[:1] == "." and host.endswith(name)) for name in settings.PORTAL_PUSH_SERVICES)
    return parts.scheme == "https" and port in (None, _HTTPS) and listed


def _is_ours(endpoint: str) -> bool:
    """Whether it is a push service on a developer's own machine, named with its whole origin."""
    parts = urlsplit(endpoint)
    origin = f"{parts.scheme}://{parts.netloc}"
    return (
        settings.PORTAL_ON_LOOPBACK
        and wire.is_loopback(parts.hostname or "")
        and origin in settings.PORTAL_PUSH_SERVICES
    )


def send(message: Message) -> str:
    """Hand the sealed message to the push service. Raises DeliveryFailed; `gone` when the subscription has ended."""
    to = webpush.Subscription.load(message.to.encode())
    if settings.PORTAL_VAPID is None or not is_allowed(to.endpoint):
        raise DeliveryFailed("setup", permanent=True)
    left = int((message.expires - timezone.now()).total_seconds()) if message.expires else 0
    # The same letter of introduction for hours: services keep what they have verified.
    expires = (int(time.time() / _half()) + 2) * _half()
    introduced = settings.PORTAL_VAPID.authorization(to.endpoint, subject=settings.PORTAL_PUSH_SUBJECT, expires=expires)
    answer = wire.exchange(
        to.endpoint,
        webpush.seal(message.text.encode(), to),
        {
            "Authorization": introduced,
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(max(0, left)),
            "Urgency": "high",
            "Topic": message.subject,
        },
        total=policy.PUSH_TOTAL,
        public=not _is_ours(to.endpoint),
    )
    if answer is None or answer.status == 0:
        raise DeliveryFailed("unreachable", permanent=False, unknown=answer is None)
    if not 200 <= answer.status < 300:
        raise _refusal(to.endpoint, answer)
    return ""


def _half() -> int:
    return int(policy.PUSH_INTRODUCED.total_seconds() // 2)


def _refusal(endpoint: str, answer: wire.Answer) -> DeliveryFailed:
    if answer.status in (404, 410):
        return DeliveryFailed("gone", permanent=True)
    if answer.status == 429:
        return DeliveryFailed("busy", permanent=False, retry_after=answer.retry_after)
    if answer.status >= 500 or answer.status == 408:
        return DeliveryFailed("unreachable", permanent=False, retry_after=answer.retry_after)
    # 401 and 403: it does not take our key. 400 and 413: it does not take our message. A redirect is not followed.
    _log.error(
        "%s refuses notifications with status %s: see the key and its subject",
        urlsplit(endpoint).hostname,
        answer.status,
    )
    return DeliveryFailed("setup", permanent=True)
