"""Which processes of this portal are there: each says so in Redis now and then, and is forgotten a minute later."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final

from django.conf import settings

from accounts import redis
from portal import metrics

_log = logging.getLogger("portal.seen")
PAGES, WORKER = "pages", "worker"
_PREFIX: Final = "portal:process:"
# Seconds: for Redis to answer, and until a process that says nothing is forgotten.
_WAIT, _KEPT = 1, 60
_ROOMS, _CODE = ("accounts", "applications", "portal", "templates", "twofactor"), (".py", ".html")


@dataclass(frozen=True)
class Process:
    """What it does and since when. `code` is the same for all that run the same files."""

    name: str
    kind: str
    code: str
    since: datetime


def tell(kind: str) -> None:
    """This process is there, and does this. Said every few seconds."""
    said = json.dumps([kind, _code(), metrics.began().timestamp()])
    try:
        with redis.client(socket_timeout=_WAIT, socket_connect_timeout=_WAIT) as line:
            line.set(f"{_PREFIX}{socket.gethostname()} {os.getpid()}", said, ex=_KEPT)
    except Exception:  # noqa: BLE001 - whatever keeps it: it is said again
        _log.debug("Redis was not told of this process", exc_info=True)


@cache
def _code() -> str:
    """Read when it begins: files that are exchanged under a process are not what it runs."""
    files = (file for room in _ROOMS for file in (settings.BASE_DIR / room).rglob("*") if file.suffix in _CODE)
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in sorted(files))).hexdigest()[:8]


def processes() -> list[Process]:
    """Those that have said so lately; none without Redis, or where it is away."""
    if not settings.REDIS_URL:
        return []
    try:
        with redis.client(socket_timeout=_WAIT, socket_connect_timeout=_WAIT, decode_responses=True) as line:
            said = {key: line.get(key) for key in line.scan_iter(f"{_PREFIX}*", count=1000)}
        return [_read(key.removeprefix(_PREFIX), value) for key, value in sorted(said.items()) if value]
    except Exception:  # noqa: BLE001 - the page shows all the rest
        _log.warning("the processes could not be read", exc_info=True)
        return []


def _read(name: str, said: str) -> Process:
    kind, code, since = json.loads(said)
    return Process(name, kind, code, datetime.fromtimestamp(since, UTC))
