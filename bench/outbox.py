"""How fast the outbox empties: texts to a carrier that takes its time for each, by threads here and by a worker."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from bench import reference
from bench.broken import Broken
from bench.carrier import Carrier, address_of, carrying
from bench.figures import Figure, Table, number
from bench.road import Desk
from bench.server import PEOPLE, Run, Server, cpu_of, run_module, serving
from bench.services import are_here
from bench.worker import working
from twofactor import policy

ROUNDS = 3
SLOWNESS = 0.2


@dataclass(frozen=True)
class Size:
    texts: int


FULL = Size(texts=100)
QUICK = Size(texts=16)


@dataclass
class Case:
    """One form of the outbox: what fills it with so many texts, and the process that empties it."""

    name: str
    carrier: Carrier
    fill: Callable[[int], None]
    pid: int
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def round(self, texts: int) -> None:
        """Write down texts a second, and milliseconds of CPU for one."""
        before = cpu_of(self.pid)
        self.fill(texts)
        taken = self.carrier.all(texts)
        self.cpu.append((cpu_of(self.pid) - before) / texts)
        if len({each.id for each in taken}) != texts:
            raise Broken("a text came twice")
        self.rates.append(texts / (max(each.left for each in taken) - min(each.came for each in taken)))


def measure(run: Run) -> list[Table]:
    size = QUICK if run.quick else FULL
    with ExitStack() as stack:
        cases = [_threads(stack, replace(run, cluster=False))]
        if are_here():
            cases.append(_worker(stack, replace(run, cluster=True)))
        for _each in range(ROUNDS):
            for case in cases:
                case.round(size.texts)
    return [_table(cases, size)]


def _slow(stack: ExitStack) -> Carrier:
    carrier = stack.enter_context(carrying())
    carrier.slowness = SLOWNESS
    return carrier


def _threads(stack: ExitStack, run: Run) -> Case:
    carrier = _slow(stack)
    server = stack.enter_context(serving(run, **carrier.environment))

    def fill(count: int) -> None:
        _fill(server, count - 1)
        # The text that this asks for wakes the threads, and they find the others.
        desk = Desk(server.base_url, address_of(0))
        desk.get("/sign-in/")
        desk.give_password(PEOPLE[0])
        desk.wire.close()

    return Case(f"{policy.SENDERS} threads of the server's own process, on SQLite", carrier, fill, server.pid)


def _worker(stack: ExitStack, run: Run) -> Case:
    carrier = _slow(stack)
    server = stack.enter_context(serving(run, **carrier.environment))
    pid = stack.enter_context(working(server))

    return Case(
        f"a Celery worker with {policy.SENDERS} threads, on PostgreSQL and Redis",
        carrier,
        lambda count: _fill(server, count),
        pid,
    )


def _fill(server: Server, count: int) -> None:
    run_module(server.environment, "bench.another_day")
    run_module(server.environment, "bench.fill", str(count), *PEOPLE)


def _table(cases: list[Case], size: Size) -> Table:
    ideal = policy.SENDERS / SLOWNESS
    table = Table(
        f"The outbox: {size.texts} texts, {policy.SENDERS} at a time, {SLOWNESS * 1000:.0f} ms each at the carrier "
        f"({ROUNDS} rounds)",
        ("", "a second", "rounds", "of the ideal", "ms CPU for one"),
    )
    table.add("ideal", number(ideal), "", "", "")
    for case in cases:
        rate, cpu = (Figure(tuple((value,) for value in values)) for values in (case.rates, case.cpu))
        table.add(case.name, number(rate.median), rate.spread, f"{rate.median / ideal:.0%}", number(cpu.median))
    low, high = reference.ERRANDS
    table.remarks.append(
        f"Elsewhere, errands that do nothing: {number(low)} to {number(high)} a second for one Celery worker."
    )
    if len(cases) == 1:
        table.remarks.append("Without PostgreSQL and Redis on this machine: what a worker does is left out.")
    return table
