"""How strongly and when a session was opened, in the words that applications understand (docs/applications.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpRequest

from accounts import sessions
from accounts.doors import person
from accounts.models import OpenSession, User
from twofactor.models import Factors, Passkey
from twofactor.models.factors import KEY, PASSCODE, PASSKEY, RECOVERY, TEXT, TOTP
from twofactor.strength import came_unasked, held_until, is_unasked

# From the weakest to the strongest; each holds what stands before it. `phr` is the name that OpenID's Extended
# Authentication Profile gives to what no false page can pass on; the others are our own.
LEVELS: Final = ("password", "mfa", "key", "phr")

# What is said at most of a key or a passkey that came in the place of less, or unasked, for its first day.
_IN_DOUBT: Final = "mfa"

# What each factor is, after the password: its level, and the names that RFC 8176 has for what was done.
_FACTORS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "password": ("password", ("pwd",)),
    # The key of a browser lies in software, and answers to a PIN alone.
    KEY: ("key", ("pwd", "swk", "pin", "mfa")),
    # Where its key lies the browser does not say: proof of possession, with the person before it.
    PASSKEY: ("phr", ("pwd", "pop", "user", "mfa")),
    TOTP: ("mfa", ("pwd", "otp", "mfa")),
    # By text or by call: which of the two brought the code that was typed, nobody knows where both were asked for.
    TEXT: ("mfa", ("pwd", "otp", "mfa")),
    RECOVERY: ("mfa", ("pwd", "otp", "mfa")),
    PASSCODE: ("mfa", ("pwd", "otp", "mfa")),
}


@dataclass(frozen=True)
class Opening:
    """What a session was opened with: not what its person has, nor what they have done since."""

    session: OpenSession
    acr: str
    amr: tuple[str, ...]

    @property
    def at(self) -> datetime:
        return self.session.since

    def answers(self, wanted: Sequence[str]) -> str:
        """The first of the levels asked for that this one holds; nothing: it holds none of them."""
        return next((each for each in wanted if holds(self.acr, each)), "")


def here(request: HttpRequest) -> Opening | None:
    """That of the session that asks. None: it has just ended."""
    session = sessions.here(request)
    if session is None:
        return None
    acr, amr = _FACTORS.get(session.factor, _FACTORS["password"])
    in_doubt = held_until(person(request)) is not None or is_unasked(request)
    return Opening(session, _at_most(acr, in_doubt=in_doubt), amr)


def _at_most(acr: str, *, in_doubt: bool) -> str:
    """SECURITY: what the portal's own administration does not open to is no strong sign-in anywhere else."""
    return _IN_DOUBT if in_doubt and holds(acr, _IN_DOUBT) else acr


def of_factor(user: User, factor: str) -> tuple[str, list[str]]:
    """Level and names of what was done with this factor, for visits that no session opened."""
    acr, amr = _FACTORS[factor]
    in_doubt = held_until(user) is not None
    if factor == PASSKEY:
        # Which of them it was is not kept: one that is in doubt is enough.
        in_doubt = in_doubt or any(came_unasked(each) for each in Passkey.objects.bound(user))
    return _at_most(acr, in_doubt=in_doubt), list(amr)


def of_phone() -> tuple[str, list[str]]:
    """The same where a phone was asked and nobody typed a password: its key and its PIN are two factors."""
    return "key", ["swk", "pin", "mfa"]


def holds(acr: str, wanted: str) -> bool:
    """Whether this level is at least the wanted one. A level that we have not is held by none."""
    return wanted in LEVELS and LEVELS.index(acr) >= LEVELS.index(wanted)


def can_reach(user: User, wanted: str) -> bool:
    """Whether this person has what opens a session of that level."""
    factors = Factors.of(user)
    if held_until(user) is not None:
        best = _IN_DOUBT
    elif factors.passkeys:
        best = "phr"
    elif factors.key is not None:
        best = "key"
    else:
        best = "mfa" if factors else "password"
    return holds(best, wanted)
