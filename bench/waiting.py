"""Many people at waiting pages: how fast they are let in, what they cost at rest, and how soon one of them is told."""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from bench import reference
from bench.broken import Broken
from bench.figures import Figure, Table, number
from bench.load import Load, held, load
from bench.server import Run, Server, beside, cpu_of, serving
from bench.services import are_here
from bench.stock.serving import APPLICATION as STOCK
from bench.stock.serving import serving_stock

ROUNDS = 3
OURS, BARE = "bench.rung:application", "bench.bare:application"
# Handshakes at a time, and seconds from one answer to the next while it is quiet.
FLIGHT, EVERY = 64, 0.05
# So many are their own crowd: one round of them takes minutes, and says enough.
_MANY = 2_000
# What a process has open besides.
_FILES = 500


@dataclass(frozen=True)
class Size:
    waiting: int
    answers: int
    # Longer than the longest beat of an open socket (policy.HEARTBEAT), so that each has looked and was pinged.
    idle: int
    rounds: int


FULL = Size(waiting=1_000, answers=100, idle=51, rounds=ROUNDS)
QUICK = Size(waiting=200, answers=20, idle=5, rounds=1)


@dataclass
class Round:
    accepts: float
    socket: float
    idle: float
    quiet: float
    memory: float
    whole: list[float]
    bell: list[float]
    lost: int
    # Let in a second where the application looks at nothing; 0: not asked.
    bare: float


@dataclass
class Form:
    """One way to serve them: `start` gives the processes at whose pages they wait, and the module of the crowd."""

    name: str
    start: Callable[[], AbstractContextManager[tuple[list[Server], str, str]]]
    # The same servers with nothing behind them.
    bare: Callable[[int], float] | None = None
    rounds: list[Round] = field(default_factory=list)

    def over(self, value: str) -> Figure:
        return Figure(tuple((float(getattr(each, value)),) for each in self.rounds))

    def told(self, value: str) -> Figure:
        return Figure(tuple(tuple(getattr(each, value)) for each in self.rounds))


def measure(run: Run) -> list[Table]:
    size = QUICK if run.quick else FULL
    size = replace(size, waiting=run.waiting or (10_000 if os.environ.get("PORTAL_LONG") else size.waiting))
    if size.waiting > _MANY:
        size = replace(size, rounds=1)
    _have_files(size.waiting)
    alone, shared = replace(run, cluster=False), replace(run, cluster=True)
    forms = [Form("one process, SQLite", lambda: _ours(alone, 1), lambda many: _bare(alone, 1, many))]
    if are_here():
        forms += [
            Form("two processes, PostgreSQL and Redis", lambda: _ours(shared, 2), lambda many: _bare(shared, 2, many)),
            Form("stock: two processes, PostgreSQL and Redis", lambda: _stock(shared, 2)),
        ]
    for _each in range(size.rounds):
        for form in forms:
            form.rounds.append(_round(form, size))
    return [_held(forms, size), _told(forms, size)]


