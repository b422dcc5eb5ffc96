"""Does anything become slower when there are many people and a long record? On PostgreSQL, step by step."""

from __future__ import annotations

import json
import os
from dataclasses import replace

from bench import reference
from bench.figures import Table, number
from bench.server import PEOPLE, Run, run_module, serving
from bench.services import are_here


def measure(run: Run) -> list[Table]:
    if not are_here():
        return []
    users, rounds = (20_000, 5) if run.quick else (100_000, 15)
    if os.environ.get("PORTAL_LONG") == "1":
        users, rounds = 1_000_000, 15
    events = 10 * users
    # It walks in a process of its own; of this server it only takes the settings.
    with serving(replace(run, cluster=True)) as server:
        said = json.loads(run_module(server.environment, "bench.grow", PEOPLE[0], str(users), str(events), str(rounds)))
    return [_table(said, users, events, rounds), _rows(said)]


def _table(said: dict[str, object], users: int, events: int, rounds: int) -> Table:
    table = Table(
        f"With {users:,} people and {events:,} events in the record, ms CPU of PostgreSQL (median of {rounds})",
        ("", "with a handful", "with all of them", "ratio", "whole tables read"),
    )
    scans: list[list[str]] = said["scans"]  # type: ignore[assignment]
    steps: dict[str, tuple[float, float]] = said["steps"]  # type: ignore[assignment]
    grown = []
    for name, (small, large) in steps.items():
        read = sorted({table for step, table, _sql in scans if step == name})
        table.add(name, number(small), number(large), number(large / small) if small else "", ", ".join(read) or "none")
        if large > max(small * reference.GROWN_RATIO, small + reference.GROWN_NOISE):
            grown.append(name)
    whole = [sum(each[at] for each in steps.values()) for at in (0, 1)]
    table.add("all of them", *map(number, whole), number(whole[1] / whole[0]), "")
    table.remarks.append(f"Grown more than {reference.GROWN_RATIO:.0f} times: {', '.join(grown) or 'none'}.")
    longest: dict[str, tuple[float, str]] = said["longest"]  # type: ignore[assignment]
    table.remarks += [f"{step}, the longest: {_short(longest[step][1])}" for step in grown]
    table.remarks += [f"{step} reads all of {name}: {_short(sql)}" for step, name, sql in scans]
    return table


def _rows(said: dict[str, object]) -> Table:
    """What bench/units.py takes over."""
    table = Table(
        "Rows: bytes of one, and how many a sign-in by approval leaves", ("", "row", "in indexes", "a sign-in")
    )
    sizes: dict[str, tuple[float, float]] = said["sizes"]  # type: ignore[assignment]
    written: dict[str, float] = said["written"]  # type: ignore[assignment]
    for name in sorted(sizes.keys() | written.keys()):
        row = (f"{size:,.0f}" for size in sizes[name]) if name in sizes else ("", "")
        table.add(name, *row, f"{written[name]:.1f}" if name in written else "")
    return table


def _short(sql: str) -> str:
    """A statement without its list of columns."""
    words = " ".join(sql.split())
    select, found, rest = words.partition(" FROM ")
    return f"{select[:60]} ... FROM {rest}"[:300] if found else words[:300]
