"""What every server process sees to before it serves: safe settings, its files, a right clock, no second one (R-92)."""

from __future__ import annotations

import fcntl
import logging
import os
import sys
import time
from functools import partial
from typing import Final

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import checks
from django.db import DatabaseError, connection

from accounts.policy import CLOCK_STOPS, CLOCK_WARNS
from portal import lines, seen
from twofactor import tasks
from twofactor.checks import TAG

_log = logging.getLogger("portal.starting")
# As the command has it.
_NEVER_COLLECTED: Final = ["CVS", ".*", "*~"]


def begin() -> None:
    """Refuse to start where it would not be safe, each reason in a sentence on standard error.

    SECURITY: a server that is started by its own command runs no checks of Django's; this one does (AT-129).
    """
    lines.begin()
    if settings.REDIS_URL:
        tasks.chores.append(partial(seen.tell, seen.PAGES))
    found = [each for each in checks.run_checks(tags=[TAG]) if not each.is_silenced()]
    for each in found:
        if not each.is_serious():
            _log.warning("%s (%s)", each.msg, each.id)
    reasons = [f"{each.msg} ({each.id})" for each in found if each.is_serious()]
    reasons += [*_not_collected(), *_wrong_clock(), *_not_alone()]
    if reasons:
        sys.exit("The portal does not start.\n" + "\n".join(reasons))


def _not_collected() -> list[str]:
    """No page can be made that names a file which was not collected, and the probes ask for no page."""
    # The tests of one part alone keep their files elsewhere.
    collected = getattr(staticfiles_storage, "hashed_files", None)
    if collected is None:
        return []
    ours = (name for finder in get_finders() for name, _place in finder.list(_NEVER_COLLECTED))
    missing = next((name for name in ours if name not in collected), None)
    if missing is None:
        return []
    where = f"{missing} is not among the collected files in {settings.STATIC_ROOT} (PORTAL_STATIC_ROOT)"
    return [f"{where}: run `python manage.py collectstatic --noinput`."]


def clock_error() -> float:
    """Seconds by which our clock is before (above 0) or behind the database's, which judges what has expired (P-49).

    Raises DatabaseError when there is no database.
    """
    if connection.vendor != "postgresql":
        # The database is a file of this machine: its clock is ours.
        return 0.0
    with connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        theirs = float(cursor.fetchone()[0])
        return (before + time.time()) / 2 - theirs


def _wrong_clock() -> list[str]:
    try:
        error = abs(clock_error())
    except DatabaseError:
        # It is not there yet: the probe looks again before anybody is sent here.
        return []
    finally:
        if connection.vendor == "postgresql":
            connection.close()
    if error > CLOCK_STOPS.total_seconds():
        return [f"Our clock and the database's are {error:.0f} seconds apart: set both by NTP (P-49)."]
    if error > CLOCK_WARNS.total_seconds():
        _log.warning("our clock and the database's are %.1f seconds apart: set both by NTP (P-49)", error)
    return []


def _not_alone() -> list[str]:
    """Without Redis a bell is heard in one process alone: a second one on the same folder is a mistake in the setup."""
    if settings.REDIS_URL or settings.PORTAL_DEMO:
        return []
    try:
        # Kept open, and so locked, for as long as this process lives.
        door = os.open(settings.PORTAL_DATA / "serving.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return ["Another process serves from this PORTAL_DATA already: several need PostgreSQL and REDIS_URL."]
    except OSError:
        # A folder that cannot be written to keeps nothing, and so nothing that two could disagree about.
        return []
    return []
