"""States and moves as tables. A move that is not in the table does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    """A set of states and the events that lead from one to another.

    `moves` maps an event to the states it may start from and the one state it ends in. A row asks `sources(event)`
    and `target(event)` and writes both into a single conditional UPDATE, so that of two racing events one wins.
    """

    start: str
    moves: Mapping[str, tuple[frozenset[str], str]]

    def sources(self, event: str) -> frozenset[str]:
        return self.moves[event][0]

    def target(self, event: str) -> str:
        return self.moves[event][1]

    @property
    def states(self) -> frozenset[str]:
        """Every state that can be reached, the first one included."""
        return frozenset({self.start} | {target for _, target in self.moves.values()})

    def is_final(self, state: str) -> bool:
        return all(state not in sources for sources, _ in self.moves.values())


def machine(start: str, **moves: tuple[str, str]) -> Machine:
    """Read a table such as `approve=("pending", "approved")`; several sources are separated by blanks."""
    return Machine(start, {event: (frozenset(sources.split()), target) for event, (sources, target) in moves.items()})


# A sign-in in progress, from the right password to the session. Only `claim` leads to a session.
LOGIN = machine(
    "pending",
    approve=("pending", "approved"),
    claim=("approved", "consumed"),
    cancel=("pending approved", "cancelled"),
    fail=("pending approved", "failed"),
    supersede=("pending approved", "superseded"),
    lapse=("pending approved", "expired"),
)

# A password that the server has made and one phone can open. Asleep it is worth nothing, and it works once.
TEMPORARY = machine(
    "dormant",
    wake=("dormant", "awake"),
    use=("awake", "used"),
    end=("dormant awake", "over"),
)
