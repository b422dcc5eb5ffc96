"""Which browser this is: a name a person recognises, and the signed cookie by which we know it again."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from accounts import policy

_SALT = "accounts.browser"
_SEEN = "_portal_browser"
# Order matters: every later one also calls itself by the names of the earlier ones.
_BROWSERS = (
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\bOPR/|\bOpera\b"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Chrome", r"\bChrome/|\bCriOS/|\bHeadlessChrome/"),
    ("Safari", r"\bVersion/[\d.]+.*\bSafari/"),
)
_SYSTEMS = (
    ("Android", r"\bAndroid\b"),
    ("iOS", r"\biPhone\b|\biPad\b"),
    ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMacintosh\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)


@dataclass(frozen=True)
class Browser:
    """What we know of the browser that asks: product and system names for people, and a digest of its cookie."""

    product: str
    system: str
    digest: str
    secret: str = field(repr=False)

    @property
    def label(self) -> str:
        """How the browser is stored: two proper names from our own tables, in no language. `words` reads it."""
        return f"{self.product} / {self.system}"


def _first(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for name, pattern in table if re.search(pattern, text)), "")


def named(user_agent: str) -> tuple[str, str]:
    """Product and system of a user agent string, or empty strings. Only names from our own tables come out."""
    return _named(user_agent[:512])


@lru_cache(200)
def _named(user_agent: str) -> tuple[str, str]:
    return _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)


def words(label: str) -> str:
    """A stored label as a person reads it, in the language of the moment."""
    product, _, system = label.partition(" / ")
    if product and system:
        return gettext("%(browser)s on %(system)s") % {"browser": product, "system": system}
    return product or system or gettext("Unknown browser")


def place(label: str, address: str | None) -> str:
    """Browser and address as one phrase, for lists."""
    if not address:
        return words(label)
    return gettext("%(browser)s, %(address)s") % {"browser": words(label), "address": spoken(address)}


def spoken(address: str | None) -> str:
    """An address as a person reads it: that of a machine that speaks with itself has a name."""
    return "localhost" if address == "::1" else address or gettext("Unknown")


def seen(request: HttpRequest) -> Browser:
    """The browser of this request. One without a valid cookie gets a fresh secret, set by `remember`."""
    found: Browser | None = getattr(request, _SEEN, None)
    if found is None:
        found = _look(request)
        # One secret a request: what is written down now is what the cookie will say.
        setattr(request, _SEEN, found)
    return found


def _look(request: HttpRequest) -> Browser:
    product, system = named(request.headers.get("User-Agent", ""))
    secret = _cookie(request) or secrets.token_urlsafe(24)
    return Browser(product, system, hashlib.sha256(secret.encode()).hexdigest(), secret)


def remember(response: HttpResponse, browser: Browser) -> None:
    """Let the browser carry its secret for as long as it may stay known; each full sign-in renews it."""
    response.set_cookie(
        settings.BROWSER_COOKIE_NAME,
        signing.TimestampSigner(salt=_SALT).sign(browser.secret),
        max_age=policy.KNOWN_BROWSER_LIFE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def speak(response: HttpResponse, language: str, *, max_age: int | None = None) -> None:
    """Let the browser keep a language for the pages before the sign-in: for so many seconds, or until it is closed."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=max_age,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _cookie(request: HttpRequest) -> str:
    signed = request.COOKIES.get(settings.BROWSER_COOKIE_NAME, "")
    try:
        return signing.TimestampSigner(salt=_SALT).unsign(signed, max_age=policy.KNOWN_BROWSER_LIFE)
    except signing.BadSignature:
        return ""
