from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from twofactor import hosts


def portal(request: HttpRequest) -> dict[str, Any]:
    return names()


def names() -> dict[str, Any]:
    """What every page knows: the names the operator chose, whether this is a demonstration, and whether the
    authenticator has a host of its own, which no page of this one can reach.
    """
    return {
        "portal_name": settings.PORTAL_NAME,
        "portal_key_name": settings.PORTAL_KEY_NAME,
        "support_name": settings.PORTAL_SUPPORT,
        "demo": settings.PORTAL_DEMO,
        "has_own_host": hosts.are_two(),
    }
