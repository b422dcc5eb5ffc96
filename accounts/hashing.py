"""The one place where passwords are hashed: Argon2id on a bounded number of cores.

A hash holds a core for some 25 ms. Without a bound, a crowd at the password page would starve the people whose
approval is already on its way; with one, the crowd waits a moment and is then asked to come back.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts import policy, watching


class HashersBusy(Exception):
    """Every core is hashing and the wait was too long. The door answers 503 with Retry-After."""

    retry_after = policy.HASH_RETRY_AFTER


CORES = os.cpu_count() or 1
_cores = threading.BoundedSemaphore(CORES)
# Since when what is answered here has stood in the line of those who bring a password (time.monotonic).
_since: ContextVar[float | None] = ContextVar("since", default=None)


def came(since: float | None) -> None:
    """Whoever is answered next has waited since then; None: not at all."""
    _since.set(since)


def expect_turn() -> None:
    """Raises HashersBusy for somebody whose turn comes too late: asked before anything is done for them."""
    since = _since.get()
    if since is not None and time.monotonic() - since > policy.HASH_LINE:
        watching.tell("hash-refusal")
        raise HashersBusy


@contextmanager
def _core() -> Iterator[None]:
    if not _cores.acquire(timeout=policy.HASH_WAIT):
        watching.tell("hash-refusal")
        raise HashersBusy
    try:
        with watching.step("hash"):
            yield
    finally:
        _cores.release()


class BoundedArgon2(Argon2PasswordHasher):
    """Argon2id with the numbers of `policy` (OWASP Password Storage; ASVS 5.0 11.4.2), never outside the bound."""

    time_cost = policy.ARGON2_TIME
    memory_cost = policy.ARGON2_MEMORY_KIB
    parallelism = policy.ARGON2_LANES

    def encode(self, password: str, salt: str) -> Any:
        if _is_too_long(password):
            raise ValueError("a password longer than anybody may choose")
        with _core():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> Any:
        if _is_too_long(password):
            return False
        with _core():
            return super().verify(password, encoded)


def _is_too_long(password: str) -> bool:
    """SECURITY: refused before it is hashed, and never cut (R-43)."""
    return len(password.encode()) > policy.PASSWORD_BYTES
