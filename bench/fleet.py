"""The finished portal under three servers, each as one process on SQLite: `python -m bench servers`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.figures import Figure, Table, number
from bench.hammer import hammer
from bench.load import load
from bench.others import with_others
from bench.road import Pair
from bench.server import DAPHNE, PEOPLE, UVICORN, Run, Server, serving
from tests.given import inherited

ROUNDS = 3
CONNECTIONS, FLIGHT = 16, 64
_GRANIAN = ("bench.doorway", "{fd}", "--interface", "asginl", "--loop", "uvloop", "--log-level", "warning")


@dataclass
class Case:
    name: str
    command: tuple[str, ...]
    rounds: list[tuple[float, ...]] = field(default_factory=list)

    def over(self, at: int) -> Figure:
        return Figure(tuple((each[at],) for each in self.rounds))


def measure(run: Run) -> list[Table]:
    sockets, signs, seconds, rounds = (100, 5, 1.0, 1) if run.quick else (1_000, 20, 4.0, ROUNDS)
    cases = [
        Case("daphne, guarded", DAPHNE),
        Case("uvicorn (uvloop, httptools, wsproto), guarded", UVICORN),
        Case("granian (uvloop)", (*_GRANIAN, "{application}")),
    ]
    for _each in range(rounds):
        for case in cases:
            case.rounds.append(_round(run, case, sockets, signs, seconds))
    return [_table(cases, sockets)]


def _round(run: Run, case: Case, sockets: int, signs: int, seconds: float) -> tuple[float, ...]:
    with ExitStack() as stack:
        server = stack.enter_context(_serving(run, case.command))
        pair = stack.enter_context(closing(Pair(server.base_url, PEOPLE[0])))
        crowd = stack.enter_context(load(server))
        cpu = server.cpu
        for _each in range(signs):
            pair.sign_in()
        a_sign_in = (server.cpu - cpu) / signs
        pages = hammer(server, "/sign-in/", CONNECTIONS, seconds, X_Forwarded_For="198.51.100.9")
        crowd.ask("fill", count=16)
        crowd.ask("open", ports=[server.port], flight=16)
        before = server.memory
        crowd.ask("fill", count=sockets)
        came = crowd.ask("open", ports=[server.port], flight=FLIGHT)
        room = (server.memory - before) / 1024 / sockets
    return pages["rate"], pages["p99"], came["opened"] / came["seconds"], room, a_sign_in


@contextlib.contextmanager
def _serving(run: Run, command: tuple[str, ...]) -> Iterator[Server]:
    """As it is, or the process below it that does the work."""
    others = with_others(inherited())["PYTHONPATH"]
    with serving(replace(run, cluster=False), command=command, PORTAL_PROXIES="1", PYTHONPATH=others) as server:
        below = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        yield replace(server, pid=int(below[-1])) if below else server


def _table(cases: list[Case], sockets: int) -> Table:
    table = Table(
        "The portal under three servers, one process",
        ("", "sign-in page a second", "p99 ms", "let in a second", "KiB a socket", "ms CPU a sign-in", "of daphne"),
    )
    base = cases[0].over(0).median
    for case in cases:
        figures = [number(case.over(at).median) for at in range(5)]
        table.add(case.name, *figures, f"{case.over(0).median / base:.2f} x")
    table.remarks += [
        f"{CONNECTIONS} kept connections; {sockets:,} sockets with a signed ticket; whole sign-ins with their hash.",
        "granian as it comes: it bounds no frame and no body, and sends nobody elsewhere when it ends.",
    ]
    return table
