"""What an operator has set in place of a number of ours: PORTAL_P_<NAME> in the environment.

Only numbers that no page states in words are read this way; whether one is outside of its cap, the checks say.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar, cast

PREFIX = "PORTAL_P_"

Number = TypeVar("Number")

# The names that may be set, and those whose value could not be read: the portal does not start with one of these.
NAMES: set[str] = set()
UNREADABLE: set[str] = set()


def own(name: str, ours: Number) -> Number:
    """The operator's number where one is set, else `ours`.

    Args: `name` is that of the constant. Whole numbers count as they are, spans are given in seconds, and limits as
    their counts in the order of their windows, separated by commas; the windows stay.
    """
    NAMES.add(name)
    text = os.environ.get(PREFIX + name)
    if text is None:
        return ours
    try:
        return read(ours, text)
    except ValueError:
        UNREADABLE.add(name)
        return ours


def read(ours: Number, text: str) -> Number:
    """What `text` sets in the place of `ours`. Raises ValueError: not of its kind, or not above 0."""
    if isinstance(ours, tuple):
        counts = [_whole(each) for each in text.split(",")]
        return cast(Number, tuple(replace(limit, count=count) for limit, count in zip(ours, counts, strict=True)))
    if isinstance(ours, timedelta):
        return cast(Number, timedelta(seconds=_whole(text)))
    return cast(Number, _whole(text))


def _whole(text: str) -> int:
    if not (text.isascii() and text.strip().isdigit() and 0 < int(text) < 10**9):
        raise ValueError("not a whole number above 0")
    return int(text)


def unknown() -> list[str]:
    """Variables that look like numbers of ours and are none: a slip of the pen would otherwise change nothing."""
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in NAMES)
