"""Each host answers its own addresses: the desk's, and the authenticator's where it has one of its own (R-75).

So a script that somebody brings into a page of the desk reaches no key: the browser keeps those for the other origin.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import resolve

from portal.headers import GetResponse, guard
from portal.languages import Language
from twofactor import hosts
from twofactor.views import authenticator
from twofactor.views.shell import language_cookie

# Pages to which people may come by a link; whatever else is the authenticator's is asked for by itself alone.
_LED_ON = ("/a", "/authenticator/")


class Hosts:
    """Nothing happens here while both are one host, as they are unless PORTAL_AUTHENTICATOR_URL says otherwise.

    SECURITY: what comes to the authenticator's host goes past sessions, people and forms: its session is empty,
    of nobody, and never written.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._at_authenticators = cast(GetResponse, Language(_at_authenticators))
        self._misdirected = cast(GetResponse, Language(_misdirected))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not hosts.are_two():
            return self.get_response(request)
        if hosts.is_authenticators(request.get_host()):
            # Its cookies and no others, whatever a page of the desk may have set for the hosts below its own.
            own = (authenticator.mark_cookie(), language_cookie())
            request.COOKIES = {name: value for name, value in request.COOKIES.items() if name in own}
            request.session, request.user = SessionStore(), AnonymousUser()
            return self._at_authenticators(request)
        is_own = request.path in _LED_ON or request.path.startswith("/authenticator/")
        return self._misdirected(request) if is_own else self.get_response(request)


def _at_authenticators(request: HttpRequest) -> HttpResponse:
    """The answer of the authenticator's own view, or that there is none."""
    if request.path in ("/", "/authenticator"):
        return redirect("/authenticator/")
    try:
        request.resolver_match = resolve(request.path, "portal.apart")
        view, args, kwargs = request.resolver_match
        response: HttpResponse = view(request, *args, **kwargs)
    except Http404:
        return authenticator.nothing(request, HTTPStatus.NOT_FOUND)
    if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response.content:
        return response
    page = authenticator.nothing(request, response.status_code)
    page["Allow"] = response["Allow"]
    return page


def _misdirected(request: HttpRequest) -> HttpResponse:
    """At the desk's host: what is the authenticator's lies elsewhere."""
    if request.path in _LED_ON and request.method in ("GET", "HEAD"):
        # A browser carries the fragment along, where the activation code stands (RFC 9110, section 10.2.2).
        return redirect(f"{settings.PORTAL_AUTHENTICATOR_URL}{request.path}")
    # RFC 9110, section 15.5.20.
    return authenticator.nothing(request, HTTPStatus.MISDIRECTED_REQUEST)


class NothingPlain:
    """Over plain http a page leads on to https; what no person types into an address bar is refused (ASVS 5.0 4.1.2).

    A form or a machine that was led on would have sent its secrets in clear already, and would go on doing so unseen.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.SECURE_SSL_REDIRECT or request.is_secure() or request.path.startswith("/health/"):
            return self.get_response(request)
        if request.method in ("GET", "HEAD") and not request.path.startswith(("/authenticator/api/", "/carriers/")):
            return self.get_response(request)
        refusal = HttpResponse("This address is served over https.", status=403, content_type="text/plain")
        guard(refusal)
        return refusal
