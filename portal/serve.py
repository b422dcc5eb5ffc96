"""A server process of the production form: `python -m portal.serve`. It is uvicorn, guarded as server.py guards Daphne.

uvicorn spends a fifth of Daphne's work on a request and half of it on a socket (docs/performance.md). What it answers
by itself gets the headers of all other answers, no request or frame grows beyond what is read, none may take for ever
to arrive, and on SIGTERM what is in progress is finished while who waits is sent to the other processes.
"""

from __future__ import annotations

import argparse
import secrets
import socket
from asyncio import TimerHandle
from dataclasses import replace
from http import HTTPStatus
from types import FrameType
from typing import Any

import uvicorn
import wsproto
from uvicorn.importer import import_from_string
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.events import RejectConnection
from wsproto.utilities import RemoteProtocolError

# Imported first: it makes the settings and the apps ready.
from portal import asgi  # noqa: F401
from portal.draining import draining
from portal.headers import bare
from portal.server import MOST, answer
from twofactor import policy

# Bytes of a request's first line and headers together; what proxies pass on is a quarter of it at most.
_HEAD = 32 * 1024
# Seconds in which a request has to arrive whole.
_ARRIVING = 60
# Seconds that a proxy may keep a line for its next request: longer than nginx does, so that it is who hangs up.
_KEPT = 75


class GuardedPages(HttpToolsProtocol):
    """Requests: one that is too large, too slow or none at all is answered in one line, and the line is closed."""

    _in_head = False
    _head = _taken = 0
    _late: TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect_soon()

    def data_received(self, data: bytes) -> None:
        self._expect_soon()
        super().data_received(data)
        if self._in_head:
            # Counted as it comes: the parser keeps a header without end before it tells of it.
            self._head += len(data)
            if self._head > _HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        self._in_head, self._head, self._taken = True, 0, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._taken += len(body)
        if self._taken <= MOST:
            super().on_body(body)
        elif self._taken - len(body) <= MOST:
            # A view would refuse it, and until then it would fill the memory.
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def on_message_complete(self) -> None:
        # What comes next on this line has its own time.
        self._in_time()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self._in_time()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """SECURITY: uvicorn's own has no headers of ours."""
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _refuse(self, status: HTTPStatus) -> None:
        self._in_time()
        if not self.transport.is_closing():
            self.transport.write(answer(status))
            self.transport.close()

    def _expect_soon(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(_ARRIVING, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class _Handshake(wsproto.WSConnection):
    """SECURITY: a handshake that cannot be read is refused with the headers of every answer."""

    def receive_data(self, data: bytes | None) -> None:
        try:
            super().receive_data(data)
        except RemoteProtocolError as refusal:
            hint = refusal.event_hint
            if isinstance(hint, RejectConnection):
                refusal.event_hint = replace(hint, headers=[*hint.headers, *_bare()])
            raise


class GuardedSocket(WSProtocol):
    """A socket; when the process ends it is told to come back, and not all of them in the same moment."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.conn = _Handshake(connection_type=wsproto.ConnectionType.SERVER)

    def shutdown(self) -> None:
        spread = min(policy.DRAIN_SPREAD, len(self.connections) / 1000)
        self.loop.call_later(spread * secrets.randbelow(1000) / 1000, self._send_away)

    def _send_away(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()

    def send_500_response(self) -> None:
        if not self.handshake_complete:
            self.transport.write(answer(HTTPStatus.INTERNAL_SERVER_ERROR))


class DrainingServer(uvicorn.Server):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        draining.set()
        super().handle_exit(sig, frame)


def guarded(application: Any) -> Any:
    """The same application; a socket that it does not take is refused as a page is."""

    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        opened = False

        async def refuse(message: Any) -> None:
            nonlocal opened
            opened = opened or message["type"] == "websocket.accept"
            if message["type"] == "websocket.close" and not opened:
                await send({"type": "websocket.http.response.start", "status": 403, "headers": _bare()})
                message = {"type": "websocket.http.response.body", "body": b""}
            await send(message)

        await application(scope, receive, refuse if scope["type"] == "websocket" else send)

    return refusing


def _bare() -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in (*bare(), ("Content-Length", "0"))]


def serve(application: str, **where: Any) -> None:
    """Answer there until a signal ends the process, and what it has begun with it.

    application: where it is found, `module:name`. where: `host` and `port`, or `uds` (a path), or `door`, a socket that
    listens already.
    """
    door: socket.socket | None = where.pop("door", None)
    config = uvicorn.Config(
        guarded(import_from_string(application)),
        **where,
        loop="uvloop",
        http=GuardedPages,
        ws=GuardedSocket,
        ws_max_size=policy.BODY_LONGEST + 1,
        ws_ping_interval=policy.HEARTBEAT,
        # what is compressed together tells of itself by its length.
        ws_per_message_deflate=False,
        lifespan="off",
        # How logs look is said in the settings, and a page writes its own line.
        log_config=None,
        access_log=False,
        # SECURITY: who asked is read by accounts/limits.py, from as many proxies as there are and no more.
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEPT,
        timeout_graceful_shutdown=int(policy.DRAIN),
    )
    DrainingServer(config).run(sockets=[door] if door else None)


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m portal.serve", description="Serve the portal (docs/operating.md).")
    parser.add_argument("application", nargs="?", default="portal.asgi:application", metavar="MODULE:NAME")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT")
    where.add_argument("--unix", metavar="PATH")
    where.add_argument("--fd", type=int, help="a socket that listens already")
    given = parser.parse_args(words)
    if given.fd is not None:
        serve(given.application, door=socket.socket(fileno=given.fd))
    elif given.unix:
        serve(given.application, uds=given.unix)
    else:
        host, _, port = given.bind.rpartition(":")
        serve(given.application, host=host.strip("[]"), port=int(port))


if __name__ == "__main__":
    main()
