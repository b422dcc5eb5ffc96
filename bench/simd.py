"""`python -m bench.simd N`: one Argon2id with our numbers by two libraries in turn, as JSON.

CPU milliseconds of one; and hashes a second in as many threads as there are cores, which is how many the portal runs.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from nacl import bindings

from accounts.policy import ARGON2_LANES, ARGON2_MEMORY_KIB, ARGON2_TIME

_SALT, _LENGTH = b"salt of a bench.", 32
_WORD = b"measured"


def ours() -> bytes:
    return hash_secret_raw(_WORD, _SALT, ARGON2_TIME, ARGON2_MEMORY_KIB, ARGON2_LANES, _LENGTH, Type.ID)


def simd() -> bytes:
    kind = bindings.crypto_pwhash_ALG_ARGON2ID13
    return bytes(bindings.crypto_pwhash_alg(_LENGTH, _WORD, _SALT, ARGON2_TIME, ARGON2_MEMORY_KIB * 1024, kind))


def main(count: int) -> dict[str, Any]:
    found: dict[str, Any] = {"same": ours() == simd(), "ours": [], "simd": []}
    for _each in range(count):
        found["ours"].append(_cpu(ours))
        found["simd"].append(_cpu(simd))
    return found | {"ours a second": _rate(ours, count), "simd a second": _rate(simd, count)}


def _cpu(once: Callable[[], bytes]) -> float:
    begun = time.process_time()
    once()
    return (time.process_time() - begun) * 1000


def _rate(once: Callable[[], bytes], count: int) -> float:
    cores = len(os.sched_getaffinity(0))
    begun = time.perf_counter()
    with ThreadPoolExecutor(cores) as pool:
        for done in [pool.submit(once) for _each in range(count * cores)]:
            done.result()
    return count * cores / (time.perf_counter() - begun)


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
