"""A database that is there and says nothing, as on a machine that is paused: who waits for it is let go (FI-04).

The limits of PostgreSQL itself stop with it, and those of the network see a line that is well. Only servers and workers
have this end: a migration may take as long as it takes. A page has waited for one statement, and for one new line after
it, when it says 503.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any, Final

from django.conf import settings

# How often the usual patience is had by workers, who keep nobody waiting, and by pages that count a week's events.
LONGER: Final = 4
_here: ContextVar[int] = ContextVar("patience", default=1)


def lengthen() -> None:
    """What this page asks from now on may take longer."""
    _here.set(LONGER)


def give_an_end(line: Any, times: int) -> None:
    """Whoever asks something on this line waits for the usual patience, so many times, and no longer."""
    line.wait = partial(_wait, line, line.wait, times)


def _wait(line: Any, wait: Callable[..., Any], times: int, generator: Any, *args: Any, **kwargs: Any) -> Any:
    # Not above: only where there is PostgreSQL is there a client of it.
    from psycopg import OperationalError
    from psycopg.pq import TransactionStatus

    try:
        return wait(generator, timeout=max(times, _here.get()) * settings.PORTAL_DATABASE_PATIENCE)
    except OperationalError:
        if line.info.transaction_status == TransactionStatus.ACTIVE:
            # Its answer would be taken for the next one's; and to take back what was begun would wait as long again.
            line.close()
        raise
