"""Texts by one of the some thirty gateways that Apprise knows: an optional package, which answers only yes or no."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

from twofactor.gateways import DeliveryFailed, Message, wire

WAYS = ("text",)
IDEMPOTENT = False
_log = logging.getLogger("portal.carriers")
_PLACE = "{to}"


def configured(way: str) -> bool:
    return _PLACE in settings.PORTAL_APPRISE_URL and find_spec("apprise") is not None


def reports() -> bool:
    return False


def send(message: Message) -> str:
    if not wire.within(lambda: _notify(message)):
        # "No" may mean anything: it may pass, and it may be a text whose answer was lost.
        _log.warning("the gateway of PORTAL_APPRISE_URL did not take a text")
        raise DeliveryFailed("unreachable", permanent=False, unknown=True)
    return ""


def _notify(message: Message) -> bool:
    # SECURITY: these write what is sent, and addresses with the number in them.
    logging.getLogger("apprise").disabled = True
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    import apprise  # an extra: not there in every installation

    asset = apprise.AppriseAsset(http_redirects=False, storage_mode=apprise.PersistentStoreMode.MEMORY)
    service = apprise.Apprise.instantiate(_address(message.to), asset=asset, suppress_exceptions=True)
    if service is None or not _is_safe(service):
        _log.error("PORTAL_APPRISE_URL leads to no gateway, or to one without TLS: nothing is sent there")
        raise DeliveryFailed("setup", permanent=True)
    return bool(service.notify(body=message.text, body_format=apprise.NotifyFormat.TEXT))


def _address(number: str) -> str:
    return settings.PORTAL_APPRISE_URL.replace(_PLACE, quote(number, safe=""))


def _is_safe(service: Any) -> bool:
    """Whether what is sent is sealed on its way: by TLS whose certificate is checked, or it stays on this machine."""
    if wire.is_loopback(service.host or ""):
        return True
    # SECURITY: the names of protocols without TLS; a gateway that has only one name speaks TLS.
    plain = service.protocol or ()
    plain = (plain,) if isinstance(plain, str) else plain
    return bool(service.verify_certificate) and urlsplit(settings.PORTAL_APPRISE_URL).scheme not in plain
