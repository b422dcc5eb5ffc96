"""What a row of the policy table says, and how numbers are written in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from accounts.overrides import PREFIX
from accounts.policy import Limit

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


@dataclass(frozen=True)
class Number:
    """One number of the policy.

    `ours` is written from the constants. `cap` names the bound and its source, `left` where the reference has another
    number and why ours is what it is. `shown` is the test that the code does so: file::test. `names` are the constants
    that an operator may set.
    """

    id: str
    what: str
    ours: str
    cap: str
    left: str
    shown: str
    names: tuple[str, ...] = ()


def span(given: timedelta | float) -> str:
    """A time as people write it: "10 min", "24 h", "90 d"."""
    seconds = given.total_seconds() if isinstance(given, timedelta) else given
    if seconds == 86_400:
        return "24 h"
    for size, unit in _UNITS:
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def budget(limits: Iterable[Limit]) -> str:
    """Limits as people write them: "10 / 10 min, 60 / 24 h"."""
    return ", ".join(f"{limit.count} / {span(limit.seconds)}" for limit in limits)


def as_markdown(numbers: Iterable[Number]) -> str:
    """The table, a line for each number, the columns as in the head."""
    lines = [
        "| id | what | ours | cap and its source | where the reference differs, and why | set by | shown by |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in numbers:
        names = ", ".join(f"`{PREFIX}{name}`" for name in row.names)
        file, _, test = row.shown.partition("::")
        shown = f"`{file}::{test}`" if file else ""
        cells = (row.id, row.what, row.ours, row.cap, row.left, names, shown)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)
