"""Whether this process is about to end: it finishes what it has, and nobody new is sent to it."""

import secrets
import threading

from twofactor import policy

draining = threading.Event()


def moment(many: int) -> float:
    """Seconds after which one of so many is sent elsewhere: not all of them knock at the others' door at once."""
    return min(policy.DRAIN_SPREAD, many / 1000) * secrets.randbelow(1000) / 1000
