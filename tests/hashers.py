"""Cores that hash for as long as a test wants them to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from accounts import hashing, policy


@contextmanager
def every_core_hashes() -> Iterator[None]:
    """Whoever brings a password meanwhile does not wait long."""
    end = threading.Event()
    for _each in range(hashing.CORES):
        hashing._cores.submit(end.wait)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(policy, "HASH_WAIT", 0.001)
            yield
    finally:
        end.set()
