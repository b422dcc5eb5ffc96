"""What one complete sign-in costs the server: the password hash, everything else, and how many a second."""

from __future__ import annotations

import contextlib
import functools
import json
import operator
import os
import statistics
import struct
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bench import reference
from bench.figures import Figure, Table, number
from bench.lanes import Burst, Lanes, lanes
from bench.road import Desk, Pair
from bench.server import PEOPLE, Run, Server, run_module, serving
from bench.stock.road import StockPair
from bench.stock.serving import APPLICATION as STOCK
from bench.stock.serving import serving_stock

ROUNDS = 3
LANES = 4
_COUNTER, _WALKER, _TALKER = PEOPLE[:3]
_CROWD = PEOPLE[-LANES:]
_USUAL = "django.contrib.auth.hashers.Argon2PasswordHasher"


@dataclass(frozen=True)
class Size:
    walks: int
    hashes: int
    empty: int
    seconds: float


FULL = Size(walks=20, hashes=20, empty=40, seconds=6)
QUICK = Size(walks=3, hashes=5, empty=10, seconds=1)


@dataclass
class Walked:
    """CPU in milliseconds for one sign-in: each step, the hash, and in a crowd."""

    steps: dict[str, float]
    hashed: float
    burst: Burst
    burst_cpu: float

    @property
    def rest(self) -> float:
        return sum(self.steps.values())


@dataclass
class Round:
    """Both assemblies, and the second one's crowd with Django's own hash; CPU in milliseconds for one of the others."""

    here: Walked
    stock: Walked
    usual: Burst
    talking: float
    plain: float
    empty: float


class Serving(Protocol):
    def __call__(self, run: Run, application: str, **extra: str) -> AbstractContextManager[Server]: ...


class Steps(Protocol):
    def steps(self) -> Iterator[str]: ...


@dataclass
class Assembly:
    """One of the two, with whom it has to do."""

    meter: Meter
    walker: Steps
    crowd: Lanes

    def walk(self, size: Size) -> Walked:
        steps, hashed = _walk(self.meter, self.walker.steps, size.walks)
        self.meter.lap()
        self.crowd.begin(size.seconds)
        burst = self.crowd.end()
        return Walked(steps, hashed, burst, sum(self.meter.lap()) / burst.done)


@dataclass
class Rest:
    """Who else is in a round: somebody whose phone reports, and the crowd at the stock assembly with Django's hash."""

    talker: Pair
    usual: Lanes


@dataclass
class Meter:
    """The CPU a server has spent since it was last asked, its hashes apart."""

    server: Server
    file: Path
    _cpu: float = field(init=False)
    _hashed: float = field(init=False)

    def __post_init__(self) -> None:
        self.lap()

    def lap(self) -> tuple[float, float]:
        """Milliseconds since the last call: everything else, and hashes."""
        cpu, hashed = self.server.cpu, struct.unpack("=QQ", self.file.read_bytes())[1] / 1e6
        spent = cpu - getattr(self, "_cpu", cpu), hashed - getattr(self, "_hashed", hashed)
        self._cpu, self._hashed = cpu, hashed
        return spent[0] - spent[1], spent[1]


def measure(run: Run) -> list[Table]:
    size = QUICK if run.quick else FULL
    with contextlib.ExitStack() as stack:
        server, meter = stack.enter_context(counting(run))
        here = Assembly(meter, Pair(server.base_url, _WALKER), stack.enter_context(lanes(server, _CROWD)))
        talker = Pair(server.base_url, _TALKER)
        queries = json.loads(run_module(server.environment, "bench.queries", _COUNTER))
        other, others_meter = stack.enter_context(counting(run, serving_stock, BENCH_APPLICATION=STOCK))
        crowd = stack.enter_context(lanes(other, _CROWD, StockPair))
        stock = Assembly(others_meter, StockPair(other.base_url, _WALKER), crowd)
        usual = stack.enter_context(serving_stock(run, BENCH_HASHER=_USUAL))
        rest = Rest(talker, stack.enter_context(lanes(usual, _CROWD, StockPair)))
        rounds = [_round(here, stock, rest, size) for _each in range(ROUNDS)]
        memory = server.memory
    return [_sign_in(rounds, size), _steps(rounds, queries), _rates(rounds, memory)]


@contextlib.contextmanager
def counting(run: Run, serve: Serving = serving, **extra: str) -> Iterator[tuple[Server, Meter]]:
    with (
        tempfile.NamedTemporaryFile(prefix="portal-bench-") as file,
        serve(run, "bench.counted:application", BENCH_HASHES=file.name, **extra) as server,
    ):
        yield server, Meter(server, Path(file.name))


