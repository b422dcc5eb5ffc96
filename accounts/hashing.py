"""The one place where passwords are hashed: Argon2id on a bounded number of cores.

A hash holds a core for some 25 ms. Without a bound, a crowd at the password page would starve the people whose
approval is already on its way; with one, the crowd waits a moment and is then asked to come back. The threads that
hash are few and always the same: the C library keeps the 19 MiB of a hash for each thread that has computed one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any, Final

from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts import policy, watching


class HashersBusy(Exception):
    """Every core is hashing and the wait was too long. The door answers 503 with Retry-After."""

    retry_after = policy.HASH_RETRY_AFTER


def cores(groups: Path = Path("/sys/fs/cgroup")) -> int:
    """How many cores this process may use at once: those it is bound to, and no more than its quota, rounded up.

    The quota is a container's (`docker run --cpus`), whose control group this folder shows from within: `cpu.max` of
    version 2 ("200000 100000", "max 100000"), `cpu/cpu.cfs_quota_us` (-1: none) and `cpu/cpu.cfs_period_us` of version
    1. What is not there, or cannot be read, is no quota.
    """
    bound = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    for files in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        with suppress(OSError, ValueError):
            quota, period = (int(number) for file in files for number in (groups / file).read_text().split())
            if quota > 0 and period > 0:
                return min(bound, -(-quota // period))
    return bound


CORES = cores()
# Where both want the same core, whoever answers a page has three quarters of it, and waits less to get it (sched(7)).
# With more, somebody who types a password on a busy machine would wait for long.
_NICER: Final = 5


def _give_way() -> None:
    """This thread alone, as Linux has it; elsewhere it would be the whole process. Who may not give way takes turns."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.nice(_NICER)


_cores = ThreadPoolExecutor(CORES, "hash", _give_way)


def _on_a_core(compute: Callable[[str, str], Any], *given: str) -> Any:
    """Raises HashersBusy where none is free in time."""
    errand = _cores.submit(copy_context().run, _timed, compute, *given)
    try:
        return errand.result(policy.HASH_WAIT)
    except TimeoutError:
        if not errand.cancel():
            return errand.result()
        watching.tell("hash-refusal")
        raise HashersBusy from None


def _timed(compute: Callable[[str, str], Any], *given: str) -> Any:
    with watching.step("hash"):
        return compute(*given)


class BoundedArgon2(Argon2PasswordHasher):
    """Argon2id with the numbers of `policy` (OWASP Password Storage; ASVS 5.0 11.4.2), never outside the bound."""

    time_cost = policy.ARGON2_TIME
    memory_cost = policy.ARGON2_MEMORY_KIB
    parallelism = policy.ARGON2_LANES

    def encode(self, password: str, salt: str) -> Any:
        if _is_too_long(password):
            raise ValueError("a password longer than anybody may choose")
        return _on_a_core(super().encode, password, salt)

    def verify(self, password: str, encoded: str) -> Any:
        if _is_too_long(password):
            return False
        return _on_a_core(super().verify, password, encoded)


def _is_too_long(password: str) -> bool:
    """SECURITY: refused before it is hashed, and never cut (R-43)."""
    return len(password.encode()) > policy.PASSWORD_BYTES
