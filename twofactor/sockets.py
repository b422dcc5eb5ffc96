"""Who may open a socket, how many of them, and how much each may say (P-45). In the memory of this process.

What is refused here costs nobody a sign-in: every page that waits, and every phone, also asks by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import DatabaseError, close_old_connections

from accounts import limits, requests, watching
from accounts.threads import Threads
from twofactor import hosts, policy
from twofactor.bell import bell

_log = logging.getLogger("portal.live")
_P = ParamSpec("_P")
_T = TypeVar("_T")
# Threads that read rows for sockets. They are kept, and so are their connections.
_readers = Threads(2, "socket")

REFUSED = 4403
# What the server below would call 1013: whoever waits asks by itself until a new socket opens.
TROUBLE = 4503
# The server below leaves us codes from 4000 on (RFC 6455, section 7.4.2); these end like the statuses of HTTP.
TOO_LATE = 4408
TOO_BIG = 4409
TOO_MANY = 4429


class Crowd:
    """How many are in, by place."""

    def __init__(self) -> None:
        self._in: Counter[str] = Counter()

    def enter(self, place: str, most: int) -> bool:
        if self._in[place] >= most:
            return False
        self._in[place] += 1
        return True

    def leave(self, place: str) -> None:
        self._in[place] -= 1
        if self._in[place] <= 0:
            del self._in[place]

    def clear(self) -> None:
        self._in.clear()


class Pace:
    """At most `most` in `seconds`, for each who; all begin anew together, so that nothing is kept for long."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._begun, self._counts = time.monotonic(), Counter[str]()

    def takes(self, who: str = "") -> bool:
        now = time.monotonic()
        if now - self._begun >= self._seconds:
            self._begun, self._counts = now, Counter()
        self._counts[who] += 1
        return self._counts[who] <= self._most

    def clear(self) -> None:
        self._counts.clear()


crowd = Crowd()
# How many are open, by what they are for; those included that are just being refused.
present: Counter[str] = Counter()
openings = Pace(policy.SOCKET_OPENINGS, policy.SOCKET_OPENINGS_WINDOW)


def origin(scope: Any) -> str | None:
    """The page that asks: None where no browser says one, and "" for anything but exactly one."""
    origins = [value for name, value in scope["headers"] if name == b"origin"]
    return origins[0].decode("latin-1") if len(origins) == 1 else ("" if origins else None)


def is_at_authenticators(scope: Any) -> bool:
    """Whether it came to the authenticator's own host."""
    if not hosts.are_two():
        return False
    named = [value for name, value in scope["headers"] if name == b"host"]
    return len(named) == 1 and hosts.is_authenticators(named[0].decode("latin-1"))


def network(scope: Any) -> str:
    """The address that counts as one, as for pages (R-52)."""
    forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    client = scope.get("client") or [""]
    return limits.network(limits.address_of(str(client[0]), ",".join(forwarded)))


