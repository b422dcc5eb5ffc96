"""What an event loop has one of: nobody there waits with the futures and the timers of another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class OfEachLoop(Generic[_T]):
    """Made by `make` when it is first asked for, and gone once its loop is closed."""

    def __init__(self, make: Callable[[asyncio.AbstractEventLoop], _T]) -> None:
        self._make = make
        self._all: dict[asyncio.AbstractEventLoop, _T] = {}

    def here(self) -> _T:
        """That of the event loop that runs."""
        loop = asyncio.get_running_loop()
        found = self._all.get(loop)
        if found is None:
            self._forget_the_closed()
            found = self._all[loop] = self._make(loop)
        return found

    def _forget_the_closed(self) -> None:
        # What is made knows its loop, so a weak hold would keep both for ever.
        for loop in [each for each in list(self._all) if each.is_closed()]:
            self._all.pop(loop, None)
