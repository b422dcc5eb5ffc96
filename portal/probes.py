"""Probes: whether this process runs, and whether people may be sent to it; each part in a word of ours (R-91)."""

from __future__ import annotations

import logging
import threading
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from accounts import redis
from accounts.policy import CLOCK_STOPS
from portal import starting
from portal.draining import draining
from twofactor import policy
from twofactor.models import Delivery

_log = logging.getLogger("portal.probes")
# Seconds for the bell to answer: whoever asks for the probe has not much more.
_BELL_WAIT: Final = 1
# What has lain due for so long nobody looks after: workers come at once, and those who stand in for them after ten.
_LATE = 3 * policy.UNTAKEN
_GOOD: Final = {"database": "answers", "migrations": "applied", "clock": "right"}
# Once seen.
_applied = threading.Event()


@login_not_required
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"live": True})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Ready when the database answers, stands where this code needs it, and has our time (P-49).

    A mute bell and a late outbox are told and keep nobody away: pages ask by themselves, and elsewhere it is the same.
    """
    said = _database()
    good = said == _GOOD and not draining.is_set()
    if said["database"] == "answers":
        said |= {"bell": _bell.word(), "outbox": _outbox()}
    status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"ready": good, "draining": draining.is_set(), **said}, status=status)


def _database() -> dict[str, str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        migrations = "applied" if _is_migrated() else "missing"
        in_time = abs(starting.clock_error()) <= CLOCK_STOPS.total_seconds()
    except DatabaseError:
        return {"database": "away"}
    return {"database": "answers", "migrations": migrations, "clock": "right" if in_time else "wrong"}


def _is_migrated() -> bool:
    """Reading all migrations takes a while, and what has been applied stays: asked until it is so, and then no more."""
    if not _applied.is_set():
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            _applied.set()
    return _applied.is_set()


class _Bell:
    """Asked by one at a time. Whoever comes meanwhile hears what was heard last; before the first, nothing was.

    SECURITY: strangers may ask, too, and each would wait for a Redis that hangs on one of the threads for pages.
    """

    def __init__(self) -> None:
        self._asking, self._last = threading.Lock(), "mute"

    def word(self) -> str:
        """`inside`: this process rings for itself. `mute`: pages learn of an approval by asking."""
        if not settings.REDIS_URL:
            return "inside"
        if self._asking.acquire(blocking=False):
            try:
                self._last = _heard()
            finally:
                self._asking.release()
        return self._last


_bell = _Bell()


def _heard() -> str:
    try:
        with redis.client(socket_timeout=_BELL_WAIT, socket_connect_timeout=_BELL_WAIT) as line:
            line.ping()
    except Exception:  # noqa: BLE001 - whatever keeps it, pages ask by themselves
        _log.warning("the bell does not answer", exc_info=True)
        return "mute"
    return "rings"


def _outbox() -> str:
    late = Delivery.objects.due().filter(next_at__lte=Now() - _LATE).exclude(kind="withdraw")
    return "late" if late.exists() else "moving"
