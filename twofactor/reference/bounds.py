"""The caps: whoever sets a number outside of one hears of it when the portal starts, or it does not start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from accounts import policy as people
from twofactor import policy
from twofactor.protocol import activation

_ANY = float("inf")


@dataclass(frozen=True)
class Bound:
    """One cap: `value` is from `least` to `most`; outside of that the portal `refuses` to start, or warns."""

    id: str
    name: str
    value: Callable[[], float]
    least: float
    most: float
    source: str
    refuses: bool = False

    @property
    def holds(self) -> bool:
        return self.least <= self.value() <= self.most

    @property
    def words(self) -> str:
        """The cap in words: what, where it is, where it may be, who says so."""
        edge = f"at least {self.least:g}" if self.value() < self.least else f"at most {self.most:g}"
        return f"{self.name} is {self.value():g} and should be {edge} ({self.id}: {self.source})."


def _seconds(given: timedelta) -> float:
    return given.total_seconds()


_NIST_OOB = "NIST SP 800-63B-4 3.1.3.2"
_NIST_SESSION = "NIST SP 800-63B-4 2.2.3"
BOUNDS = (
    Bound("P-01", "LOGIN_LIFE", lambda: _seconds(people.LOGIN_LIFE), 1, 600, _NIST_OOB, refuses=True),
    Bound("P-02", "CHALLENGE_LIFE", lambda: _seconds(policy.CHALLENGE_LIFE), 1, 600, _NIST_OOB),
    Bound("P-10", "NONCE_BYTES", lambda: policy.NONCE_BYTES, 8, _ANY, "ASVS 5.0 6.7.2", refuses=True),
    Bound("P-14", "CODE_LIFE", lambda: _seconds(policy.CODE_LIFE), 1, 600, _NIST_OOB),
    Bound(
        "P-22",
        "FACTOR_PERSON (the most in a day)",
        lambda: max(limit.count for limit in people.FACTOR_PERSON),
        1,
        100,
        "NIST SP 800-63B-4 3.2.2",
    ),
    Bound("P-23", "DESK_LOCKS", lambda: policy.DESK_LOCKS, 1, 100, "NIST SP 800-63B-4 3.2.2", refuses=True),
    Bound(
        "P-28",
        "bits of an activation code",
        lambda: 5 * activation.LENGTH,
        40,
        _ANY,
        "NIST SP 800-63B-4 4.1.2.2",
        refuses=True,
    ),
    Bound("P-29", "ACTIVATION_LIFE", lambda: _seconds(policy.ACTIVATION_LIFE), 1, 600, "NIST SP 800-63B-4 4.1.2.2"),
    Bound("P-32", "PIN_SHORTEST", lambda: policy.PIN_SHORTEST, 4, _ANY, "NIST SP 800-63B-4 3.2.10"),
    Bound("P-33", "PIN_LOCKS", lambda: policy.PIN_LOCKS, 1, 10, "NIST SP 800-63B-4 3.2.10", refuses=True),
    Bound("P-35", "bits of a recovery code", lambda: 5 * policy.RECOVERY_LENGTH, 64, _ANY, "NIST SP 800-63B-4 4.2.1.1"),
    Bound("P-36", "PASSWORD_SHORTEST", lambda: people.PASSWORD_SHORTEST, 8, _ANY, "NIST SP 800-63B-4 3.1.1.2"),
    Bound("P-37", "ARGON2_MEMORY_KIB", lambda: people.ARGON2_MEMORY_KIB, 19_456, _ANY, "OWASP Password Storage"),
    Bound("P-39", "PIN_ROUNDS", lambda: policy.PIN_ROUNDS, 600_000, _ANY, "ASVS 5.0 appendix C"),
    Bound("P-40", "SESSION_IDLE", lambda: people.SESSION_IDLE, 1, 3600, _NIST_SESSION),
    Bound("P-40", "SESSION_LIFE", lambda: people.SESSION_LIFE, 1, 86_400, _NIST_SESSION),
    Bound("P-40", "STAFF_SESSION_IDLE", lambda: people.STAFF_SESSION_IDLE, 1, people.SESSION_IDLE, "as for clients"),
    Bound("P-40", "STAFF_SESSION_LIFE", lambda: people.STAFF_SESSION_LIFE, 1, people.SESSION_LIFE, "as for clients"),
    Bound("P-41", "bits of a session's id", lambda: 5 * people.SESSION_ID_LENGTH, 128, _ANY, "ASVS 5.0 7.2.3"),
    Bound("P-48", "DORMANT_AFTER", lambda: _seconds(people.DORMANT_AFTER), 1, 90 * 86_400, "CISA AA22-074A"),
    Bound("P-50", "HSTS_LIFE", lambda: _seconds(people.HSTS_LIFE), 365 * 86_400, _ANY, "ASVS 5.0 3.4.1"),
)
