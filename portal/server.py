"""What the server answers by itself, before any of our pages: it says no more than it must, and is guarded like them.

Daphne writes a refused socket and a request that it cannot read straight into the connection, where no middleware sees
it. Importing this gives both the headers of all other answers, and lets no request or frame grow beyond what is read.
It also lets the server end as its people would wish: what is in progress is finished, and who waits is sent elsewhere.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from daphne import http_protocol
from daphne.cli import CommandLineInterface
from daphne.http_protocol import WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet.defer import Deferred

from portal.draining import draining, moment
from portal.headers import bare
from twofactor import policy

# RFC 6455's registry of close codes: "Service Restart".
RESTART = 1012


class GuardedSocket(WebSocketProtocol):
    """A socket: what is longer than any of ours may say is never kept whole."""

    # Set here they stand for the factory's own.
    maxFramePayloadSize = maxMessagePayloadSize = policy.BODY_LONGEST + 1

    def failHandshake(self, reason: str, code: int = 400, responseHeaders: Any = None) -> None:
        """SECURITY: the reason may be the text of an accident. The status says enough."""
        super().failHandshake(HTTPStatus(code).phrase, code, [*(responseHeaders or []), *bare()])


class GuardedRequest(WebRequest):
    """A request: one that is not read is answered in one line, and one without end is not waited for."""

    _taken = 0

    def handleContentChunk(self, data: bytes) -> None:
        self._taken += len(data)
        if self._taken <= MOST:
            super().handleContentChunk(data)
        elif self._taken - len(data) <= MOST:
            # A view would refuse it, and until then it would fill the disk.
            self.channel.write(_TOO_LARGE)
            self.channel.loseConnection()

    def process(self) -> Any:
        return super().process() if self._taken <= MOST else None

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        headers = [(name.encode(), value.encode()) for name, value in bare()]
        start = {"status": status, "headers": [(b"Content-Type", b"text/plain; charset=utf-8"), *headers]}
        self.handle_reply({"type": "http.response.start", **start})
        self.handle_reply({"type": "http.response.body", "body": status_text})


class DrainingServer(Server):
    """One that ends on SIGTERM without an accident: `python -m daphne` runs it.

    It opens to nobody new, tells open sockets to come back (to whoever serves by then), and ends when the requests that
    it has begun are answered, after policy.DRAIN seconds at the latest.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.connections: dict[Any, dict[str, Any]] = {}
        self._doors: list[Any] = []

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._doors.append(port)

    def kill_all_applications(self) -> Any:
        """What Daphne does before it ends; it does it once nothing is left."""
        drained: Any = Deferred.fromFuture(asyncio.ensure_future(self._drain()))
        return drained.addBoth(lambda _: self._kill())

    def _kill(self) -> Any:
        # Daphne looks for an application in each of them, and some have none.
        self.connections = {one: known for one, known in self.connections.items() if "application_instance" in known}
        return super().kill_all_applications()

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        draining.set()
        for door in self._doors:
            door.stopListening()
        ends = loop.time() + policy.DRAIN
        sockets = [one for one in self._open() if isinstance(one, WebSocketProtocol)]
        for one in sockets:
            loop.call_later(moment(len(sockets)), _send_away, one)
        # Daphne says nowhere that one has ended.
        while self._open() and loop.time() < ends:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    def _open(self) -> list[Any]:
        """Who is still told something: sockets, and requests that are not answered."""
        return [one for one, known in self.connections.items() if "disconnected" not in known and not _is_over(known)]


def _is_over(known: dict[str, Any]) -> bool:
    application = known.get("application_instance")
    return application is None or application.done()


def _send_away(one: WebSocketProtocol) -> None:
    if one.state == WebSocketProtocol.STATE_OPEN:
        # Its `sendClose` knows the codes of applications only.
        one.sendCloseFrame(code=RESTART)


def answer(status: HTTPStatus, *more: str) -> bytes:
    """A whole answer that says its status and nothing else; `more`: headers of this one alone."""
    lines = [f"HTTP/1.1 {status} {status.phrase}", "Connection: close", "Content-Length: 0", *more]
    lines += [f"{name}: {value}" for name, value in bare()]
    return "\r\n".join([*lines, "", ""]).encode()


# What a page reads at most, with room for what stands around it in a form of several parts.
MOST = 2 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
_TOO_LARGE = answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

WebSocketFactory.protocol = GuardedSocket
http_protocol.WebRequest = GuardedRequest
CommandLineInterface.server_class = DrainingServer
