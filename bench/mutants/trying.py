"""A plugin of pytest that runs tests again and again, each time in a fork with other code in the portal's functions."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType

import pytest
from _pytest.runner import runtestprotocol
from django.db import connections

from bench.mutants.changes import Change
from bench.mutants.swapping import Pairs, functions, load, swap

KILLED, SURVIVED, UNFIT = 1, 0, 7
# Seconds of the processor for one change beyond ten times what its tests take: what hangs has been noticed. And of the
# clock: what waits for nothing costs no processor. On a machine that has much else to do a test waits long, too.
PATIENCE, LONGEST = 30, 1800


@dataclass
class Attempt:
    """One change to be tried: the codes to swap (None: the file runs anew), the tests that reach it, quickest first."""

    change: Change
    pairs: Pairs | None
    tests: list[str]
    seconds: float
    outcome: int | None = None

    def make(self, among: list[FunctionType]) -> bool:
        """Change this process. False: it cannot be changed so."""
        return swap(self.pairs, among) if self.pairs else load(self.change)


class Trying:
    """Takes the place of pytest's own loop. `workers` forks run at once, each on a copy of the test database."""

    def __init__(self, attempts: list[Attempt], workers: int) -> None:
        self._attempts, self._workers = attempts, workers
        self._running: dict[int, tuple[Attempt, float, int]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        self._make_database(session.items)
        paths = {str(Path(attempt.change.path).resolve()) for attempt in self._attempts}
        self._functions = [each for each in functions() if each.__code__.co_filename in paths]
        # What is never collected is never written to, and what is never written to is not copied for a fork.
        gc.collect()
        gc.freeze()
        lanes = list(range(self._workers))
        for attempt in self._progress():
            tests = [items[name] for name in attempt.tests if name in items]
            if not lanes:
                lanes.append(self._wait())
            lane = lanes.pop()
            pid = os.fork()
            if not pid:
                self._be_changed(attempt, tests, session.items[-1], lane)
            self._running[pid] = attempt, time.monotonic() + LONGEST, lane
        while self._running:
            self._wait()
        print(flush=True)
        return True

    def _make_database(self, items: list[pytest.Item]) -> None:
        """Run one test that uses the database: its session-wide fixtures stay, for they are those of the next one."""
        first = next(item for item in items if "db" in item.fixturenames)
        reports = runtestprotocol(first, log=False, nextitem=items[-1] if items[-1] is not first else items[0])
        assert all(report.passed for report in reports), f"{first.nodeid} fails as the code stands"
        self._database = Path(str(connections["default"].settings_dict["NAME"]))
        connections.close_all()

    def _progress(self) -> Iterator[Attempt]:
        for number, attempt in enumerate(self._attempts, 1):
            if number % 10 == 0 or number == len(self._attempts):
                alive = sum(each.outcome == SURVIVED for each in self._attempts)
                print(f"\r{number} of {len(self._attempts)}, {alive} survived", end="", flush=True)
            yield attempt

    def _wait(self) -> int:
        """Wait for one fork, or end one that hangs. Gives the lane that is free."""
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid:
                attempt, _, lane = self._running.pop(pid)
                attempt.outcome = os.waitstatus_to_exitcode(status)
                if attempt.outcome not in (KILLED, UNFIT):
                    how = f"(ended by signal {-attempt.outcome}) " if attempt.outcome else ""
                    print(f"\r{how}{attempt.change.name}", flush=True)
                return lane
            for pid, (_, until, _) in self._running.items():
                if time.monotonic() > until:
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)

    def _be_changed(self, attempt: Attempt, tests: list[pytest.Item], last: pytest.Item, lane: int) -> None:
        """The fork: swaps, runs until a test fails, and ends without what pytest or coverage would still do."""
        outcome = KILLED
        most = PATIENCE + int(10 * attempt.seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        try:
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
            copy = self._database.with_suffix(f".{lane}")
            shutil.copyfile(self._database, copy)
            connections["default"].settings_dict["NAME"] = str(copy)
            outcome = SURVIVED if attempt.make(self._functions) else UNFIT
            for test, following in zip(tests, [*tests[1:], last], strict=True):
                if outcome == SURVIVED:
                    reports = runtestprotocol(test, log=False, nextitem=following)
                    outcome = KILLED if any(report.failed for report in reports) else SURVIVED
        finally:
            os._exit(outcome)
