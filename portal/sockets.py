"""Sockets of the production form: uvicorn's, made small and quiet, because thousands wait and nearly never say a word.

What uvicorn does with a socket that is in use stays its own: what is said is read and bounded, and closed if it is
wrong. Ours is what each of them costs before that and meanwhile. A handshake is read once, nothing is kept for what has
not happened yet, and one timer pings all of them in turn. docs/performance.md says what one of them costs.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from functools import cached_property
from http import HTTPStatus
from time import monotonic
from typing import Any
from urllib.parse import unquote

from uvicorn.protocols.websockets.wsproto_impl import WebsocketBuffer, WSProtocol
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage

from accounts.loops import OfEachLoop
from portal.draining import moment
from portal.server import answer
from twofactor import policy

# RFC 6455, section 4.2.2: what is hashed with a browser's key to show that it was understood.
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
_SPEAKS = {"version": "3.0", "spec_version": "2.4"}
# A whole ping with nothing in it; how the whole pong to it begins, which is masked as all that a client says; and what
# somebody is told who has not sent one (1011).
_PING, _PONG, _SILENT = b"\x89\x00", b"\x8a\x80", b"\x88\x02\x03\xf3"
_PONG_SIZE = 6
# Seconds from some of the pings to the next. Of 10,000, 400 leave together, in some milliseconds.
_EVERY = 2


class GuardedSocket(WSProtocol):
    """A socket; when the process ends it is told to come back, and not all of them in the same moment."""

    # What uvicorn gives to each of them, where it is the same for all until something happens.
    logger = logging.getLogger("uvicorn.error")
    handshake_complete = close_sent = disconnected = response_started = read_paused = False
    close_timer = ping_timer = pong_timer = pending_ping_payload = None
    close_timeout = 10.0
    writable = asyncio.Event()
    writable.set()
    # The answer that lets it in, until it leaves.
    opening = b""
    # Whether it has been heard since its last ping, and its place among those who are pinged.
    is_heard = True
    turn = 0
    # How many frames of its own it has sent, and since when they are counted. Nearly all never send one.
    sent, counted_since = 0, 0.0
    # What reads frames is made for whoever says more than that they are there.
    conn: Any = cached_property(lambda _self: Connection(ConnectionType.SERVER))
    buffer: Any = cached_property(lambda self: WebsocketBuffer(self.config.ws_max_size))

    def __init__(self, pages: Any) -> None:
        """Take over the connection of a request that asks for it. uvicorn's own reads its head a second time."""
        self.config, self.app, self.loop = pages.config, pages.app, pages.loop
        self.connections, self.tasks = pages.connections, pages.tasks
        self.transport: Any = pages.transport
        self.queue: Any = _Mail()
        self.connections.add(self)
        self.transport.set_protocol(self)

    # --- Coming in ---

    def begin(self, request: Any, url: bytes) -> None:
        named = [name for name, _value in request["headers"]]
        given = dict(request["headers"])
        is_whole = b"sec-websocket-key" in given and b"sec-websocket-version" in given and named.count(b"host") == 1
        if request["method"] != "GET" or request["http_version"] != "1.1" or not is_whole:
            self._refuse(HTTPStatus.BAD_REQUEST)
        elif given[b"sec-websocket-version"] != b"13":
            self._refuse(HTTPStatus.UPGRADE_REQUIRED, "Sec-WebSocket-Version: 13")
        else:
            self._key = given[b"sec-websocket-key"]
            self._serve(request, url)

    def _serve(self, request: Any, url: bytes) -> None:
        path, _, query = url.partition(b"?")
        self.scope: Any = {
            "type": "websocket",
            "asgi": _SPEAKS,
            "http_version": "1.1",
            "scheme": "wss" if request["scheme"] == "https" else "ws",
            "server": request["server"],
            "client": request["client"],
            "root_path": "",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "headers": request["headers"],
            # Nothing of ours speaks one.
            "subprotocols": [],
        }
        self.queue.put_nowait({"type": "websocket.connect"})
        task = self.loop.create_task(self.run_asgi())
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def _accept(self) -> None:
        """Nearly always the first frame follows at once, and leaves with it: each write is a way through the kernel."""
        shown = base64.b64encode(hashlib.sha1(self._key + _GUID, usedforsecurity=False).digest())
        self.opening = _ACCEPTED + shown + b"\r\n\r\n"
        self.loop.call_soon(self._say)

    def _say(self, frame: bytes = b"") -> None:
        if not self.transport.is_closing():
            if not self.handshake_complete:
                self.handshake_complete = True
                beats.here().join(self)
                frame = self.opening + frame
            if frame:
                self.transport.write(frame)

    def _refuse(self, status: HTTPStatus, *more: str) -> None:
        """SECURITY: with the headers of every answer, and without a word of why."""
        self.handshake_complete = self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006})
        if not self.transport.is_closing():
            self.transport.write(answer(status, *more))
            self.transport.close()

    def send_500_response(self) -> None:
        if not self.handshake_complete:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR)

    # --- What is said ---

    async def send(self, message: Any) -> None:
        kind, text = message["type"], message.get("text")
        if not self.opening and not self.handshake_complete:
            self._accept() if kind == "websocket.accept" else self._refuse(HTTPStatus.FORBIDDEN)
        elif text is not None and kind == "websocket.send" and not self.close_sent and self.writable.is_set():
            self._say(_frame(text.encode()))
        else:
            self._say()
            await super().send(message)

    def data_received(self, data: bytes) -> None:
        was_heard, self.is_heard = self.is_heard, True
        if not self.handshake_complete:
            # RFC 6455, section 4.1: nobody says anything before they are let in.
            self.transport.abort()
        elif len(data) != _PONG_SIZE or not data.startswith(_PONG) or "conn" in self.__dict__:
            super().data_received(data)
        elif was_heard:
            # Asked by nobody.
            self._takes()

    def handle_events(self) -> None:
        """uvicorn's, which counts nothing; one chunk has room for tens of thousands."""
        for event in self.conn.events():
            if not self._takes():
                break
            if isinstance(event, CloseConnection):
                self.handle_close(event)
            elif isinstance(event, Ping) and not self.close_sent:
                self.handle_ping(event)
            elif isinstance(event, TextMessage | BytesMessage) and not self.close_sent:
                self.handle_message(event)

    def _takes(self) -> bool:
        """SECURITY: whether one more frame is read, or part of one, whatever its kind. If not, the line is cut.

        What no consumer hears of is counted here: pings, pongs, and parts of a message that never ends (P-45).
        """
        now = monotonic()
        if now - self.counted_since >= policy.SOCKET_PARTS.seconds:
            self.sent, self.counted_since = 0, now
        self.sent += 1
        if self.sent > policy.SOCKET_PARTS.count:
            self.transport.abort()
            return False
        return True

    def handle_ping(self, event: Any) -> None:
        # Nothing is kept for somebody who asks without a pause and does not read the answers.
        if self.writable.is_set():
            super().handle_ping(event)

    def pause_writing(self) -> None:
        self.writable = asyncio.Event()

    # --- Being there ---

    def ping(self) -> None:
        """Ask whether somebody is there. Whoever has not read what was said before, or its end, is not."""
        if not self.writable.is_set() or self.transport.is_closing():
            self.transport.abort()
        elif not self.close_sent:
            self.is_heard = False
            self.transport.write(_PING)

    def expect(self) -> None:
        """The time for an answer is over."""
        if not self.is_heard and not self.close_sent and not self.transport.is_closing():
            self.close_sent = True
            self.transport.write(_SILENT)
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        beats.here().leave(self)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        self.loop.call_later(moment(len(self.connections)), self._send_away)

    def _send_away(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()


def _frame(text: bytes) -> bytes:
    """RFC 6455, section 5.2: whole, a text, and not masked, as all that a server says."""
    size = len(text)
    if size < 126:
        return bytes((0x81, size)) + text
    return (b"\x81\x7e" + size.to_bytes(2) if size <= 0xFFFF else b"\x81\x7f" + size.to_bytes(8)) + text


class _Mail:
    """What asyncio.Queue is for one reader, in a tenth of its memory: nearly always it is empty."""

    __slots__ = ("_came", "_messages")

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._came: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        return not self._messages

    def put_nowait(self, message: Any) -> None:
        self._messages.append(message)
        if self._came is not None and not self._came.done():
            self._came.set_result(None)

    async def get(self) -> Any:
        if not self._messages:
            self._came = asyncio.get_running_loop().create_future()
            await self._came
        return self._messages.pop(0)


class Beats:
    """All open sockets of an event loop. Each is pinged once in HEARTBEAT seconds, some of them at a time (P-45).

    One timer for all: with timers of their own they would cost ten times as much. Whoever does not answer in PING_WAIT
    seconds is gone without having said so, and their place is given to others.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._all: list[set[GuardedSocket]] = [set() for _turn in range(policy.HEARTBEAT // _EVERY)]
        self._at = self._next = 0
        self._begun = False

    def join(self, one: GuardedSocket) -> None:
        """Those who come together do not stay together: else their pings would leave in one moment, too."""
        one.turn = self._next = (self._next + 1) % len(self._all)
        self._all[one.turn].add(one)
        if not self._begun:
            self._begun = True
            self._loop.call_later(_EVERY, self.go)

    def leave(self, one: GuardedSocket) -> None:
        self._all[one.turn].discard(one)

    def go(self) -> None:
        """One turn: of those who were pinged a while ago an answer is expected, and the next are pinged."""
        self._at = (self._at + 1) % len(self._all)
        for one in list(self._all[self._at - policy.PING_WAIT // _EVERY]):
            one.expect()
        for one in list(self._all[self._at]):
            one.ping()
        self._loop.call_later(_EVERY, self.go)


beats = OfEachLoop(Beats)
