from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    """What every page knows: the names the operator chose, and whether this is a demonstration."""
    return {
        "portal_name": settings.PORTAL_NAME,
        "portal_key_name": settings.PORTAL_KEY_NAME,
        "support_name": settings.PORTAL_SUPPORT,
        "demo": settings.PORTAL_DEMO,
    }
