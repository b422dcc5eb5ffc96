"""What every answer says to the browser (R-71), whoever makes it: a view, a middleware, or the server below them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.http.response import ResponseHeaders

from twofactor import hosts

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_OURS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    # The authenticator looks at QR codes, and the help looks whether it could.
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
}


def is_authenticators(request: HttpRequest) -> bool:
    """Whether this address is the authenticator's, on its own host or on the desk's."""
    if request.path.startswith("/authenticator/") or request.path == "/a":
        return True
    return hosts.is_authenticators(request.META.get("HTTP_HOST", ""))


class SecurityHeaders:
    """On every answer, static files and errors included, whichever layer below has made it (R-71).

    With the desk's policy, or the authenticator's own, which is narrower: it has no forms to send anywhere. What an
    answer says itself stays. No page of ours has a policy of its own.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        # What is the same on every answer is checked and written once.
        self._written = cache(_written)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        said = response.headers._store  # noqa: SLF001 - by the name in small letters: the name and the value
        for name, words in self._written(request.is_secure(), is_authenticators(request)):
            said.setdefault(name, words)
        return response


def _written(secure: bool, of_authenticator: bool) -> tuple[tuple[str, tuple[str, str]], ...]:
    """All of them, as an answer keeps its own."""
    policy = build_policy(settings.AUTHENTICATOR_SECURITY_POLICY if of_authenticator else None)
    written = ResponseHeaders({HEADER: policy, **dict(everywhere(secure=secure))})
    return tuple(written._store.items())  # noqa: SLF001


def everywhere(*, secure: bool) -> Iterator[tuple[str, str]]:
    """The headers of every answer but for its policy. `secure`: it came by https, and is to come by nothing else."""
    yield from _OURS.items()
    yield "X-Content-Type-Options", "nosniff"
    yield "Referrer-Policy", settings.SECURE_REFERRER_POLICY
    yield "Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY
    if secure and settings.SECURE_HSTS_SECONDS:
        yield "Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"


def bare() -> Iterator[tuple[str, str]]:
    """The headers of an answer that no middleware has seen, which shows nothing and loads nothing."""
    yield "Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    # A browser does not look at it where the answer came by http (RFC 6797, section 8.1).
    yield from everywhere(secure=True)


def guard(response: HttpResponseBase) -> None:
    """Put those on an answer of Django's own that comes before its middleware."""
    for name, value in bare():
        response.headers.setdefault(name, value)
