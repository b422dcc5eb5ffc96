"""Threads that are kept for work of one kind, for the event loop to wait on.

`ThreadPoolExecutor` does the same with two futures and three locks for each errand, which is most of what a hop costs
(docs/performance.md). Here an errand goes through one queue and comes back by one callback of its loop.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

_Errand = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[..., Any], tuple[Any, ...]]


class Threads:
    """As many as there is work at one time, up to `most`; none of them ends before the process does."""

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._queue: SimpleQueue[_Errand | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        # Errands that have not come back. Only the loop counts them.
        self._begun = 0

    def run(self, function: Callable[..., Any], *given: Any) -> asyncio.Future[Any]:
        """Have it done by the next that is free. Called in a loop, which learns what it returned or raised.

        Raises RuntimeError where there is none and none can begin.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        if len(self._threads) <= self._begun and len(self._threads) < self._most:
            self._start()
        self._begun += 1
        self._queue.put((loop, answer, function, given))
        return answer

    def _start(self) -> None:
        thread = threading.Thread(target=self._work, name=f"{self._name}_{len(self._threads)}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The system has none left now. Those that there are do it in their turn; what comes next tries again.
            if not self._threads:
                raise
            return
        if not self._threads:
            atexit.register(self._end)
        self._threads.append(thread)

    def _work(self) -> None:
        while errand := self._queue.get():
            self._do(*errand)
            # What was asked and answered is not kept until the next one comes.
            del errand

    def _do(
        self, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[Any], function: Callable[..., Any], given: Any
    ) -> None:
        try:
            # Whoever has stopped to wait for it gets nothing done.
            back = (answer.set_result, None if answer.cancelled() else function(*given))
        except BaseException as problem:  # noqa: BLE001 - it is raised where the answer is waited for
            back = (answer.set_exception, problem)
        # A loop that is closed waits for nothing.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._come_back, answer, *back)

    def _come_back(self, answer: asyncio.Future[Any], say: Callable[[Any], None], said: Any) -> None:
        self._begun -= 1
        if not answer.done():
            say(said)

    def _end(self) -> None:
        """What has been begun is finished before the process ends."""
        for _thread in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
