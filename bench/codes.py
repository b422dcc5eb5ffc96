"""What a code by text costs the server: the one typed, the whole sign-in around it, and how many codes a second."""

from __future__ import annotations

import os
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass

from bench import reference
from bench.carrier import Carrier, carrying
from bench.cpu import Meter, counting
from bench.figures import Figure, Table, number
from bench.road import Desk
from bench.server import Run, Server, run_module
from bench.texts import CODE_PAGE, Subscriber
from bench.worker import working

ROUNDS = 3
LANES = 4
# Sign-ins that one person may have in progress at once.
_AT_ONCE = 3


@dataclass(frozen=True)
class Size:
    people: int
    walks: int
    wrong: int
    hashes: int


FULL = Size(people=14, walks=20, wrong=4, hashes=20)
QUICK = Size(people=2, walks=3, wrong=1, hashes=5)


@dataclass
class Round:
    """CPU in milliseconds; seconds of the burst by the clock on the wall."""

    steps: dict[str, float]
    wrong: float
    plain: float
    burst: int
    burst_seconds: float
    burst_cpu: float
    client_cpu: float


def measure(run: Run) -> list[Table]:
    size = QUICK if run.quick else FULL
    with carrying() as carrier, counting(run, **carrier.environment) as (server, meter), ExitStack() as stack:
        if run.cluster:
            stack.enter_context(working(server))
        people = [Subscriber(server.base_url, at, carrier) for at in range(size.people)]
        for each in people:
            stack.enter_context(closing(each.desk.wire))
        rounds = [_round(server, meter, people, carrier, size) for _each in range(ROUNDS)]
        waits = Figure((tuple(wait for each in people for wait in each.waits),))
    return [_costs(rounds, size), _rates(rounds, waits)]


def _round(server: Server, meter: Meter, people: list[Subscriber], carrier: Carrier, size: Size) -> Round:
    plain = float(run_module(server.environment, "bench.hashes", str(size.hashes)))
    _another_day(server)
    steps = _walk(meter, people, size.walks)
    _another_day(server)
    wrong = _wrong(meter, people[0], size.wrong)
    _another_day(server)
    desks = [(each, each.new_desk()) for each in people for _time in range(_AT_ONCE)]
    asked = [(desk, each.ask(desk)) for each, desk in desks]
    meter.lap()
    begun, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(LANES) as lanes:
        for _done in lanes.map(lambda pair: pair[0].submit(CODE_PAGE, code=pair[1]), asked):
            pass
    seconds, client = time.perf_counter() - begun, time.process_time() - cpu
    spent = sum(meter.lap())
    for desk, _code in asked:
        desk.wire.close()
    count = len(asked)
    return Round(steps, wrong, plain, count, seconds, spent / count, client * 1000 / count)


def _another_day(server: Server) -> None:
    run_module(server.environment, "bench.another_day")


def _walk(meter: Meter, people: list[Subscriber], times: int) -> dict[str, float]:
    """The mean of each step without the password's hash: what is left of a step is counted with the next."""
    steps: dict[str, float] = defaultdict(float)
    meter.lap()
    for at in range(times):
        for step in people[at % len(people)].steps():
            steps[step] += meter.lap()[0] / times
    return dict(steps)


def _wrong(meter: Meter, person: Subscriber, times: int) -> float:
    """A wrong code and the page that says so."""
    desk: Desk = person.new_desk()
    guess = f"{(int(person.ask(desk)) + 1) % 10**6:06}"
    meter.lap()
    for _each in range(times):
        desk.refused(CODE_PAGE, code=guess)
    desk.wire.close()
    return meter.lap()[0] / times


def _costs(rounds: list[Round], size: Size) -> Table:
    plain = _over(each.plain for each in rounds)
    table = Table(
        f"Server CPU of a sign-in with a code by text ({ROUNDS} rounds of {size.walks})",
        ("", "median ms", "rounds", "in plain hashes"),
    )

    def add(name: str, figure: Figure) -> None:
        table.add(name, number(figure.median), figure.spread, number(figure.median / plain.median))

    add("one plain hash, alone in a process", plain)
    for step in rounds[0].steps:
        add(step, _over(each.steps[step] for each in rounds))
    add("everything but the password's hash", _over(sum(each.steps.values()) for each in rounds))
    add("a wrong code, and the page that says so", _over(each.wrong for each in rounds))
    for peer in reference.ELSEWHERE:
        if peer.by_code:
            table.add(f"elsewhere, everything but the hash: {peer.name}", "", "", number(peer.hashes))
    return table


def _rates(rounds: list[Round], waits: Figure) -> Table:
    cores = len(os.sched_getaffinity(0))
    plain = _over(each.plain for each in rounds).median
    rate = _over(each.burst / each.burst_seconds for each in rounds)
    table = Table(
        f"Codes verified with {LANES} desks at once, one server process",
        ("", "a second", "rounds", "for each hash a core could do"),
    )
    table.add("here", number(rate.median), rate.spread, number(rate.median * plain / 1000))
    goal, goal_cores = reference.VERIFIED_GOAL
    share = goal / goal_cores / (reference.HASHES_A_SECOND / 2)
    table.add(f"goal: {number(goal)} a second on {goal_cores} cores, for one of them", "", "", number(share))
    cpu = _over(each.burst_cpu for each in rounds).median
    client = statistics.median(each.client_cpu for each in rounds)
    share = number(cpu / plain)
    table.remarks += [
        f"One verification (compared, claimed, a session) costs the server {number(cpu)} ms, {share} plain hashes.",
        f"The desks need {number(client)} ms for it, on the same {cores} cores.",
        f"From the password on the wire to the text at the carrier, idle: median {number(waits.median)} ms.",
        f"Its p95 (n {waits.n}) is {number(waits.p95)} ms; the goal for it {number(reference.HANDED_GOAL)} ms.",
    ]
    return table


def _over(values: Iterable[float]) -> Figure:
    return Figure(tuple((value,) for value in values))
