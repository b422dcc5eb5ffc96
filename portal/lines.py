"""Lines to PostgreSQL, as whoever serves people has them: with an end to each wait, and kept as long as they stand.

Whether one still stands is seen without a question to it: each page would wait for the answer. A server that goes, or
that ends a line, closes it, and says why: there is something to read that nobody has asked for. A line that is silent
is used. If it was cut off on its way, its first statement fails as the question would have, and the page says 503
(FI-04); after an error Django's own question is asked.
"""

from __future__ import annotations

import select
from functools import partial
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from portal import patience


def begin(times: int = 1) -> None:
    """For every connection of this process that is opened from now on. It has the usual patience so many times."""
    connection_created.connect(partial(_take_up, times), weak=False, dispatch_uid="portal.lines")


def _take_up(times: int, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.vendor == "postgresql":
        connection.is_usable = partial(_is_usable, connection)  # type: ignore[method-assign]
        patience.give_an_end(connection.connection, times)


def _is_usable(connection: BaseDatabaseWrapper) -> bool:
    line = connection.connection
    if line is None or line.closed:
        return False
    if connection.errors_occurred or _has_spoken(line.fileno()):
        return type(connection).is_usable(connection)
    return True


def _has_spoken(file: int) -> bool:
    # Not select(): it knows no file above 1,023, and every socket that waits is one.
    asked = select.poll()
    asked.register(file, select.POLLIN | select.POLLPRI)
    return bool(asked.poll(0))
