"""A thousand approvals at once: is anybody not told? Also when Redis dies meanwhile, or the process that took them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from bench.figures import Table, number
from bench.load import Load, load
from bench.server import Run, Server, beside, serving
from bench.services import are_here, redis
from bench.stock.serving import APPLICATION as STOCK
from bench.stock.serving import serving_stock

# Answers at a time.
FLIGHT = 50
# Seconds to wait for frames: longer than an open socket of ours goes without a look of its own.
PATIENCE = 30.0
# Nothing of stock's looks by itself: what has not come by then does not come.
STOCK_PATIENCE = 6.0


@dataclass
class Portal:
    """Two processes: answers come to the first, and everybody waits at the second."""

    stack: ExitStack
    servers: list[Server]
    crowd: Load
    patience: float
    # How long the last burst of answers took, undisturbed.
    took: float = field(default=0.0)

    @property
    def ports(self) -> list[int]:
        return [server.port for server in self.servers]

    def gather(self, count: int) -> None:
        self.crowd.ask("fill", count=count)
        self.crowd.ask("open", ports=self.ports[1:], flight=64)

    def answers(self, count: int, meanwhile: Callable[[], None] | None = None) -> dict[str, Any]:
        self.crowd.begin("approve", ports=self.ports, count=count, flight=FLIGHT, patience=self.patience)
        if meanwhile:
            time.sleep(self.took / 2)
            meanwhile()
        return self.crowd.end()


def measure(run: Run) -> list[Table]:
    if not are_here():
        return []
    count = 100 if run.quick else 1_000
    shared = replace(run, cluster=True)
    table = Table(
        f"{count:,} approvals in one burst, two processes on PostgreSQL and Redis",
        ("", "decided", "told by the bell", "by a look of its own", "never", "seconds"),
    )
    _bursts(table, "", _ours, shared, count)
    _bursts(table, "stock: ", _stock, shared, count)
    table.remarks += [
        f"Answers: {FLIGHT} at a time at one process, desks at the other. Bells: rows first, then bells alone.",
        "An open socket whose bell is lost looks by itself within 25 s; a page that opens it anew is told at once.",
    ]
    return [table]


def _bursts(table: Table, whose: str, start: Callable[[ExitStack, Run], Portal], run: Run, count: int) -> None:
    with ExitStack() as stack:
        portal = start(stack, run)
        portal.gather(16)
        portal.answers(16)  # what sleeps until it is used
        for name, burst in _BURSTS.items():
            portal.gather(count)
            _row(table, whose + name, burst(portal, count))


def _row(table: Table, name: str, said: dict[str, Any]) -> None:
    told = said["decided"] - said["lost"] - said["late"]
    table.add(
        name, *(str(each) for each in (said["decided"], told, said["late"], said["lost"])), number(said["seconds"])
    )


def _ours(stack: ExitStack, run: Run) -> Portal:
    first = stack.enter_context(serving(run, PORTAL_PROXIES="1"))
    servers = [first, stack.enter_context(beside(first))]
    return Portal(stack, servers, stack.enter_context(load(first)), PATIENCE)


def _stock(stack: ExitStack, run: Run) -> Portal:
    first = stack.enter_context(serving_stock(run))
    servers = [first, stack.enter_context(beside(first, STOCK))]
    return Portal(stack, servers, stack.enter_context(load(first, "bench.stock.crowd")), STOCK_PATIENCE)


def _bells(portal: Portal, count: int) -> dict[str, Any]:
    return portal.crowd.ask("ring", count=count, patience=portal.patience)


def _answers(portal: Portal, count: int) -> dict[str, Any]:
    said = portal.answers(count)
    portal.took = said["seconds"]
    return said


def _redis_dies(portal: Portal, count: int) -> dict[str, Any]:
    """Killed in the middle of it, and started again at once."""
    (pid,) = portal.crowd.ask("beside")["redis"]
    port = urlsplit(portal.servers[0].environment["REDIS_URL"]).port or 0

    def restart() -> None:
        os.kill(pid, signal.SIGKILL)
        portal.stack.enter_context(redis(port))

    return portal.answers(count, restart)


def _sender_dies(portal: Portal, count: int) -> dict[str, Any]:
    """The process that takes the answers is killed: what it had committed and not rung is known to the rows alone."""
    return portal.answers(count, lambda: os.kill(portal.servers[0].pid, signal.SIGKILL))


_BURSTS = {
    "bells, all at once": _bells,
    "answers": _answers,
    "answers, Redis killed and started again": _redis_dies,
    "answers, their process killed": _sender_dies,
}
