"""What our figures are read against. Measured elsewhere, with the same tools, as milliseconds of server CPU.

Machines differ, so every one of them is given in plain hashes: one Argon2id hash with the portal's own parameters,
alone in a process, which cost HASH there and is measured anew in each run here.
"""

from __future__ import annotations

from dataclasses import dataclass

HASH = 22.9
# Plain hashes a second that the two cores there could do at once.
HASHES_A_SECOND = 87.0


@dataclass(frozen=True)
class Peer:
    name: str
    cpu: float
    # Whether people carry a code there, as they do with a text.
    by_code: bool = False

    @property
    def hashes(self) -> float:
        return self.cpu / HASH


# Server CPU of one sign-in without its password hash; with the database's, where that is a process of its own.
ELSEWHERE = (
    Peer("sum of its parts, nothing between them", 3.5),
    Peer("goal, later", 6.0),
    Peer("a prototype of this road, no product around it", 10.4),
    Peer("goal for a release", 12.0),
    Peer("time-based codes in two Django packages, no phone", 40.0, by_code=True),
    Peer("push approval in a self-hosted system that polls", 237.0),
)
# The same beside the stock assembly, which took twice what the goal is.
STOCK_RATIO = 0.5
# Complete sign-ins a second on two cores beside the stock assembly with Argon2id as Django has it: 40 to 9.
STOCK_RATES = 4.4
# Complete sign-ins a second on two cores, each with the same hash.
RATES = (
    ("goal for a release", 40.0),
    ("time-based codes in two Django packages", 31.0),
    ("push approval in a self-hosted system that polls", 6.5),
)
# The pages' budgets: requests and kilobytes over the wire, cold. Fourteen kilobytes are one initial window of TCP.
PAGE_BUDGET = (3, 14_000)
# The authenticator brings all that it ever needs: the first screen may take half of it. A test holds both.
AUTHENTICATOR_BUDGET = (8, 62_000)
WARM_BUDGET = (1, 4_000)
# The answer is on the wire, the page is told: milliseconds, idle.
TOLD_GOAL = 1.0
TOLD_PROTOTYPE = (1.5, 2.3)
# Second factors verified a second, on so many cores; and by when a text is at the carrier, milliseconds.
VERIFIED_GOAL = (200.0, 4)
HANDED_GOAL = 3_000.0
# Errands that one worker of the queue does a second when they do nothing.
ERRANDS = (610.0, 800.0)
# Waiting sockets let in a second; of those who wait: KiB each, per cent of a core, MiB of everything with 10,000.
ACCEPTS_GOAL = 2_500.0
WAITING_GOAL = (25.0, 0.5, 300.0)
# Milliseconds from an approval to the frame, with 10,000 waiting at two processes: p50 and p99.
TOLD_WAITING_GOAL = (1.0, 5.0)
# What a step may take with a million people, of what it takes with a handful; below so many milliseconds it is noise.
GROWN_RATIO, GROWN_NOISE = 2.0, 1.0
# Rendered pages a second from one process, with 16 connections; their p99 in milliseconds; and beside stock.
PAGES_GOAL = (2_200.0, 15.0)
PAGES_RATIO = 3.5
# How many times as fast another library must compute the password's hash before it is worth having two.
SIMD_WORTH = 1.5
