"""What may not be served: each unsafe setting is one sentence, and the portal does not start (R-92)."""

from __future__ import annotations

import difflib
import os
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, register
from django.core.checks import Warning as Caution

from accounts import overrides
from twofactor import gateways, numbers
from twofactor.protocol.encoding import unb64url
from twofactor.protocol.errors import Refused
from twofactor.reference import BOUNDS

# What the server looks at before it serves anybody, whatever command starts it (`portal.starting`).
TAG = "portal"
_SHORTEST_SECRET = 32
# A secret that was drawn has more different characters than that, and a key more different bytes.
_LEAST_VARIED = 10
# What stands in this repository and in everybody's examples.
_PUBLIC = ("for-checks-only", "of the tests", "services' tests", "change-me", "changeme", "example", "insecure")
# What the columns that count thousandths of it hold, with room for what comes above the cap.
_DEAREST, _MOST_A_DAY = 100_000, 2_000_000
# Seconds: with less than a tenth pages would fail wherever there is work, and nobody waits for an hour.
_LEAST_PATIENCE, _MOST_PATIENCE = 0.1, 3600
_MODES = ("always", "risk", "never")
# What no setting reads: the demo does, the project's own tools, and compose, whose file of the environment may be ours.
_BESIDE = {"PORTAL_DEMO_PASSWORD", "PORTAL_VERSION", "PORTAL_CHROMIUM", "PORTAL_GALLERY", "PORTAL_LONG"}
_BESIDE |= {"PORTAL_SOAK", "PORTAL_SOAK_EVERY"}


