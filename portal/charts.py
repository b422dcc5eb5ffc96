"""Bars as the server draws them: in units of their own, cut into parts, stretched to the room that they get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

# Ten to a column, a hundred high.
COLUMN: Final = 10
_BAR, _HEIGHT = 8, 100
# What is not nothing can be seen, however little it is beside the rest.
_LEAST = 2
_HOURS, _DAYS = 24, 7


@dataclass(frozen=True)
class Piece:
    """One part of a bar: what it stands for, where it begins, and how long it is."""

    name: str
    start: int
    size: int


def cut(parts: Mapping[str, int], whole: int) -> list[Piece]:
    """A bar that lies, with what there is of each part. `whole` is what the longest bar beside it stands for."""
    found, start = [], 0
    for name, count in parts.items():
        if count:
            size = max(_LEAST, round((_HEIGHT - _LEAST * (len(parts) - 1)) * count / whole))
            found.append(Piece(name, start, size))
            start += size
    return found


def standing(pieces: Iterable[Piece]) -> list[Piece]:
    """The same bar upright: pictures count from the top."""
    return [Piece(piece.name, _HEIGHT - piece.start - piece.size, piece.size) for piece in pieces]


def place(number: int) -> int:
    """Where this column's bar begins."""
    return COLUMN * number + (COLUMN - _BAR) // 2


def hours(now: datetime) -> list[datetime]:
    """When the last 24 clock hours began. They are counted through a change of the clocks."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return [hour.astimezone(UTC) - timedelta(hours=back) for back in reversed(range(_HOURS))]


def days(now: datetime) -> list[datetime]:
    """When the last seven days began, in the zone of `now`. A day may have 23 hours."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return [midnight - timedelta(days=back) for back in reversed(range(_DAYS))]


def share(part: int, whole: int) -> int | None:
    """Per cent; None of nothing. Neither 0 nor 100 unless it is exactly that."""
    if not whole:
        return None
    exact = 100 * part / whole
    return round(exact) if part in (0, whole) else min(99, max(1, round(exact)))
