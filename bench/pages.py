"""Rendered pages a second from one server process, with sixteen browsers that never pause."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from bench import reference
from bench.figures import Figure, Table, number
from bench.hammer import hammer
from bench.server import Run, Server, serving
from bench.stock.serving import serving_stock

ROUNDS = 3
CONNECTIONS = 16


@dataclass
class Case:
    name: str
    server: Server
    path: str
    rounds: list[dict[str, float]] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def round(self, seconds: float) -> None:
        before = self.server.cpu
        said = hammer(self.server, self.path, CONNECTIONS, seconds)
        self.rounds.append(said)
        self.cpu.append((self.server.cpu - before) / (said["rate"] * seconds))

    def over(self, value: str) -> Figure:
        return Figure(tuple((each[value],) for each in self.rounds))


def measure(run: Run) -> list[Table]:
    seconds, rounds = (1.0, 1) if run.quick else (4.0, ROUNDS)
    with ExitStack() as stack:
        ours = stack.enter_context(serving(run, "bench.paged:application"))
        stock = stack.enter_context(serving_stock(run))
        cases = [
            Case("a small page with a form, here", ours, "/bench/"),
            Case("the same page, stock", stock, "/sign-in/"),
            Case("the sign-in page, here", ours, "/sign-in/"),
            Case("the probe, which renders nothing, here", ours, "/health/live"),
        ]
        for case in cases:
            case.round(0.5)  # templates are read at the first
            case.rounds.clear()
            case.cpu.clear()
        for _each in range(rounds):
            for case in cases:
                case.round(seconds)
    return [_table(cases)]


def _table(cases: list[Case]) -> Table:
    table = Table(
        f"Pages a second, one server process, {CONNECTIONS} kept connections",
        ("", "a second", "rounds", "p50 ms", "p99 ms", "ms CPU", "of stock"),
    )
    stock = cases[1].over("rate").median
    for case in cases:
        rate = case.over("rate")
        cpu = Figure(tuple((each,) for each in case.cpu)).median
        waits = (number(case.over(value).median) for value in ("p50", "p99"))
        table.add(case.name, number(rate.median), rate.spread, *waits, number(cpu), f"{rate.median / stock:.1f} x")
    rate, p99 = reference.PAGES_GOAL
    table.add("goal for a release", number(rate), "", "", number(p99), "", f"{reference.PAGES_RATIO:.1f} x")
    table.remarks.append("The small page through all of our middleware; p50 and p99 are medians of the rounds.")
    return table
