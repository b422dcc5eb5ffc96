"""What may not be served: each unsafe setting is one sentence, and the portal does not start (R-92)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register

from twofactor import gateways, numbers

_SHORTEST_SECRET = 32
# What the columns that count thousandths of it hold, with room for what comes above the cap.
_DEAREST, _MOST_A_DAY = 100_000, 2_000_000
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


@register()
def carriers_are_safe(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Who carries texts and calls, and where to (P-20, R-92)."""
    found = []
    named = [name for name in settings.PORTAL_CARRIERS if name not in ("mail", "webpush")]
    unknown = sorted(set(named) - set(gateways.NAMES))
    if unknown:
        return [Error(f"PORTAL_CARRIERS names what is no carrier: {', '.join(unknown)}.", id="portal.E06")]
    if "console" in named and not settings.PORTAL_ON_LOOPBACK:
        text = "The console carrier writes codes to the terminal: it serves a developer's own machine only."
        found.append(Error(text, id="portal.E07"))
    if named and not settings.PORTAL_COUNTRY:
        text = "PORTAL_COUNTRY must say which country the portal's numbers are of, such as HK: others are closed."
        found.append(Error(text, id="portal.E08"))
    nowhere = sorted(settings.PORTAL_COUNTRIES - numbers.supported())
    if nowhere:
        found.append(Error(f"PORTAL_COUNTRIES names what is no country: {', '.join(nowhere)}.", id="portal.E09"))
    if settings.PORTAL_DEMO and set(named) - {"demo", "console"}:
        text = "The demo's people have a public password: PORTAL_CARRIERS may only be demo or console there."
        found.append(Error(text, id="portal.E11"))
    idle = [name for name in named if not any(gateways.carrier(name).configured(way) for way in ("text", "call"))]
    if idle:
        text = f"PORTAL_CARRIERS names carriers that are not set up: {', '.join(idle)}."
        found.append(Error(text, id="portal.E10"))
    return found


@register()
def pushes_are_guarded(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Which push services are written to (R-86)."""
    origins = [name for name in settings.PORTAL_PUSH_SERVICES if "/" in name or ":" in name or "*" in name]
    strange = [
        name for name in origins if not (settings.PORTAL_ON_LOOPBACK and name.startswith(("http://", "https://")))
    ]
    if not strange:
        return []
    text = "PORTAL_PUSH_SERVICES names hosts, such as push.example or .push.example for all below it, and not {}."
    return [Error(text.format(", ".join(strange)), id="portal.E15")]


@register()
def money_is_counted(app_configs: Any, **kwargs: Any) -> list[Error]:
    """What a text costs is known wherever one may go, or the cap of the day means nothing there (P-19)."""
    found = []
    # What is no number (nan) is on neither side of anything, and so not between them.
    for name in ("PORTAL_TEXT_PRICES", "PORTAL_CALL_PRICES"):
        prices = getattr(settings, name)
        odd = sorted(country for country, price in prices.items() if not 0 < price < _DEAREST)
        if odd:
            text = f"{name} must be above 0 and below {_DEAREST} for each country, and is not for {', '.join(odd)}."
            found.append(Error(text, id="portal.E12"))
        if "*" not in prices and settings.PORTAL_COUNTRIES - prices.keys():
            missing = ", ".join(sorted(settings.PORTAL_COUNTRIES - prices.keys()))
            text = f"{name} has no price for {missing}: name one, or * for all others."
            found.append(Error(text, id="portal.E13"))
    most = settings.PORTAL_MONEY_A_DAY
    if not 0 < most < _MOST_A_DAY:
        text = f"PORTAL_MONEY_A_DAY must be above 0 and below {_MOST_A_DAY}."
        found.append(Error(text, id="portal.E14"))
    return found
