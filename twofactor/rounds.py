"""All sockets of a process that wait for a sign-in look together: one statement for hundreds of them.

A bell may be lost: whoever waits looks now and then without being called (R-69). Nearly always nothing has happened. So
only rows that have changed are asked for, many at a time; whose has changed looks for themselves, and the pages of all
others are told that their line is alive.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from typing import Protocol

from django.db import DatabaseError
from django.db.models.functions import Now

from accounts.loops import OfEachLoop
from accounts.models import Login
from accounts.prepared import PreparedMany
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
            changed = await self._changed(some)
            for one in some:
                if changed is None or one.login_id in changed:
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
    async def _changed(some: list[Waiting]) -> set[str] | None:
        """The sign-ins of which there is something to see; None: whoever waits finds out for themselves."""
        seen = defaultdict[int, set[str]](set)
        for one in some:
            seen[one.seen].add(one.login_id)
        try:
            return await reading(_changed, seen) if seen else set()
        except DatabaseError:
            # Each of them says so to its page.
            return None


# A name, unless it has changed since.
_SAME = PreparedMany(
    lambda names, version: Login.objects.filter(pk__in=names, version=version, expires__gt=Now()).values_list("pk")
)


def _changed(seen: dict[int, set[str]]) -> set[str]:
    """Those of these names, by the version that was seen, that have another one now, or are over or gone."""
    found: set[str] = set()
    for version, names in seen.items():
        found |= names - {name for (name,) in _SAME.rows(list(names), version=version)}
    return found


rounds = OfEachLoop(Rounds)
