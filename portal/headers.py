"""What every answer says to the browser (R-71), whoever makes it: a view, a middleware, or the server below them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.http.request import split_domain_port

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
    host, _port = split_domain_port(request.META.get("HTTP_HOST", ""))
    return request.path.startswith("/authenticator/") or request.path == "/a" or hosts.is_authenticators(host)


class SecurityHeaders:
    """On every answer, static files and errors included, whichever layer below has made it (R-71)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in everywhere(secure=request.is_secure()):
            response.headers.setdefault(name, value)
        return response


class ContentPolicy:
    """The desk's policy, or the authenticator's own, which is narrower: it has no forms to send anywhere.

    No page of ours has one of its own, so both are put together once and not with every answer.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, _policy(of_authenticator=is_authenticators(request)))
        return response


@cache
def _policy(*, of_authenticator: bool) -> str:
    return build_policy(settings.AUTHENTICATOR_SECURITY_POLICY if of_authenticator else None)


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