def _have_files(waiting: int) -> None:
    """Each socket is a file: let the crowd and the servers, which take it over from here, have as many as it needs."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if waiting + _FILES > most:
        raise Broken(f"{waiting:,} people need more open files than {most:,} (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(few, waiting + _FILES), most))


@contextmanager
def _ours(run: Run, processes: int) -> Iterator[tuple[list[Server], str, str]]:
    with _rung() as file, ExitStack() as stack:
        # Everybody comes from an address of their own: limits for one address are not what is measured.
        first = stack.enter_context(serving(run, OURS, PORTAL_PROXIES="1", BENCH_RUNG=file))
        more = [stack.enter_context(beside(first, OURS)) for _each in range(processes - 1)]
        yield [first, *more], "bench.waiters", file


def _bare(run: Run, processes: int, count: int) -> float:
    """How many a second the same servers and the same crowd let in where nobody looks at anything."""
    with ExitStack() as stack:
        first = stack.enter_context(serving(run, BARE))
        more = [stack.enter_context(beside(first, BARE)) for _each in range(processes - 1)]
        crowd, ports = stack.enter_context(load(first)), [server.port for server in (first, *more)]
        _enter(crowd, ports, 16)
        return _enter(crowd, ports, count)


@contextmanager
def _stock(run: Run, processes: int) -> Iterator[tuple[list[Server], str, str]]:
    with _rung() as file, ExitStack() as stack:
        first = stack.enter_context(serving_stock(run, BENCH_RUNG=file))
        more = [stack.enter_context(beside(first, STOCK)) for _each in range(processes - 1)]
        yield [first, *more], "bench.stock.crowd", file


@contextmanager
def _rung() -> Iterator[str]:
    with tempfile.NamedTemporaryFile(prefix="portal-bench-") as file:
        yield file.name


def _round(form: Form, size: Size) -> Round:
    with form.start() as (servers, module, stamps), load(servers[0], module) as crowd:
        pids, ports = [server.pid for server in servers], [server.port for server in servers]
        # The first ones wake what sleeps until it is used, and are not looked at.
        _enter(crowd, ports, 16)
        crowd.ask("approve", ports=ports, count=16, flight=1, patience=10)
        before = sum(server.memory for server in servers)
        opened = _enter(crowd, ports, size.waiting)
        socket = (sum(server.memory for server in servers) - before) / size.waiting
        seconds = [_idle(pids) for _second in range(size.idle)]
        shared = crowd.ask("beside")
        memory = held([*pids, *shared["postgresql"], *shared["redis"]])
        told = crowd.ask("approve", ports=ports, count=size.answers, flight=1, patience=10, every=EVERY, stamps=stamps)
    lost = told["lost"] + size.waiting - told["open"] - told["decided"]
    idle, quiet = statistics.mean(seconds), min(seconds)
    bare = form.bare(size.waiting) if form.bare else 0
    return Round(opened, socket / 1024, idle, quiet, memory / 2**20, told["whole"], told["bell"], lost, bare)


def _enter(crowd: Load, ports: list[int], count: int) -> float:
    """Let so many come in; how many a second."""
    crowd.ask("fill", count=count)
    came = crowd.ask("open", ports=ports, flight=FLIGHT)
    return float(came["opened"] / came["seconds"])


def _idle(pids: list[int]) -> float:
    """Per cent of one core that these processes use together in a second in which nobody does anything."""
    before, begun = sum(map(cpu_of, pids)), time.monotonic()
    time.sleep(1)
    return (sum(map(cpu_of, pids)) - before) / (time.monotonic() - begun) / 10


def _held(forms: list[Form], size: Size) -> Table:
    table = Table(
        f"{size.waiting:,} people wait ({_rounds(size)})",
        (
            "",
            "let in a second",
            "rounds",
            "KiB a socket",
            "idle, % of a core",
            "at its quietest",
            "everything, MiB",
            "lost",
        ),
    )
    for form in forms:
        let_in = form.over("accepts")
        table.add(
            form.name,
            number(let_in.median),
            let_in.spread,
            *(number(form.over(value).median) for value in ("socket", "idle", "quiet", "memory")),
            str(sum(each.lost for each in form.rounds)),
        )
    socket, quiet, memory = map(number, reference.WAITING_GOAL)
    table.add("goal for a release", number(reference.ACCEPTS_GOAL), "", socket, "", quiet, memory, "0")
    table.remarks += [
        f"Let in with a signed ticket (stock: with a session), {FLIGHT} at a time, and the first frame read.",
        *map(_share, [form for form in forms if form.bare]),
        f"Idle: the server processes together, over {number(size.idle)} seconds, pings, looks and frames included;",
        "at its quietest in the one second of them in which fewest of these fell. The goal's is without pings.",
        "Everything: servers, PostgreSQL and Redis, shared pages in parts. The goal's is for 10,000 people.",
    ]
    return table


def _share(form: Form) -> str:
    """What of the machine's limit the portal reaches: servers, database and crowd have the same cores."""
    most = form.over("bare").median
    share = form.over("accepts").median / most
    return f"{form.name}: {share:.0%} of the {number(most)} a second that come in where nobody looks at anything."


def _told(forms: list[Form], size: Size) -> Table:
    table = Table(
        f"An approval while {size.waiting:,} wait, to the frame at the desk, ms ({_rounds(size)} of {size.answers})",
        ("", "from its commit: p50", "p99", "rounds", "from the phone's POST: p50", "p99", "n"),
    )
    for form in forms:
        bell, whole = form.told("bell"), form.told("whole")
        table.add(
            form.name, number(bell.median), number(bell.p99), bell.spread, number(whole.median), number(whole.p99),
            str(whole.n),
        )  # fmt: skip
    table.add("goal for a release", *map(number, reference.TOLD_WAITING_GOAL), "", "", "", "")
    if len(forms) > 2:
        ours, stock = (statistics.median(form.told("whole").values) for form in forms[1:])
        table.remarks.append(f"From POST to frame, two processes: {number(ours / stock)} of what stock takes.")
    table.remarks.append("Each answer comes to the process at which its desk does not wait, where there are two.")
    return table


def _rounds(size: Size) -> str:
    return f"{size.rounds} interleaved rounds" if size.rounds > 1 else "one round"
