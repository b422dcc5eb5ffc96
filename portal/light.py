"""An open socket is light: what the server below keeps of each, and does for it, is no more than one that waits needs.

Thousands wait at a time. Daphne, autobahn and Twisted keep of each the request that it began with, some ninety attributes
that are the same for all of them, and queues; and look at all of them every second. Nothing here changes what is said.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from types import SimpleNamespace
from typing import Any

from autobahn.twisted import websocket as adapter
from autobahn.websocket import protocol as autobahn
from autobahn.websocket.protocol import TrafficStats
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import reactor, tcp

from twofactor import policy

# How often open sockets are looked at, in seconds: to ping whoever was told nothing for policy.HEARTBEAT.
_CHECKS = 5
# The longest payload whose length stands in the second byte of its frame, and in the two after it (RFC 6455, 5.2).
_SHORT, _LONG = 125, 0xFFFF
# Read while a socket opens, and never again.
_OPENING = (
    "_transport_details", "clean_headers", "http_headers", "http_request_data", "http_request_host",
    "http_request_params", "http_request_path", "http_request_uri", "http_response_data", "http_status_line",
    "is_open", "request", "send_queue", "trafficStats", "_wskey",
)  # fmt: skip


class LightSocket(WebSocketProtocol):
    """A socket that is told little, and keeps nothing of how it was opened."""

    # For lines about its end: by then nobody knows how it was asked for.
    request = SimpleNamespace(path="")
    # Of frames that are sent in pieces, which ours never are; and of numbers that nobody reads.
    send_queue: Any = ()
    trafficStats = TrafficStats()  # type: ignore[no-untyped-call]

    def serverAccept(self, subprotocol: str | None = None) -> None:
        super().serverAccept(subprotocol)
        self._lighten()

    def _lighten(self) -> None:
        """Keep what is this socket's alone. What all of them have alike stands in the class, once."""
        # The request that became this socket hangs on it.
        self.transport.unregisterProducer()
        for name in _OPENING:
            self.__dict__.pop(name, None)
        self.__dict__ = {name: value for name, value in vars(self).items() if not self._is_usual(name, value)}

    def _is_usual(self, name: str, value: Any) -> bool:
        if name not in _usual:
            is_plain = value is None or isinstance(value, bool)
            _usual[name] = value if is_plain or name in self.CONFIG_ATTRS else _NONE_IS
            if _usual[name] is not _NONE_IS:
                setattr(LightSocket, name, value)
        return _usual[name] is value

    def handle_reply(self, message: Any) -> None:
        """A frame of text goes straight out; everything else is Daphne's."""
        if message["type"] == "websocket.send" and message.get("text") and self.state == self.STATE_OPEN:
            self.last_ping = time.time()
            self._write(_frame(message["text"].encode()))
        else:
            super().handle_reply(message)

    def _write(self, frame: bytes) -> None:
        """At once where nothing waits before it: the reactor takes a turn of the loop and four calls of the kernel."""
        line, sent = self.transport, 0
        if isinstance(line, tcp.Connection) and not line.dataBuffer and not line._tempDataBuffer:  # noqa: SLF001
            said = line.writeSomeData(frame)
            # Whatever is wrong with the line is found by the reactor as ever.
            sent = said if isinstance(said, int) else 0
        if sent < len(frame):
            line.write(frame[sent:])

    def check_timeouts(self) -> None:
        """Whoever was told something lately needs no ping."""
        if self.state != self.STATE_OPEN or time.time() - self.last_ping > self.server.ping_interval:
            super().check_timeouts()


_NONE_IS = object()
# What an attribute is in nearly all of them.
_usual: dict[str, Any] = {}


def _frame(text: bytes) -> bytes:
    """One whole frame of text, as a server sends it: unmasked (RFC 6455, section 5)."""
    size = len(text)
    if size <= _SHORT:
        return bytes((0x81, size)) + text
    if size <= _LONG:
        return bytes((0x81, 126)) + size.to_bytes(2, "big") + text
    return bytes((0x81, 127)) + size.to_bytes(8, "big") + text


class Box:
    """What an application is told, in order. An asyncio.Queue has four rings, which are nearly always empty."""

    __slots__ = ("_said", "_waits")

    def __init__(self) -> None:
        self._said: list[Any] = []
        self._waits: asyncio.Future[None] | None = None

    def put_nowait(self, message: Any) -> None:
        self._said.append(message)
        if self._waits and not self._waits.done():
            self._waits.set_result(None)

    async def get(self) -> Any:
        while not self._said:
            self._waits = asyncio.get_running_loop().create_future()
            await self._waits
        return self._said.pop(0)


class LightServer(Server):
    """Daphne's server, which looks at those that have something to be looked at."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named | {"ping_interval": policy.HEARTBEAT})
        self.connections: dict[Any, dict[str, Any]] = {}
        # Those that have gone, or whose application has ended.
        self._leaving: set[Any] = set()

    def create_application(self, protocol: Any, scope: Any) -> Any:
        """Daphne's own would give it a larger box, and look every second whether it has ended."""
        box = Box()
        running = self.application({**scope, "asgi": {"version": "3.0"}}, box.get, partial(self.handle_reply, protocol))
        task = asyncio.ensure_future(running)
        task.add_done_callback(lambda _task: self._leaving.add(protocol))
        self.connections[protocol]["application_instance"] = task
        return box

    def protocol_disconnected(self, protocol: Any) -> None:
        super().protocol_disconnected(protocol)
        self._leaving.add(protocol)

    def application_checker(self) -> None:
        """Each second, of those that leave."""
        everybody = self.connections
        self.connections = {one: everybody[one] for one in self._leaving if one in everybody}
        looked_at = list(self.connections)
        super().application_checker()
        for one in looked_at:
            if one not in self.connections:
                del everybody[one]
        self._leaving &= self.connections.keys()
        self.connections = everybody

    def timeout_checker(self) -> None:
        for protocol in list(self.connections):
            protocol.check_timeouts()
        reactor.callLater(_CHECKS, self.timeout_checker)  # type: ignore[arg-type]


def _nothing(*_given: Any, **_named: Any) -> str:
    return ""


# Words in colour for lines of a log that nobody keeps, made of every attribute of every socket.
for _module in (autobahn, adapter):
    for _name in ("hltype", "hlval", "pformat"):
        if hasattr(_module, _name):
            setattr(_module, _name, _nothing)
