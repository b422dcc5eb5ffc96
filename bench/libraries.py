"""The password's hash by two libraries: the one that we use, and libsodium, which computes the same bytes by SIMD."""

from __future__ import annotations

import json

from bench import reference
from bench.figures import Figure, Table, number
from bench.others import with_others
from bench.server import Run, run_module
from tests.given import inherited

ROUNDS = 3


def measure(run: Run) -> list[Table]:
    count, rounds = (10, 1) if run.quick else (30, ROUNDS)
    environment = with_others(inherited())
    said = [json.loads(run_module(environment, "bench.simd", str(count))) for _each in range(rounds)]
    table = Table(f"One Argon2id, {count} of each in turn ({rounds} rounds)", ("", "ms CPU", "rounds", "a second"))
    figures = {}
    for name, words in (("ours", "argon2-cffi"), ("simd", "libsodium (PyNaCl)")):
        figures[name] = Figure(tuple(tuple(each[name]) for each in said))
        rate = Figure(tuple((each[f"{name} a second"],) for each in said))
        table.add(words, number(figures[name].median), figures[name].spread, number(rate.median))
    ratio = figures["ours"].median / figures["simd"].median
    table.remarks += [
        f"The same bytes: {'yes' if all(each['same'] for each in said) else 'NO'}. A second: a thread for each core.",
        f"libsodium is {ratio:.2f} times as fast; worth a second library from {reference.SIMD_WORTH} on.",
    ]
    return [table]