def _round(here: Assembly, stock: Assembly, rest: Rest, size: Size) -> Round:
    server, meter = here.meter.server, here.meter
    plain = float(run_module(server.environment, "bench.hashes", str(size.hashes)))
    ours, theirs = here.walk(size), stock.walk(size)
    rest.usual.begin(size.seconds)
    usual = rest.usual.end()
    talking, _hashed = _walk(meter, functools.partial(rest.talker.steps, talks=True), max(2, size.walks // 2))
    return Round(ours, theirs, usual, sum(talking.values()), plain, _empty(server, meter, size.empty))


def _walk(meter: Meter, road: Callable[[], Iterator[str]], times: int) -> tuple[dict[str, float], float]:
    """The mean of each step without the hash, and of the hash: what is left of a step is counted with the next."""
    steps: dict[str, float] = defaultdict(float)
    hashed = 0.0
    meter.lap()
    for _each in range(times):
        for step in road():
            rest, hashes = meter.lap()
            steps[step] += rest / times
            hashed += hashes / times
        meter.lap()  # the way out is no part of a sign-in
    return dict(steps), hashed


def _empty(server: Server, meter: Meter, times: int) -> float:
    """One request that reads nothing and renders nothing: what the frame around every view costs."""
    desk = Desk(server.base_url)
    desk.get("/health/live")
    meter.lap()
    for _each in range(times):
        desk.get("/health/live")
    desk.wire.close()
    return meter.lap()[0] / times


def _over(rounds: list[Round], value: str) -> Figure:
    return Figure(tuple((float(operator.attrgetter(value)(each)),) for each in rounds))


def _sign_in(rounds: list[Round], size: Size) -> Table:
    plain, rest, hashed = (_over(rounds, name) for name in ("plain", "here.rest", "here.hashed"))
    stock = _over(rounds, "stock.rest")
    table = Table(
        f"Server CPU of one sign-in ({ROUNDS} rounds of {size.walks})",
        ("", "median ms", "rounds", "in plain hashes"),
    )
    for name, figure in (
        ("one plain hash, alone in a process", plain),
        ("the password's hash, in the server", hashed),
        ("everything else", rest),
        ("everything else, with the phone's reports and the page renewed at each", _over(rounds, "talking")),
        ("one empty request (health probe)", _over(rounds, "empty")),
        ("everything else, in the stock assembly", stock),
    ):
        table.add(name, number(figure.median), figure.spread, number(figure.median / plain.median))
    for peer in reference.ELSEWHERE:
        table.add(f"elsewhere, everything else: {peer.name}", "", "", number(peer.hashes))
    goal = next(peer for peer in reference.ELSEWHERE if "release" in peer.name)
    ratio = rest.median / plain.median / goal.hashes
    beside = number(rest.median / stock.median)
    table.remarks += [
        f"Everything else is {beside} times what it is in the stock assembly; goal: {reference.STOCK_RATIO}.",
        f"Everything else is {number(ratio)} times the goal for a release.",
    ]
    return table


def _steps(rounds: list[Round], queries: list[dict[str, object]]) -> Table:
    names = list(rounds[0].here.steps)
    medians = {name: statistics.median(each.here.steps[name] for each in rounds) for name in names}
    stock = {name: statistics.median(each.stock.steps[name] for each in rounds) for name in rounds[0].stock.steps}
    whole = sum(medians.values())
    counted = {str(step["step"]): step for step in queries}
    table = Table(
        "Where everything else goes", ("", "ms CPU", "share", "stock", "reads", "writes", "begin/commit/savepoint")
    )
    for name in names:
        step = counted.get(name, {})
        counts = [str(step.get(kind, 0)) if step else "" for kind in ("reads", "writes", "fences")]
        table.add(
            name,
            number(medians[name]),
            f"{medians[name] / whole:.0%}",
            number(stock[name]) if name in stock else "",
            *counts,
        )
    return table


def _rates(rounds: list[Round], memory: int) -> Table:
    cores = len(os.sched_getaffinity(0))
    rate, stock = _over(rounds, "here.burst.rate"), _over(rounds, "stock.burst.rate")
    plain = _over(rounds, "plain").median
    table = Table(
        f"Complete sign-ins with {LANES} people at once, one server process",
        ("", "a second", "rounds", "of the cores' hashing"),
    )
    share = rate.median * plain / 1000 / cores
    table.add("here", number(rate.median), rate.spread, f"{share:.0%}")
    table.add(
        "stock, with the same hash", number(stock.median), stock.spread, f"{stock.median / rate.median * share:.0%}"
    )
    usual = _over(rounds, "usual.rate")
    table.add("stock, with Argon2id as Django has it", number(usual.median), usual.spread, "")
    for name, peer_rate in reference.RATES:
        table.add(f"elsewhere, two cores: {name}", "", "", f"{peer_rate / reference.HASHES_A_SECOND:.0%}")
    cpu = _over(rounds, "here.burst_cpu").median
    client = statistics.median(each.here.burst.client_cpu / each.here.burst.done * 1000 for each in rounds)
    table.remarks += [
        f"{number(rate.median / usual.median)} times stock's with Django's hash; goal: {reference.STOCK_RATES}.",
        f"The last column: how much of what {cores} cores could do if they only hashed goes into sign-ins.",
        f"In the crowd, one sign-in costs the server {number(cpu)} ms, and the people {number(client)} ms.",
        f"Memory of the server afterwards {memory / 2**20:.0f} MiB.",
    ]
    return table
