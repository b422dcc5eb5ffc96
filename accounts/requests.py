"""The name of what this process works on: a page, a socket, an errand. It stands in every line of the log about it.

Whoever looks for what happened to somebody finds all of it by one word, in whichever process it was done.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final, NamedTuple, Self

from django.conf import settings

from accounts import watching

HEADER: Final = "X-Request-ID"
# W3C Trace Context: the place of this request in a trace.
TRACE: Final = "traceparent"
# Where a page keeps it, for what is said of it when all else is done.
KEPT: Final = "portal.request"
# What proxies make: UUIDs, with and without their lines, and random words of letters and digits.
_NAME = re.compile(r"[A-Za-z0-9-]{8,64}")
_current: ContextVar[str] = ContextVar("request", default="")


# Names that nobody has yet. A process that is split off from this one draws its own.
_DRAWN: Final = 64
_ahead: list[str] = []
os.register_at_fork(after_in_child=_ahead.clear)


def current() -> str:
    """The name of what is worked on here and now; nothing where it is nobody's errand."""
    return _current.get()


def of_client(given: str) -> str:
    """The name that a proxy of ours has given to this request, else one of our own.

    SECURITY: without a proxy anybody could say it, and write lines of the log that look like somebody else's.
    """
    return given if settings.PORTAL_PROXIES and _NAME.fullmatch(given) else fresh()


def trace_of_client(given: str) -> str:
    """SECURITY: as with the name, only a proxy of ours says of what this is a part."""
    return given if settings.PORTAL_PROXIES else ""


def fresh() -> str:
    """Not `uuid4`: half as long says the same, and no two of a year are alike."""
    try:
        return _ahead.pop()
    except IndexError:
        # Each draw lets other threads in, and every request begins with one. It is no secret.
        drawn = secrets.token_hex(8 * _DRAWN)
        _ahead.extend(drawn[at : at + 16] for at in range(16, len(drawn), 16))
        return drawn[:16]


class named:
    """What is done inside is done for this one. It does not reach threads that are started there: hand it on.

    It is small, because each socket that waits is inside of one, and thousands wait.
    """

    __slots__ = ("_before", "_name")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._before = _current.get()
        _current.set(self._name)

    def __exit__(self, *_problem: object) -> None:
        # No token: a page may end in another copy of the context than it began in.
        _current.set(self._before)


class Caller(NamedTuple):
    """For whom something is done in another thread or process: the name of the request, and its place in a trace."""

    name: str = ""
    trace: str = ""

    @classmethod
    def here(cls) -> Self:
        return cls(current(), watching.here())

    @classmethod
    def of(cls, headers: Mapping[str, Any]) -> Self:
        return cls(*(headers.get(each) or "" for each in _HEADERS))

    @property
    def headers(self) -> dict[str, str]:
        """As an errand takes it along."""
        return {name: value for name, value in zip(_HEADERS, self, strict=True) if value}


_HEADERS: Final = ("portal_request", TRACE)
NOBODY: Final = Caller()