async def reading(read: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T:
    """What this says, asked on a thread that may wait for the database."""
    asked = partial(contextvars.copy_context().run, _read, partial(read, *given, **named))
    answer: _T = await _readers.run(asked)
    return answer


def _read(read: Callable[[], _T]) -> _T:
    close_old_connections()
    try:
        return read()
    finally:
        close_old_connections()


_NAME, _TRACE = (each.lower().encode() for each in (requests.HEADER, requests.TRACE))


def _header(scope: Any, wanted: bytes) -> str:
    """What a proxy says of this request."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")


class Limited(AsyncJsonWebsocketConsumer):
    """A socket within its limits. What it takes room in is given back however it ends.

    It is small, because thousands wait: whatever few of them need is made when it is needed.
    """

    longest = policy.SOCKET_LONGEST
    _pace: Pace | None = None
    _is_shut = False
    # What the bell has said since we last looked; "" for any number of bells that said no word.
    _rung = frozenset[str]()
    _looking: asyncio.Task[None] | None = None
    _again: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places: list[str] = []
        self._groups: list[str] = []
        # One thing is told after the other, whether a bell or the other side has asked for it.
        self.turn = asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        kind = type(self).__name__
        present[kind] += 1
        try:
            name = requests.of_client(_header(scope, _NAME))
            within = requests.trace_of_client(_header(scope, _TRACE))
            with requests.named(name), watching.step("socket", within, kind=kind):
                self._apart = contextvars.copy_context()
                self.scope, self.base_send = scope, send
                await self.talk(receive)
        finally:
            present[kind] -= 1
            for place in list(self._places):
                self.leave(place)
            for group in list(self._groups):
                self.unhear(group)
            if self._again:
                self._again.cancel()
            if self._looking:
                self._looking.cancel()

    async def talk(self, receive: Any) -> None:
        """Until the other side has gone. Channels' own way takes two tasks for each and a thread for each message."""
        while (message := await receive())["type"] != "websocket.disconnect":
            if message["type"] == "websocket.connect":
                await self.connect()
                # Nobody reads them again, and they are most of what is kept of a request.
                headers: Any = self.scope["headers"]
                headers.clear()
            else:
                await self.websocket_receive(message)
        await self.disconnect(message["code"])

    def enter(self, place: str, most: int) -> bool:
        if not crowd.enter(place, most):
            return False
        self._places.append(place)
        return True

    def leave(self, place: str) -> None:
        self._places.remove(place)
        crowd.leave(place)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        if self._is_shut:
            return
        text = text_data or ""
        if bytes_data or len(text.encode(errors="surrogatepass")) > self.longest:
            await self.shut(TOO_BIG)
        elif not self._takes():
            await self.shut(TOO_MANY)
        elif text:
            await self.heard(text)

    def _takes(self) -> bool:
        self._pace = self._pace or Pace(policy.SOCKET_FRAMES.count, policy.SOCKET_FRAMES.seconds)
        return self._pace.takes()

    async def heard(self, text: str) -> None:
        """A page has nothing to say here."""

    async def shut(self, code: int) -> None:
        """Close it; what arrives all the same is heard no more."""
        self._is_shut = True
        await self.close(code)

    # --- The bell ---

    def hear(self, group: str) -> None:
        self._groups.append(group)
        bell.watch(group, self.rung)

    def unhear(self, group: str) -> None:
        self._groups.remove(group)
        bell.leave(group, self.rung)

    def rung(self, word: str = "") -> None:
        """Look, once for however many bells: those that ring while we look make it one time more."""
        self._rung |= {word}
        if self._looking is None or self._looking.done():
            # Held here: the loop itself keeps only a weak hold of a task.
            # And for this socket, not for whoever has rung.
            self._looking = asyncio.get_running_loop().create_task(self._look_while_due(), context=self._apart)

    async def _look_while_due(self) -> None:
        while self._rung and not self._is_shut:
            # A word comes first.
            word = max(self._rung)
            self._rung -= {word}
            try:
                async with self.turn:
                    # Whoever was being let in when the bell rang may have been refused.
                    if not self._is_shut:
                        await self.told(word) if word else await self.look()
            except DatabaseError:
                _log.warning("a socket could not look", exc_info=True)
                with contextlib.suppress(RuntimeError):
                    await self.shut(TROUBLE)

    def look_in(self, seconds: float | None) -> None:
        """Look again by itself: then at the latest, None: never; and often while no bell of others is heard."""
        if self._again:
            self._again.cancel()
        waits = [seconds] if seconds is not None else []
        often = bell.looks_every
        waits += [often] if often is not None else []
        if waits:
            self._again = asyncio.get_running_loop().call_later(min(waits), self.rung)

    async def told(self, word: str) -> None:
        """The bell has said what has happened: most look all the same."""
        await self.look()

    async def look(self) -> None:
        """Tell what has changed."""
        raise NotImplementedError
