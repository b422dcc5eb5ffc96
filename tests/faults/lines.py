"""A line between the portal and what it depends on, which can be cut, hang, be slow, or stand still at a word."""

import asyncio
import re
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

from tests.services.programs import PATIENCE

_CHUNK = 64 * 1024
# A statement that is prepared under a name, and its name when it is asked again (PostgreSQL's Parse and Bind).
_PREPARED = re.compile(rb"P.{4}(_pg3_\d+)\0([^\0]*)\0", re.DOTALL)
_NAMED = re.compile(rb"B.{4}\0(_pg3_\d+)\0", re.DOTALL)


class Stop:
    """A moment of one conversation: these words have gone by in their order, and the last of them is on its way."""

    def __init__(self, loop: asyncio.AbstractEventLoop, words: tuple[bytes, ...], *, answered: bool) -> None:
        self._loop, self.words, self.answered = loop, words, answered
        self._there, self._gone_on = Event(), asyncio.Event()

    def reached(self) -> None:
        """Go on once it is there; nothing passes on that line until `go_on`."""
        assert self._there.wait(PATIENCE), f"nobody said {self.words}"

    async def hold(self) -> None:
        self._there.set()
        await self._gone_on.wait()

    def go_on(self) -> None:
        self._loop.call_soon_threadsafe(self._gone_on.set)


class _Talk:
    """One connection over the line, and which of the words have gone by."""

    def __init__(self, *writers: asyncio.StreamWriter) -> None:
        self.writers = writers
        self.heard = 0
        self.held: Stop | None = None
        self._statements: dict[bytes, bytes] = {}

    def in_full(self, data: bytes) -> bytes:
        """What is said, and the statements of which it says the names alone."""
        self._statements.update(_PREPARED.findall(data))
        return b"".join([data, *(self._statements.get(name, b"") for name in _NAMED.findall(data))])

    def comes_to(self, stop: Stop | None, data: bytes) -> bool:
        """Whether this is the last word."""
        if stop is None or self.heard == len(stop.words) or stop.words[self.heard] not in data:
            return False
        self.heard += 1
        return self.heard == len(stop.words)

    def end(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


class Line:
    """Listens on a port of its own and passes everything on to a socket in the file system."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._talks = set[_Talk]()
        self._is_cut, self._delay = False, 0.0
        self._stop: Stop | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self._open())

    async def _open(self) -> None:
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)

    async def _end(self) -> None:
        self._server.close()
        self._break()

    def _do(self, doing: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(doing, self._loop).result(PATIENCE)

    # --- Trouble ---

    def break_once(self) -> None:
        """Whoever talks is cut off; who comes next is let through, as when another server has taken over."""
        self._do(self._close_all())

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Whoever talks is cut off, and who comes next is turned away."""
        self._is_cut = True
        self.break_once()
        try:
            yield
        finally:
            self._is_cut = False

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Everybody is let in and nothing passes; what was said meanwhile arrives afterwards."""
        self._loop.call_soon_threadsafe(self._flowing.clear)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._flowing.set)

    @contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        """Whatever is said arrives so much later."""
        self._delay = seconds
        try:
            yield
        finally:
            self._delay = 0.0

    @contextmanager
    def stopped_at(self, *words: bytes, answered: bool = False) -> Iterator[Stop]:
        """One conversation stands still when it comes to these words: before the last one arrives, or, `answered`,
        once it has done its work, and before anybody hears of it.
        """
        stop = self._stop = Stop(self._loop, words, answered=answered)
        for talk in list(self._talks):
            talk.heard = 0
        try:
            yield stop
        finally:
            self._stop = None
            stop.go_on()

    async def _close_all(self) -> None:
        self._break()
        # The loop closes them in its next turn.
        await asyncio.sleep(0)

    def _break(self) -> None:
        for talk in list(self._talks):
            talk.end()

    # --- What is said ---

    async def _take(self, here: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self._is_cut:
            back.transport.abort()
            return
        try:
            there, on = await asyncio.open_unix_connection(str(self._path))
        except OSError:
            back.transport.abort()
            return
        talk = _Talk(back, on)
        self._talks.add(talk)
        try:
            ways = [asyncio.create_task(self._up(talk, here, on)), asyncio.create_task(self._down(talk, there, back))]
            # Once one side has hung up, so does the other.
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            talk.end()
            self._talks.discard(talk)

    async def _up(self, talk: _Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._flowing.wait()
                if self._delay:
                    await asyncio.sleep(self._delay)
                stop, said = self._stop, talk.in_full(data)
                if stop is not None and talk.comes_to(stop, said):
                    if stop.answered:
                        talk.held = stop
                    else:
                        await stop.hold()
                writer.write(data)
                await writer.drain()

    async def _down(self, talk: _Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                if talk.held is not None:
                    held, talk.held = talk.held, None
                    await held.hold()
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
