"""The counters of accounts/limits.py written down once more, without a database, and the most that they let through."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.policy import Backoff, Limit

DAY = 86_400
MONTH = 30 * DAY


@dataclass
class Windows:
    """Limits that belong together: windows that begin with their first event, room in all of them or none."""

    limits: tuple[Limit, ...]
    rows: dict[str, tuple[int, float]] = field(default_factory=dict)

    def take(self, now: float) -> bool:
        taken = {}
        for limit in self.limits:
            count, resets = self.rows.get(limit.name, (0, now))
            count, resets = (0, now + limit.seconds) if resets <= now else (count, resets)
            if count >= limit.count:
                return False
            taken[limit.name] = (count + 1, resets)
        self.rows |= taken
        return True

    def give_back(self) -> None:
        self.rows = {name: (max(0, count - 1), resets) for name, (count, resets) in self.rows.items()}

    def opens(self, now: float) -> float:
        """The first moment from now on at which there is room."""
        full = [self.rows[limit.name] for limit in self.limits if limit.name in self.rows]
        return max([now, *(resets for at, (count, resets) in enumerate(full) if count >= self.limits[at].count)])


@dataclass
class Waits:
    """Free tries, then waits that double; forgotten after a window of peace."""

    backoff: Backoff
    count: int = 0
    open_at: float = 0.0
    resets: float = 0.0

    def take(self, now: float) -> bool:
        if self.open_at > now:
            return False
        self.count = 1 + (self.count if self.resets > now else 0)
        wait = self.backoff.wait(self.count)
        self.open_at, self.resets = now + wait, now + wait + self.backoff.window
        return True


def most_in_windows(limits: tuple[Limit, ...], span: int) -> int:
    """No schedule gets more through within `span` seconds of its first event than the slowest window alone allows."""
    return min(limit.count * -(-span // limit.seconds) for limit in limits)


def most_in_waits(backoff: Backoff, span: int) -> int:
    """The most that any schedule gets through within `span` seconds: series of tries, each forgotten before the next.

    By dynamic programming over how long each series is: a series that waits no longer than it must is never worse.
    """
    longest = backoff.free + 20
    waits = [0]
    for count in range(1, longest + 1):
        waits.append(waits[-1] + backoff.wait(count))
    # When so many tries are made and forgotten at the earliest; the last series need not be forgotten.
    forgotten = [0]
    while True:
        made = len(forgotten)
        series = range(1, min(made, longest) + 1)
        if min(forgotten[made - size] + waits[size - 1] for size in series) >= span:
            return made - 1
        forgotten.append(min(forgotten[made - size] + waits[size] + backoff.window for size in series))


def best_series(backoff: Backoff) -> int:
    """How many tries in a row a patient guesser makes before keeping the peace: the most for the time."""
    costs = {}
    waited = backoff.window
    for size in range(1, backoff.free + 20):
        waited += backoff.wait(size)
        costs[size] = waited / size
    return min(costs, key=costs.__getitem__)
