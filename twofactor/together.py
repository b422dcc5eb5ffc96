"""What many sockets ask at the same time is asked once: whoever comes while a question is on its way shares the next.

Alone one waits for nobody. In a storm a statement costs little more for hundreds than for one, and each of them is
spared a thread and a transaction of its own.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from accounts.loops import OfEachLoop
from twofactor.sockets import reading

_AT_ONCE = 250
_N = TypeVar("_N")
_V = TypeVar("_V")
Asked = list[tuple[_N, "asyncio.Future[_V]"]]


class _Line(Generic[_N, _V]):
    """Who waits for the next time in an event loop; whoever asks first there begins a walk."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.queue: Asked[_N, _V] = []
        self.walk: asyncio.Task[None] | None = None


class Together(Generic[_N, _V]):
    """One question. `ask` has one answer for each of many names, on a thread that may wait for the database.

    rest: seconds from one question to the next, at least: whoever comes meanwhile waits with all others that come.
    """

    def __init__(self, ask: Callable[[list[_N]], Sequence[_V]], rest: float = 0) -> None:
        self._ask, self._rest = ask, rest
        self._lines: OfEachLoop[_Line[_N, _V]] = OfEachLoop(_Line)

    async def of(self, name: _N) -> _V:
        """The answer for this name. Whatever `ask` raises is raised for all whom it was asked for."""
        line = self._lines.here()
        answer: asyncio.Future[_V] = line.loop.create_future()
        line.queue.append((name, answer))
        if line.walk is None or line.walk.done():
            # For all who come, and not for the one who came first.
            line.walk = line.loop.create_task(self._walk(line), context=contextvars.Context())
        return await answer

    async def _walk(self, line: _Line[_N, _V]) -> None:
        while some := line.queue[:_AT_ONCE]:
            del line.queue[:_AT_ONCE]
            again = line.loop.time() + self._rest
            try:
                found = await reading(self._ask, [name for name, _answer in some])
            except Exception as problem:  # noqa: BLE001 - each of them says it, in a place of its own
                _answer(some, [problem] * len(some))
            else:
                _answer(some, found)
            await asyncio.sleep(max(0.0, again - line.loop.time()))


def _answer(some: Asked[_N, _V], found: Sequence[_V | Exception]) -> None:
    for (_name, answer), value in zip(some, found, strict=True):
        # Whoever has left meanwhile has cancelled theirs.
        if answer.done():
            continue
        if isinstance(value, Exception):
            answer.set_exception(value)
        else:
            answer.set_result(value)
