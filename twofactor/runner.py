"""Threads that carry what is due, in a process that serves pages: the form without workers, and the net under them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from django.db import close_old_connections, connections
from django.utils import timezone

from twofactor import policy

_log = logging.getLogger("portal.outbox")


class Runner:
    """Asks `find` for the ids that are due and the next moment to look, and lets a few threads `work` on them.

    It sleeps until somebody wakes it or that moment comes; with nothing in the outbox it asks the database nothing.
    `beat` is how often it looks without being woken, in seconds; None: never.
    """

    def __init__(
        self, find: Callable[[], tuple[list[str], datetime | None]], work: Callable[[str], object], beat: float | None
    ) -> None:
        self._find, self._work, self._beat = find, work, beat
        self._bell = threading.Event()
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._thread: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None

    def wake(self) -> None:
        """Look now. Starts the threads at the first call in a process."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._pool = ThreadPoolExecutor(policy.SENDERS, thread_name_prefix="sender")
                self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
                self._thread.start()
        self._bell.set()

    def _run(self) -> None:
        wait: float | None = None
        while True:
            self._bell.wait(wait)
            self._bell.clear()
            try:
                ids, next_at = self._find()
                for each in ids:
                    self._start(each)
                wait = self._seconds_until(next_at)
            except Exception:  # noqa: BLE001 - whatever it is (no database, say), the outbox is looked at again
                _log.warning("the outbox could not be read", exc_info=True)
                wait = policy.RETRY_DATABASE
            finally:
                connections.close_all()

    def _seconds_until(self, moment: datetime | None) -> float | None:
        waits = [] if self._beat is None else [self._beat]
        if moment is not None:
            waits.append(max(0.05, (moment - timezone.now()).total_seconds()))
        return min(waits, default=None)

    def _start(self, each: str) -> None:
        with self._lock:
            if each in self._busy or self._pool is None:
                return
            self._busy.add(each)
        try:
            begun = self._pool.submit(self._one, each)
        except RuntimeError as over:
            # This process ends, and no thread begins any more. The row stays due: whoever looks next finds it.
            _log.warning("an errand waits for the next look: %s", over)
            with self._lock:
                self._busy.discard(each)
            return
        begun.add_done_callback(lambda done: self._done(each, done))

    def _one(self, each: str) -> None:
        close_old_connections()
        try:
            self._work(each)
        finally:
            connections.close_all()

    def _done(self, each: str, done: Future[None]) -> None:
        with self._lock:
            self._busy.discard(each)
        problem = done.exception()
        if problem is not None:
            # SECURITY: only the kind of it: what an exception quotes may be the message.
            _log.error("an errand failed: %s", type(problem).__name__)
        self._bell.set()
