"""An application, with the CPU time of its password hashes written down: for `python -m bench cpu` and `codes` alone.

It is the one that BENCH_APPLICATION names (`module:name`), or the portal's.

The file that BENCH_HASHES names holds two unsigned 64-bit numbers: how many hashes, and their CPU time in nanoseconds.
"""

from __future__ import annotations

import os
import struct
import threading
import time
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils.module_loading import import_string

from bench.server import APPLICATION

application = import_string(os.environ.get("BENCH_APPLICATION", APPLICATION).replace(":", "."))

LAYOUT = "=QQ"
_file = os.open(os.environ["BENCH_HASHES"], os.O_RDWR | os.O_CREAT, 0o600)
_lock = threading.Lock()
_plain = Argon2PasswordHasher.verify
_count = _spent = 0


def _counted(self: Argon2PasswordHasher, password: str, encoded: str) -> Any:
    global _count, _spent
    begun = time.thread_time_ns()  # one lane of Argon2: all of it is computed in this thread
    try:
        return _plain(self, password, encoded)
    finally:
        spent = time.thread_time_ns() - begun
        with _lock:
            _count, _spent = _count + 1, _spent + spent
            os.pwrite(_file, struct.pack(LAYOUT, _count, _spent), 0)


Argon2PasswordHasher.verify = _counted  # type: ignore[method-assign, assignment]
os.pwrite(_file, struct.pack(LAYOUT, 0, 0), 0)
