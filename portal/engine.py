"""Pages in one hop: the whole synchronous stack of a request runs once, on a thread that is kept.

Django's own handler changes threads at every middleware and starts new ones for each request, so a connection to the
database never outlives its request. Here a request is read in the event loop, answered by one thread from its first
middleware to its last, and written by the loop. Threads, and their connections, stay (CONN_MAX_AGE).
"""

from __future__ import annotations

import contextvars
import io
import logging
import time
from functools import cached_property
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.core import signals
from django.core.cache import close_caches
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import reset_urlconf
from django.db import reset_queries
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import ResolverMatch, reverse
from django.utils.log import log_response

from accounts import hashing, policy, watching
from accounts.threads import Threads
from portal.headers import GetResponse, SecurityHeaders, guard
from portal.languages import Language
from portal.requests import Named
from portal.views import unavailable
from twofactor.policy import RETRY_DATABASE

# What these doors take is hashed before anything else is done with it.
_HASHING = ("sign-in", "password-change", "password-due")

_log = logging.getLogger("portal.engine")

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


class Engine(ASGIHandler):
    """The application of all pages, as ASGI wants it.

    Passwords have threads of their own: however many are typed at once, an approval that is on its way finds a free
    one (FI-23). Whoever has stood in line for too long is asked to come back before anything is looked up for them:
    else a crowd would wait for a database that hangs, one after the other (FI-04). Whether this process lives is said
    by a thread that does nothing else.
    """

    def __init__(self) -> None:
        self.load_middleware(is_async=False)
        # What they put away is never there: no list of statements, no cache of Django's, and one set of paths.
        signals.request_started.disconnect(reset_queries)
        signals.request_finished.disconnect(close_caches)
        signals.request_finished.disconnect(reset_urlconf)
        self._found: dict[str, ResolverMatch] = {}
        self._pages = Threads(settings.PORTAL_THREADS, "page")
        self._passwords = Threads(2 * hashing.CORES, "password")
        self._alive = Threads(1, "alive")
        # What every answer has, and nothing that asks the database.
        self._late = Named(SecurityHeaders(cast(GetResponse, Language(self._come_back))))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = await _body(receive)
        if body is None:
            return
        # Each request has variables of its own, as if no other had been on this thread.
        apart, since = contextvars.copy_context(), time.monotonic()
        threads = self._pages
        if self._hashes(scope["method"], scope["path"]):
            threads = self._passwords
        elif scope["path"] == self._live_path:
            threads, since = self._alive, float("inf")
            # SECURITY: no cookie has anybody looked up: this thread must never wait for the database.
            scope["headers"] = [each for each in scope["headers"] if each[0] != b"cookie"]
        try:
            answering = threads.run(apart.run, self._answer, scope, body, since)
        except RuntimeError:
            status, headers, content = _not_now()
        else:
            status, headers, content = await answering
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    @cached_property
    def _hashing_paths(self) -> frozenset[str]:
        return frozenset(reverse(name) for name in _HASHING)

    def _hashes(self, method: str | None, path: str) -> bool:
        return method == "POST" and path in self._hashing_paths

    @cached_property
    def _live_path(self) -> str:
        return reverse("health-live")

    def _answer(self, scope: Any, body: bytes, since: float) -> Answer:
        """From the first middleware to the last byte, on the thread that this runs on. since: when it came."""
        is_late = time.monotonic() - since > policy.PAGE_LINE
        signals.request_started.send(sender=type(self), scope=scope)
        request, response = self.create_request(scope, io.BytesIO(body))
        if request is not None:
            response = self.get_response(request, is_late=is_late)
        try:
            return response.status_code, _headers(response), _content(response)
        finally:
            response.close()

    def get_response(self, request: Any, *, is_late: bool = False) -> Any:
        """Django's, which names the set of paths for each request. Ours have one, and variables of their own."""
        answer: Any = self._late if is_late else self._middleware_chain  # type: ignore[attr-defined]
        response = answer(request)
        response._resource_closers.append(request.close)  # noqa: SLF001
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
        return response

    def _come_back(self, request: HttpRequest) -> HttpResponse:
        """For whom the turn has come too late: whoever has waited for so long has perhaps asked again."""
        if self._hashes(request.method, request.path):
            watching.tell("hash-refusal")
        return unavailable(RETRY_DATABASE)

    def resolve_request(self, request: Any) -> ResolverMatch:
        """Which view this is, looked up once for a path that is written out in full.

        SECURITY: no other is kept, so there are never more than there are such paths.
        """
        match = self._found.get(request.path_info)
        if match is None:
            match = super().resolve_request(request)
            if f"/{match.route}" == request.path_info and not match.kwargs:
                self._found[request.path_info] = match
        request.resolver_match = match
        return match

    def create_request(self, scope: Any, body_file: Any) -> tuple[Any, Any]:
        """Django's, with the headers of all others on what it answers before any middleware has seen it."""
        request, refusal = super().create_request(scope, body_file)
        if refusal is not None:
            guard(refusal)
        return request, refusal


def _not_now() -> Answer:
    """Not one thread is there, and the system gives none: said by the loop, before any middleware."""
    _log.error("no thread is left to answer a page")
    response = unavailable(RETRY_DATABASE)
    guard(response)
    return response.status_code, _headers(response), _content(response)


async def _body(receive: Any) -> bytes | None:
    """What was sent, which the server below keeps short; None: whoever asked left before it was whole."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    kept = response.headers._store.values()  # noqa: SLF001 - each name with its value
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in kept]
    cookies = (cookie.output(header="").strip().encode("ascii") for cookie in response.cookies.values())
    return headers + [(b"Set-Cookie", cookie) for cookie in cookies]


def _content(response: Any) -> bytes:
    # Nothing that we stream is larger than a page's script.
    return b"".join(response.streaming_content) if response.streaming else response.content
