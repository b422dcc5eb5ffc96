"""All sockets of a process that wait for a sign-in look together: one statement for hundreds of them.

A bell may be lost, and a ticket that was told grows old: whoever waits looks now and then without being called (R-69).
Nearly always nothing has happened. So rows are asked for their version alone, many at a time; who has the same one as
before is only given a new ticket, and everybody else looks for themselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Protocol
from weakref import WeakKeyDictionary

from django.db import DatabaseError
from django.db.models.functions import Now

from accounts.models import Login
from twofactor import policy
from twofactor.sockets import reading

# The place of somebody who has left.
GONE = -1
_AT_ONCE = 250
_log = logging.getLogger("portal.live")


class Waiting(Protocol):
    """A socket that waits for a sign-in."""

    @property
    def login_id(self) -> str: ...

    # The version of the sign-in's row when it last looked, and its place in the round: an earlier one counts no more.
    seen: int
    place: int

    async def still(self) -> None:
        """Nothing has changed."""

    def rung(self) -> None:
        """Look."""


class Rounds:
    """Of one event loop. Everybody comes round SOCKET_LOOKS seconds after they joined."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue: deque[tuple[float, Waiting, int]] = deque()
        self._walk: asyncio.Task[None] | None = None

    def join(self, one: Waiting) -> None:
        """Come round once. Whoever looks, or is told `still`, joins again."""
        if one.place == GONE:
            return
        one.place += 1
        self._queue.append((self._loop.time() + policy.SOCKET_LOOKS, one, one.place))
        if self._walk is None or self._walk.done():
            self._walk = self._loop.create_task(self._go())

    async def _go(self) -> None:
        while self._queue:
            await asyncio.sleep(max(0.0, self._queue[0][0] - self._loop.time()))
            some = self._due()
            same = await self._same(some)
            for one in some:
                if same.get(one.login_id) != one.seen:
                    one.rung()
                    continue
                try:
                    await one.still()
                except Exception:  # noqa: BLE001 - whatever becomes of one, the others go on
                    _log.warning("a socket could not be told", exc_info=True)
                self.join(one)

    def _due(self) -> list[Waiting]:
        """Whose turn it is, and those who are next: the fewer statements, the more of them share one."""
        found, until = list[Waiting](), self._loop.time() + policy.SOCKET_LOOKS / 20
        while self._queue and len(found) < _AT_ONCE and self._queue[0][0] <= until:
            _when, one, place = self._queue.popleft()
            if one.place == place:
                found.append(one)
        return found

    @staticmethod
    async def _same(some: list[Waiting]) -> dict[str, int]:
        """The versions of those sign-ins that are not at their end."""
        if not some:
            return {}
        rows = Login.objects.filter(pk__in={one.login_id for one in some}, expires__gt=Now())
        try:
            return await reading(lambda: dict(rows.values_list("pk", "version")))
        except DatabaseError:
            # Each of them finds that out for itself, and says so to its page.
            return {}


_all: WeakKeyDictionary[asyncio.AbstractEventLoop, Rounds] = WeakKeyDictionary()


def here() -> Rounds:
    """Of the event loop that runs."""
    loop = asyncio.get_running_loop()
    if loop not in _all:
        _all[loop] = Rounds(loop)
    return _all[loop]