@register(TAG)
def settings_are_safe(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Each finding has an id `portal.Enn` and says what to set instead."""
    found = []
    if urlsplit(settings.PORTAL_BASE_URL).scheme != "https" and not settings.PORTAL_ON_LOOPBACK:
        text = "PORTAL_BASE_URL must start with https://: phones keep no keys for a page without it."
        found.append(Error(text, id="portal.E01"))
    if settings.PORTAL_DEMO and not settings.PORTAL_ON_LOOPBACK and not settings.PORTAL_DEMO_ANYWHERE:
        text = "The demo's people are public: it serves this machine only, unless PORTAL_DEMO_ANYWHERE=1 is set."
        found.append(Error(text, id="portal.E02"))
    given = [("PORTAL_SECRET_KEY", settings.SECRET_KEY), ("PORTAL_PEPPER", settings.PORTAL_PEPPER)]
    given += [("PORTAL_SECRET_KEY_FALLBACKS", earlier) for earlier in settings.SECRET_KEY_FALLBACKS]
    given += [("PORTAL_PEPPER_FALLBACKS", earlier) for earlier in settings.PORTAL_PEPPER_FALLBACKS]
    for name, value in given:
        if len(value) < _SHORTEST_SECRET:
            found.append(Error(f"{name} must have at least {_SHORTEST_SECRET} characters.", id="portal.E03"))
    if settings.PORTAL_NUMBER_MATCH not in _MODES:
        found.append(Error(f"PORTAL_NUMBER_MATCH must be one of {', '.join(_MODES)}.", id="portal.E04"))
    if settings.DEBUG:
        found.append(Error("DEBUG shows secrets on error pages; it is never on.", id="portal.E05"))
    if settings.PORTAL_WORKER_METRICS and not settings.PORTAL_WORKER_METRICS.rpartition(":")[2].isdecimal():
        found.append(Error("PORTAL_WORKER_METRICS is a host and a port: 127.0.0.1:9108.", id="portal.E25"))
    if settings.PORTAL_PROXIES < 0:
        found.append(Error("PORTAL_PROXIES counts the proxies in front: 0 or more.", id="portal.E20"))
    if settings.PORTAL_THREADS < 1:
        found.append(Error("PORTAL_THREADS must be 1 or more: no page would ever be answered.", id="portal.E26"))
    # What is no number (nan) is between no two.
    if not _LEAST_PATIENCE <= settings.PORTAL_DATABASE_PATIENCE <= _MOST_PATIENCE:
        text = f"PORTAL_DATABASE_PATIENCE must be seconds from {_LEAST_PATIENCE} to {_MOST_PATIENCE}."
        found.append(Error(text, id="portal.E27"))
    return found


@register(TAG)
def hosts_are_named(app_configs: Any, **kwargs: Any) -> list[Error]:
    """One name for the desk, one for the authenticator; no pattern that every name fits (R-35, R-75)."""
    found = []
    if any("*" in host or host.startswith(".") for host in settings.ALLOWED_HOSTS):
        text = "PORTAL_BASE_URL and PORTAL_AUTHENTICATOR_URL name one host each, and no pattern of several."
        found.append(Error(text, id="portal.E16"))
    url = urlsplit(settings.PORTAL_AUTHENTICATOR_URL)
    safe = url.scheme == "https" or (url.scheme == "http" and settings.PORTAL_ON_LOOPBACK)
    if not (safe and url.hostname) or url.path or url.query or url.fragment or url.username:
        text = "PORTAL_AUTHENTICATOR_URL must be https, a host and perhaps a port, such as https://auth.portal.example."
        found.append(Error(text, id="portal.E17"))
    return found


@register(TAG)
def secrets_are_secret(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Drawn, not typed; each its own; and none that others know. On a developer's own machine any will do."""
    if settings.PORTAL_ON_LOOPBACK:
        return []
    found = []
    named = {name: value for name, value in _secrets().items() if value}
    twice = sorted(name for name, value in named.items() if list(named.values()).count(value) > 1)
    if twice:
        text = f"{', '.join(twice)} are the same: each secret must be its own, or who learns one has them all."
        found.append(Error(text, id="portal.E18"))
    known = sorted(name for name, value in named.items() if _is_known(value))
    if known:
        text = (
            f"{', '.join(known)} can be guessed: python -c 'import secrets; print(secrets.token_urlsafe())' draws one."
        )
        found.append(Error(text, id="portal.E19"))
    return found


def _secrets() -> dict[str, str]:
    """Whatever signs, derives or seals, by the name of its variable. SECURITY: no finding quotes a value."""
    found = {"PORTAL_SECRET_KEY": settings.SECRET_KEY, "PORTAL_PEPPER": settings.PORTAL_PEPPER.decode()}
    found |= {f"PORTAL_SECRET_KEY_FALLBACKS[{at}]": key for at, key in enumerate(settings.SECRET_KEY_FALLBACKS)}
    found |= {f"PORTAL_PEPPER_FALLBACKS[{at}]": key.decode() for at, key in enumerate(settings.PORTAL_PEPPER_FALLBACKS)}
    found |= {
        name: getattr(settings, name)
        for name in ("PORTAL_HTTP_SECRET", "PORTAL_TWILIO_TOKEN", "PORTAL_VAPID_KEY", "PORTAL_METRICS_TOKEN")
    }
    for entry in os.environ.get("PORTAL_FIELD_KEYS", "").split(","):
        key_id, _colon, key = entry.strip().partition(":")
        found[f"PORTAL_FIELD_KEYS {key_id}"] = key
    return found


def _is_known(value: str) -> bool:
    if len(set(value)) < _LEAST_VARIED or any(word in value for word in _PUBLIC):
        return True
    try:
        key = unb64url(value)
    except Refused:
        return False
    # All the same, or each one more than the one before it. What another side has drawn may be shorter than our own.
    return len({(after - before) % 256 for before, after in pairwise(key)}) < min(_LEAST_VARIED, len(key) // 2)


@register(TAG)
def processes_share_what_they_must(app_configs: Any, **kwargs: Any) -> list[Error]:
    """With Redis there are several processes; those of one SQLite file would wait for each other (R-92).

    Several without Redis are found when they start (`portal.starting`).
    """
    if settings.REDIS_URL and settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        text = "REDIS_URL means several processes, and SQLite is for one: set DATABASE_URL to a PostgreSQL."
        return [Error(text, id="portal.E21")]
    return []


@register(TAG)
def numbers_are_within_their_caps(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What an operator has set in place of a number of the policy (docs/security.md)."""
    found: list[CheckMessage] = []
    for name in sorted(overrides.UNREADABLE):
        text = f"{overrides.PREFIX}{name} must be whole numbers above 0, as many as `manage.py policy` shows."
        found.append(Error(text, id="portal.E22"))
    if overrides.unknown():
        text = f"{', '.join(overrides.unknown())}: there is no such number that could be set."
        found.append(Error(text, id="portal.E23"))
    for bound in BOUNDS:
        if not bound.holds:
            words = bound.words
            found.append(Error(words, id="portal.E24") if bound.refuses else Caution(words, id="portal.W01"))
    if settings.PORTAL_NUMBER_MATCH == "never":
        text = "PORTAL_NUMBER_MATCH=never lets a tired owner approve a stranger's sign-in (NIST SP 800-63B-4 3.1.3)."
        found.append(Caution(text, id="portal.W02"))
    if settings.PORTAL_MAIL_URL and not settings.PORTAL_MAIL_FROM:
        found.append(Caution("PORTAL_MAIL_URL is set and PORTAL_MAIL_FROM is not: who writes?", id="portal.W03"))
    return found


@register(TAG)
def names_are_known(app_configs: Any, **kwargs: Any) -> list[Caution]:
    """A slip of the pen in the name of a protection would leave it off, and nobody would hear of it."""
    known = {name for name in settings.PORTAL_VARIABLES if name.startswith("PORTAL_")} | _BESIDE
    found = []
    for name in sorted(os.environ):
        # Numbers of the policy are looked at above.
        if name.startswith("PORTAL_") and not name.startswith(overrides.PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1, cutoff=0.75)
            text = f"{name} is set and nothing reads it" + (f": is it {near[0]} that is meant?" if near else ".")
            found.append(Caution(text, id="portal.W04"))
    return found


@register(TAG, deploy=True)
def nothing_is_forgotten(app_configs: Any, **kwargs: Any) -> list[Info]:
    """What is safe without, and better with: `manage.py check --deploy` mentions it."""
    found = []
    if not settings.PORTAL_MAIL_URL:
        text = "Without PORTAL_MAIL_URL nobody hears by mail what happens to their account."
        found.append(Info(text, id="portal.I01"))
    if not settings.PORTAL_SUPPORT:
        found.append(Info("Without PORTAL_SUPPORT the pages name nobody who could be called.", id="portal.I02"))
    if settings.PORTAL_BASE_URL.startswith("https:") and not settings.PORTAL_PROXIES:
        text = "If a proxy ends TLS, set PORTAL_PROXIES=1: without it every page would lead to itself."
        found.append(Info(text, id="portal.I03"))
    return found


@register(TAG)
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


@register(TAG)
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


@register(TAG)
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
