"""What may not be served: each unsafe setting is one sentence, and the portal does not start (R-92)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register

_SHORTEST_SECRET = 32
_MODES = ("always", "risk", "never")


@register()
def settings_are_safe(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Each finding has an id `portal.Enn` and says what to set instead."""
    found = []
    if urlsplit(settings.PORTAL_BASE_URL).scheme != "https" and not settings.PORTAL_ON_LOOPBACK:
        text = "PORTAL_BASE_URL must start with https://: phones keep no keys for a page without it."
        found.append(Error(text, id="portal.E01"))
    if settings.PORTAL_DEMO and not settings.PORTAL_ON_LOOPBACK and not settings.PORTAL_DEMO_ANYWHERE:
        text = "The demo's people are public: it serves this machine only, unless PORTAL_DEMO_ANYWHERE=1 is set."
        found.append(Error(text, id="portal.E02"))
    for name, value in (("PORTAL_SECRET_KEY", settings.SECRET_KEY), ("PORTAL_PEPPER", settings.PORTAL_PEPPER)):
        if len(value) < _SHORTEST_SECRET:
            found.append(Error(f"{name} must have at least {_SHORTEST_SECRET} characters.", id="portal.E03"))
    if settings.PORTAL_NUMBER_MATCH not in _MODES:
        found.append(Error(f"PORTAL_NUMBER_MATCH must be one of {', '.join(_MODES)}.", id="portal.E04"))
    if settings.DEBUG:
        found.append(Error("DEBUG shows secrets on error pages; it is never on.", id="portal.E05"))
    return found
