"""What one of each costs with PostgreSQL and Redis, each process by itself: what bench/units.py takes over."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.figures import Table, number
from bench.load import Load, load
from bench.road import Pair
from bench.server import PEOPLE, Run, Server, run_module, serving
from bench.services import are_here

# Longer than an open socket of ours goes without a look and a ping.
IDLE = 51.0


@dataclass(frozen=True)
class Spent:
    """CPU in milliseconds: of the server, of PostgreSQL and of Redis."""

    server: float
    database: float
    redis: float

    def since(self, before: Spent, many: float) -> tuple[str, ...]:
        pairs = zip(vars(self).values(), vars(before).values(), strict=True)
        return tuple(number((now - then) / many) for now, then in pairs)


def measure(run: Run) -> list[Table]:
    if not are_here():
        return []
    signs, sockets = (10, 100) if run.quick else (50, 500)
    table = Table("One of each, ms CPU", ("", "server", "PostgreSQL", "Redis"))
    with ExitStack() as stack:
        server = stack.enter_context(serving(replace(run, cluster=True), PORTAL_PROXIES="1"))
        crowd = stack.enter_context(load(server))
        pair = stack.enter_context(closing(Pair(server.base_url, PEOPLE[0])))
        before = _spent(server, crowd)
        for _each in range(signs):
            pair.sign_in()
        table.add("a sign-in, its hash too", *_spent(server, crowd).since(before, signs))
        crowd.ask("fill", count=sockets)
        before = _spent(server, crowd)
        crowd.ask("open", ports=[server.port], flight=64)
        table.add("a socket let in", *_spent(server, crowd).since(before, sockets))
        before = _spent(server, crowd)
        time.sleep(IDLE)
        table.add("a socket that waits, a second of it", *_spent(server, crowd).since(before, sockets * IDLE))
        linked = float(run_module(server.environment, "bench.linking", "2000"))
    table.remarks.append(f"Events that get their place in the record: {number(linked)} a second, one after the other.")
    return [table]


def _spent(server: Server, crowd: Load) -> Spent:
    shared: dict[str, Any] = crowd.ask("beside")
    return Spent(server.cpu, _with_children(shared["postgresql"]), sum(map(_own, shared["redis"])))


def _with_children(pids: list[int]) -> float:
    """Of the first and all below it: those that have ended are counted with the first."""
    parent, *children = pids
    return _ticks(parent, 4) + sum(map(_own, children))


def _own(pid: int) -> float:
    return _ticks(pid, 2)


def _ticks(pid: int, fields: int) -> float:
    try:
        found = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11 : 11 + fields]
    except FileNotFoundError:
        return 0.0
    return sum(map(int, found)) * 1000 / os.sysconf("SC_CLK_TCK")
