"""What Django looks for all the time, close at hand: a request's language, time zone and paths; connections.

It keeps them in asgiref's `Local`, which takes a lock, compares threads or asks for a running loop at each look: a page
looks a hundred times, which is a tenth of it. Here the first are variables of the context, as they are in there, and
connections are their thread's.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import Any, Final

from django.db import connections
from django.urls import base as urls
from django.utils import timezone
from django.utils.translation import trans_real

_NOTHING: Final = object()


class Nearby:
    """A `Local` of one value: whoever sets it sees it, and so does what they begin with their context."""

    def __init__(self, name: str) -> None:
        self._kept: ContextVar[Any] = ContextVar(name, default=_NOTHING)

    @property
    def value(self) -> Any:
        found = self._kept.get()
        if found is _NOTHING:
            raise AttributeError("value")
        return found

    @value.setter
    def value(self, given: Any) -> None:
        self._kept.set(given)

    @value.deleter
    def value(self) -> None:
        _ = self.value
        self._kept.set(_NOTHING)


def begin() -> None:
    trans_real._active = Nearby("language")  # type: ignore[attr-defined] # noqa: SLF001
    timezone._active = Nearby("zone")  # type: ignore[attr-defined] # noqa: SLF001
    urls._prefixes, urls._urlconfs = Nearby("prefix"), Nearby("paths")  # type: ignore[attr-defined] # noqa: SLF001
    # SECURITY: one for each thread, as before. In a loop, where asgiref has one for each task, Django refuses to ask.
    kept = threading.local()
    kept.__dict__.update({name: connections[name] for name in connections if hasattr(connections._connections, name)})  # type: ignore[attr-defined] # noqa: SLF001
    connections._connections = kept  # type: ignore[attr-defined] # noqa: SLF001
