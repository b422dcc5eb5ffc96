"""The portal's application, with the moment of each commit that rings a bell written down: for `bench waiting` alone.

The file that BENCH_RUNG names gets a line "GROUP SECONDS" by time.monotonic(), which all processes share.
"""

from __future__ import annotations

import os
import time

from django.db import transaction

from portal.asgi import application
from twofactor import live

__all__ = ["application"]

_file = os.open(os.environ["BENCH_RUNG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
_plain = live.ring


def _stamped(group: str, word: str = "") -> None:
    # Before the bell's own: what is written down first is committed, and not rung yet.
    transaction.on_commit(lambda: _write(group))
    _plain(group, word)


def _write(group: str) -> None:
    os.write(_file, f"{group} {time.monotonic():.6f}\n".encode())


live.ring = _stamped
