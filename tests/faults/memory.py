"""What each process of a portal under faults keeps for itself, from its first to its last reading."""

import statistics
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from tests.faults.fragile import Fragile

# Memory says something once a process has been up for so many seconds.
WARM = 600
# It is flat if in an hour it grows by no more than this share of itself, or by so many KiB of chance. The second half
# of that time is asked: after the first faults threads and tables still take what they then keep, and a leak goes on.
GROWTH, CHANCE = 0.05, 4096


@dataclass
class Life:
    """One process, or one that has started others: second, people signed in so far, and KiB of its own."""

    pid: int
    readings: list[tuple[float, int, int]] = field(default_factory=list)

    @property
    def warm(self) -> list[tuple[float, int, int]]:
        return [each for each in self.readings if each[0] > self.readings[0][0] + WARM]

    @property
    def settled(self) -> list[tuple[float, int, int]]:
        middle = (self.warm[0][0] + self.warm[-1][0]) / 2
        return [each for each in self.warm if each[0] >= middle]

    @property
    def is_known(self) -> bool:
        """Whether it was up for long enough, and busy."""
        return len(self.warm) > 2 and self.settled[0][1] != self.settled[-1][1]

    @property
    def an_hour(self) -> float:
        """KiB by which it grows in an hour, once it has settled."""
        return 3600 * _slope([(at, kib) for at, _people, kib in self.settled])

    @property
    def a_thousand(self) -> float:
        """KiB by which it grows with each thousand people who sign in."""
        return 1000 * _slope([(people, kib) for _at, people, kib in self.settled])

    @property
    def is_flat(self) -> bool:
        return not self.is_known or self.an_hour <= max(GROWTH * self.settled[0][2], CHANCE)

    def __str__(self) -> str:
        first, last = (self.readings[at][2] / 1024 for at in (0, -1))
        if not self.is_known:
            return f"{first:.1f} MiB at first, {last:.1f} at last, too short to say more"
        warm, settled = self.warm[0][2] / 1024, self.settled[0][2] / 1024
        most = max(kib for _at, _people, kib in self.warm) / 1024
        return (
            f"{first:.1f} MiB at first, {warm:.1f} when warm, {settled:.1f} after half of the rest, "
            f"{most:.1f} at most, {last:.1f} at last; in its second half {self.a_thousand:+,.0f} KiB with each "
            f"1,000 sign-ins, {self.an_hour / self.settled[0][2]:+.1%} an hour"
        )


def _slope(points: list[tuple[float, float]]) -> float:
    """The median of the slopes between any two (Theil and Sen): that one more core begins to hash is no growth."""
    pairs = combinations(points, 2)
    return statistics.median((later - y) / (end - x) for (x, y), (end, later) in pairs if end != x)


class Memory:
    """All parts of it, each with its lives."""

    def __init__(self) -> None:
        self.lives: dict[str, list[Life]] = {}

    def read(self, cluster: Fragile, at: float, people: int) -> None:
        for part, pid in _parts(cluster).items():
            lives = self.lives.setdefault(part, [])
            if not lives or lives[-1].pid != pid:
                lives.append(Life(pid))
            lives[-1].readings.append((at, people, _own(pid)))

    @property
    def longest(self) -> dict[str, Life]:
        return {part: max(lives, key=lambda life: len(life.readings)) for part, lives in self.lives.items()}


def _parts(cluster: Fragile) -> dict[str, int]:
    pages = {f"pages {server.name}": server.process.pid for server in cluster.servers}
    others = {"worker": cluster.worker.process.pid, "Redis": cluster.bell.process.pid}
    return pages | others | {"PostgreSQL": cluster.database.processes[0]}


def _own(pid: int) -> int:
    """KiB that neither a file nor another process has, of it and of all that it has started."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        started = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):  # one that was just ending
        return 0
    own = [int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")]
    return sum(own) + sum(_own(int(each)) for each in started)
