"""The thread that tells the workers of rows, where there are workers: no page waits for a broker that hangs."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable

from accounts.requests import Caller

_log = logging.getLogger("portal.outbox")
# No more than a broker takes in a second or two once it answers again; the rows of all others are found by the sweep.
_WAITING = 1_000


class Publisher:
    """Hands errands to `publish`, one after the other, as they came.

    One thread, however many of them wait for a broker, and a bound to those that wait: each is lost without harm,
    because its row stands and is found (R-90). It ends with the process, which does not wait for it either.
    """

    def __init__(self, publish: Callable[[str, Caller], None]) -> None:
        self._publish = publish
        self._begin_anew()
        # A process that is split off has none of our threads, and its own errands: ours are published here.
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        self._lock = threading.Lock()
        self._waiting: queue.Queue[tuple[str, Caller]] = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None
        self._is_full = False

    def put(self, delivery_id: str, asked_by: Caller) -> None:
        """Have it published in its turn. Waits for nothing, and raises nothing."""
        try:
            self._waiting.put_nowait((delivery_id, asked_by))
        except queue.Full:
            if not self._is_full:
                self._is_full = True
                _log.warning("the broker takes errands too slowly; the sweep will find those that come now")
        try:
            self._begin()
        except RuntimeError:
            _log.warning("no thread is left to publish an errand; the sweep will find it")

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                thread = threading.Thread(target=self._work, name="errands", daemon=True)
                thread.start()
                self._thread = thread

    def _work(self) -> None:
        while True:
            given = self._waiting.get()
            try:
                self._publish(*given)
            finally:
                if self._waiting.empty():
                    self._is_full = False
                self._waiting.task_done()

    def join(self) -> None:
        """Wait until all that was put has been published, or refused by the broker."""
        self._waiting.join()
