"""How long the password step takes to refuse, by the reason that only the portal knows (R-46), at two processes."""

from __future__ import annotations

import json

from bench.figures import Figure, Table, number
from bench.server import Run, run_module, serving

ROUNDS, TRIES = 4, 50
# What the reference asks for: medians within a tenth, or within so many milliseconds.
SHARE, APART = 0.1, 15.0


def measure(run: Run) -> list[Table]:
    rounds, tries = (1, 5) if run.quick else (ROUNDS, TRIES)
    # It starts two processes of its own; of this server it only takes the settings.
    with serving(run) as server:
        took = json.loads(run_module(server.environment, "bench.refusing", str(rounds), str(tries)))
    return [_table({reason: Figure(tuple(map(tuple, each))) for reason, each in took.items()})]


def _table(figures: dict[str, Figure]) -> Table:
    columns = ("Why, which nobody is told", "median", "medians of rounds", "p95", "ratio", "n")
    table = Table("Refused at the password step, ms", columns)
    base = figures["wrong"].median
    for reason, figure in figures.items():
        ratio = f"{figure.median / base:.3f}"
        table.add(reason, number(figure.median), figure.spread, number(figure.p95), ratio, str(figure.n))
    medians = [figure.median for figure in figures.values()]
    apart = max(medians) - min(medians)
    holds = apart <= max(APART, SHARE * base)
    table.remarks.append(
        f"Medians are at most {number(apart)} ms apart. Asked for: a tenth, {number(SHARE * base)} ms, "
        f"or {APART:.0f} ms: {'met' if holds else 'NOT met'}."
    )
    return table
