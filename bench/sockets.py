"""Thousands of websockets in one process, as cheap as they come: a handshake made by hand, frames read, pings answered.

What is measured is the server, so this side keeps no more of a socket than its state. The clock is time.monotonic(),
which all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_KEY = "YSBiZW5jaCdzIG5vbmNlLg=="
_CLOSE, _PING, _PONG = 8, 9, 10
_PATIENCE = 60


@dataclass
class Place:
    """Where one socket goes, and with which headers; `name` is what it is called afterwards."""

    name: str
    port: int
    path: str
    headers: dict[str, str]

    def handshake(self) -> bytes:
        lines = [f"GET {self.path} HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {_KEY}", "Sec-WebSocket-Version: 13"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass
class Opened:
    """How a crowd came in."""

    opened: int
    refused: int
    seconds: float


@dataclass
class Watching(asyncio.Protocol):
    """One socket: when it was told each thing that it was waiting for, and whether it is still there."""

    place: Place
    wanted: tuple[bytes, ...]
    is_open: bool = False
    # The moment at which each of the wanted words first stood in a frame.
    told: dict[bytes, float] = field(default_factory=dict)
    # Seconds between that frame and the one before it.
    silence: float = 0.0
    _heard_at: float = 0.0
    _transport: asyncio.Transport | None = None
    _kept: bytes = b""
    _settled: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    _waited: dict[bytes, asyncio.Future[None]] = field(default_factory=dict)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self.place.handshake())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        data = self._kept + data
        if not self.is_open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._kept = head
                return
            self.is_open = head.startswith(b"HTTP/1.1 101")
            if not self.is_open:
                self._settle(False)
                self.close()
                return
        self._kept = self._frames(data, now)

    def _frames(self, data: bytes, now: float) -> bytes:
        """Read whole frames, as a server sends them: unmasked. Gives what is left of an unfinished one."""
        while len(data) >= 2:
            size, start = data[1] & 127, 2
            if size == 126:
                size, start = int.from_bytes(data[2:4], "big"), 4
            if len(data) < start + size:
                break
            self._frame(data[0] & 15, data[start : start + size], now)
            data = data[start + size :]
        return data

    def _frame(self, kind: int, payload: bytes, now: float) -> None:
        if kind == _PING and self._transport:
            # Masked, as it must be, with zeros: the payload stays as it is.
            self._transport.write(bytes([0x80 | _PONG, 0x80 | len(payload)]) + bytes(4) + payload)
            return
        elif kind == _CLOSE:
            self.close()
        for word in self.wanted:
            if word in payload and word not in self.told:
                self.told[word] = now
                self.silence = now - self._heard_at
                if word in self._waited and not self._waited[word].done():
                    self._waited.pop(word).set_result(None)
        self._heard_at = now
        # The first frame says how things stand: only now is the page really waiting.
        self._settle(True)

    def connection_lost(self, problem: Exception | None) -> None:
        self.is_open = False
        self._settle(False)
        for waited in self._waited.values():
            if not waited.done():
                waited.set_result(None)  # it will never come
        self._waited.clear()

    def _settle(self, well: bool) -> None:
        if not self._settled.done():
            self._settled.set_result(well)

    async def settled(self) -> bool:
        """Whether it has been let in and has had its first frame."""
        async with asyncio.timeout(_PATIENCE):
            return await self._settled

    async def hears(self, word: bytes) -> None:
        """Wait until a frame holds this word, or the socket is gone."""
        if word not in self.told and self.is_open:
            await self._waited.setdefault(word, asyncio.get_running_loop().create_future())

    def close(self) -> None:
        if self._transport:
            self._transport.close()


async def watch(places: Iterable[Place], wanted: tuple[bytes, ...], flight: int) -> tuple[list[Watching], Opened]:
    """Open a socket at each place, `flight` handshakes at a time."""
    waiting, crowd = iter(places), []
    begun = time.monotonic()

    async def lane() -> None:
        for place in waiting:
            crowd.append(await _open(place, wanted))

    await asyncio.gather(*(lane() for _each in range(flight)))
    well = [each for each in crowd if each.is_open]
    return well, Opened(len(well), len(crowd) - len(well), time.monotonic() - begun)


async def _open(place: Place, wanted: tuple[bytes, ...]) -> Watching:
    loop = asyncio.get_running_loop()
    _transport, watching = await loop.create_connection(lambda: Watching(place, wanted), "127.0.0.1", place.port)
    await watching.settled()
    return watching


class Lane:
    """One kept connection for requests, one after the other."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sent_at = 0.0
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, head: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send a request, of which `head` has no length and no end yet; gives status and content."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.sent_at = time.monotonic()
        self._writer.write(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        assert self._reader
        said = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = dict(line.lower().split(": ", 1) for line in said.split("\r\n")[1:] if ": " in line)
        if headers.get("transfer-encoding") == "chunked":
            content = await self._chunks()
        else:
            content = await self._reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            self.close()
        return int(said.split(" ", 2)[1]), content

    async def _chunks(self) -> bytes:
        assert self._reader
        content = b""
        while size := int((await self._reader.readline()), 16):
            content += await self._reader.readexactly(size)
            await self._reader.readline()
        await self._reader.readline()
        return content

    def close(self) -> None:
        if self._writer:
            self._writer.close()
        self._writer = None
