"""What one of each costs, as it was measured, with the run that says so: what `bench.scaling` computes from.

Whoever measures anew writes the figure and its run here; nothing else knows them. Milliseconds are of one core of the
machine that docs/performance.md names.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    value: float
    of: str
    # The command that gives it, the form it ran in, and the day.
    run: str


_CPU = "bench cpu, 2026-11-24"
_COSTS = "bench costs, 2026-11-24"
_WAITING = "bench waiting --waiting 10000, 2026-11-24"
_OUTBOX = "bench outbox, 2026-11-23"

UNITS = {
    "hash": Unit(21.6, "ms CPU, the password's hash in the server", _CPU),
    "sign_in": Unit(47.1, "ms CPU, a sign-in without its hash, on PostgreSQL", _COSTS),
    "database": Unit(18.0, "ms CPU of PostgreSQL, a sign-in", _COSTS),
    "let_in": Unit(0.31, "ms CPU, a socket let in, its ticket used up", _COSTS),
    "let_in_database": Unit(0.12, "ms CPU of PostgreSQL, a socket let in", _COSTS),
    "idle": Unit(0.01, "ms CPU, a second of a socket that waits", _COSTS),
    "idle_database": Unit(0.01, "ms CPU of PostgreSQL, a second of a socket that waits", _COSTS),
    "linked": Unit(2_053.0, "events a second that get their place in one record", _COSTS),
    "socket": Unit(8.4, "KiB, a socket that waits", _WAITING),
    "process": Unit(138.0, "MiB, a server process, with the hashes of two cores", _WAITING),
    "published": Unit(6.0, "messages to Redis, a sign-in", "counted by Redis, 2026-11-23"),
    "errand": Unit(18.3, "ms CPU of a worker, a text or a push", _OUTBOX),
}

# Bytes of a row and of its entries in indexes, and how many a sign-in by approval leaves (0: a person's).
ROWS: dict[str, tuple[float, float, float]] = {
    "accounts_auditevent": (315, 267, 6.8),
    "twofactor_receipt": (1_366, 63, 1.0),
    "accounts_login": (234, 193, 1.0),
    "twofactor_challenge": (455, 325, 1.0),
    "twofactor_askedquestion": (60, 76, 1.0),
    "accounts_user": (234, 131, 0),
    "twofactor_portalkey": (585, 243, 0),
    "twofactor_activation": (293, 313, 0),
    "accounts_knownbrowser": (149, 149, 0),
    "accounts_opensession": (134, 199, 0),
    "django_session": (431, 160, 0),
    "accounts_tally": (85, 109, 0),
}
