"""What Django looks for all the time, close at hand: a request's language, time zone and paths; connections.

It keeps them in asgiref's `Local`, which takes a lock, compares threads or asks for a running loop at each look: a page
looks a hundred times, which is a tenth of it. Here the first are variables of the context, as they are in there, and
connections are their thread's.

And what a page writes is escaped without a search for words that are said later: Django's escape looks for them among
all that it is given, with a generator, and there is one.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from html import escape
from typing import Any, Final

from django.db import connections
from django.urls import base as urls
from django.utils import html, timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
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


_lazily = html.escape


def _escaped(text: Any) -> SafeString:
    return _lazily(text) if isinstance(text, Promise) else SafeString(escape(str(text)))  # nosec B703 escaped


def begin() -> None:
    html.escape = _escaped
    trans_real._active = Nearby("language")  # type: ignore[attr-defined] # noqa: SLF001
    timezone._active = Nearby("zone")  # type: ignore[attr-defined] # noqa: SLF001
    urls._prefixes, urls._urlconfs = Nearby("prefix"), Nearby("paths")  # type: ignore[attr-defined] # noqa: SLF001
    # SECURITY: one for each thread, as before. In a loop, where asgiref has one for each task, Django refuses to ask.
    kept = threading.local()
    kept.__dict__.update({name: connections[name] for name in connections if hasattr(connections._connections, name)})  # type: ignore[attr-defined] # noqa: SLF001
    connections._connections = kept  # type: ignore[attr-defined] # noqa: SLF001
