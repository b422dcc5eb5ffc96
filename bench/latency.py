"""From the POST of the phone's answer to the desk's page changed: by socket, in a browser, and by polling alone."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from bench import reference
from bench.chromium import Window, browsing
from bench.figures import Figure, Table, number
from bench.lanes import lanes
from bench.road import PIN, Pair, heard
from bench.server import PEOPLE, Run, serving

ROUNDS = 3
_RAW, _BROWSING, _BYSTANDER, _CROWD, _POLLING = PEOPLE[:2], PEOPLE[2], PEOPLE[3], PEOPLE[4:8], PEOPLE[8:]
# Seconds between two polls of the waiting page, in the mean: a person's answer may fall anywhere in them.
_BEAT = 2.0


@dataclass(frozen=True)
class Size:
    raw: int
    busy: float
    browser: int
    polling: int


FULL = Size(raw=30, busy=5, browser=10, polling=8)
QUICK = Size(raw=4, busy=1.5, browser=2, polling=2)


@dataclass
class Case:
    """One way to be told, and the milliseconds of its rounds."""

    name: str
    run: Callable[[], list[float]]
    rounds: list[tuple[float, ...]] = field(default_factory=list)

    def figure(self) -> Figure:
        return Figure(tuple(self.rounds))


def measure(run: Run) -> list[Table]:
    size = QUICK if run.quick else FULL
    with serving(run) as server, ExitStack() as stack:

        def pair(name: str) -> Pair:
            return stack.enter_context(closing(Pair(server.base_url, name)))

        raw, crowd = [pair(name) for name in _RAW], stack.enter_context(lanes(server, _CROWD))
        # As in a portal in use, somebody else is waiting too: a shared channel layer sleeps while nobody is.
        bystander = pair(_BYSTANDER)
        bystander.reach_waiting()
        stack.enter_context(closing(bystander.desk.watch()))

        def busy() -> list[float]:
            crowd.begin(size.busy)
            told = _raw_for(raw, size.busy)
            crowd.end()
            return told

        cases = [
            Case("socket: the frame is there", lambda: _raw(raw, size.raw)),
            Case(f"the same, while {len(_CROWD)} others sign in without a pause", busy),
        ]
        apart = 0.0
        if run.chromium:
            browser = stack.enter_context(browsing(run.chromium))
            window = Window(browser, pair(_BROWSING))
            html = Case("browser: the home page's HTML is there", list)
            waiting = [Window(browser, pair(name), sockets=False) for name in _POLLING[: size.polling]]
            browsed = Case("browser: the home page is painted", lambda: _browse(window, size.browser, html))
            polled = Case("browser without sockets, polling: painted", lambda: _poll(waiting))
            cases += [browsed, polled]
        for _each in range(ROUNDS):
            for case in cases:
                case.rounds.append(tuple(case.run()))
        if run.chromium:
            cases.insert(2, html)
            apart = window.clocks_apart()
    return [_table(cases, apart)]


def _raw(pairs: list[Pair], times: int) -> list[float]:
    """The answer leaves, the frame arrives: one clock, in this process."""
    with ThreadPoolExecutor(1) as listener:
        return [_once(pairs[at % len(pairs)], listener) for at in range(times)]


def _raw_for(pairs: list[Pair], seconds: float) -> list[float]:
    """The same for some time; what was begun in it counts."""
    end = time.perf_counter() + seconds
    told: list[float] = []
    with ThreadPoolExecutor(1) as listener:
        while not told or time.perf_counter() < end:
            told.append(_once(pairs[len(told) % len(pairs)], listener))
    return told


def _once(pair: Pair, listener: ThreadPoolExecutor) -> float:
    pair.reach_waiting()
    with closing(pair.desk.watch()) as watching:
        heard(watching, "waiting")
        challenge = pair.phone.challenge()
        told = listener.submit(heard, watching, "approved")
        pair.phone.approve(challenge, PIN, pair.desk.number)
        took = told.result() - pair.line.sent_at
    pair.finish()
    return took * 1000


def _browse(window: Window, times: int, html: Case) -> list[float]:
    painted, whole = [], []
    for _each in range(times):
        window.reach_waiting()
        window.watch()
        left = window.approve()
        home = window.home()
        painted.append((home.painted - left) * 1000)
        whole.append((home.html - left) * 1000)
    html.rounds.append(tuple(whole))
    return painted


def _poll(windows: list[Window]) -> list[float]:
    """Several pages poll at once; each is answered at a moment that has nothing to do with its polls."""
    for window in windows:
        window.reach_waiting()
    for window in windows:
        window.watch()
    left, passed = [], 0.0
    for moment, window in zip(sorted(random.uniform(0, _BEAT) for _each in windows), windows, strict=True):
        window.page.wait_for_timeout((moment - passed) * 1000)
        passed = moment
        left.append(window.approve())
    return [(window.home().painted - moment) * 1000 for window, moment in zip(windows, left, strict=True)]


def _table(cases: list[Case], apart: float) -> Table:
    table = Table(
        f"From the phone's answer (POST sent) to the desk, ms ({ROUNDS} interleaved rounds)",
        ("", "median", "p95", "n", "medians of the rounds"),
    )
    for case in cases:
        figure = case.figure()
        table.add(case.name, number(figure.median), number(figure.p95), str(figure.n), figure.spread)
    low, high = reference.TOLD_PROTOTYPE
    table.remarks.append(
        f"Goal for the frame, idle: {number(reference.TOLD_GOAL)} ms; a prototype of this road elsewhere: "
        f"{number(low)} to {number(high)} ms."
    )
    if apart:
        frame, browser, polling = (cases[at].figure().median for at in (0, 3, 4))
        table.remarks += [
            f"Polling takes {number(polling / browser)} times as long as the socket in the same browser.",
            f"It takes {number(polling / frame)} times as long as the frame alone.",
            "Browser times: performance.timeOrigin and the entries of the home page, against time.time() here.",
            f"One wall clock of one machine; looked at together they were at most {number(apart * 1000)} ms apart.",
        ]
    return table
