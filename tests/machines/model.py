"""What must be true of two people, three desks and two phones, whatever they do: kept beside the portal, not in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.policy import CLAIM_LIFE
from tests.machines.line import Line
from twofactor.policy import CHALLENGE_LIFE


@dataclass
class Proof:
    """A second factor that was given for one sign-in, or that none was needed; and when."""

    at: float
    key: str


@dataclass
class Begun:
    """A right password at one desk: whose, in which of their ages, and for which sign-in."""

    user: str
    age: int
    login: str
    proof: Proof | None = None
    used: bool = False


@dataclass
class Model:
    """Ages count what ends everything older: a new password or key, a key given up or locked, "sign out everywhere"."""

    now: float = 0.0
    age: dict[str, int] = field(default_factory=dict)
    key: dict[str, str] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    lines: dict[str, Line] = field(default_factory=dict)
    begun: dict[int, Begun] = field(default_factory=dict)
    seat: dict[int, tuple[str, int]] = field(default_factory=dict)

    # --- What happens ---

    def password(self, desk: int, user: str, login: str) -> None:
        self.seat.pop(desk, None)
        self.begun[desk] = Begun(user, self.age[user], login)

    def prove(self, login: str, key: str) -> None:
        """The key said yes to this sign-in: only the active key of its own person may, and before anything ended it."""
        begun = next((one for one in self.begun.values() if one.login == login), None)
        if begun is None:
            return  # its desk has begun another one since: nobody will claim it
        assert self.key.get(begun.user) == key, "approved by a key that is not this person's active one"
        assert begun.user not in self.locked, "approved by a locked key"
        assert begun.age == self.age[begun.user], "approved after something ended it"
        assert begun.proof is None, "approved twice"
        begun.proof = Proof(self.now, key)

    def prove_by_text(self, login: str, number: str) -> None:
        """A code was typed that had gone to this number: the one that serves its person at this very moment."""
        begun = next(one for one in self.begun.values() if one.login == login)
        assert self.serving(begun.user) == number, "approved by a code of a number that does not serve"
        assert begun.age == self.age[begun.user], "approved after something ended it"
        assert begun.proof is None, "approved twice"
        begun.proof = Proof(self.now, number)

    def end_all(self, user: str, keep: int | None = None) -> None:
        """Everything of this person ends but, where one made the change, the desk that did."""
        goes_on = keep is not None and self.is_seated(keep, user)
        self.age[user] += 1
        if goes_on and keep is not None:
            self.seat[keep] = (user, self.age[user])

    def leave(self, desk: int) -> None:
        self.seat.pop(desk, None)

    # --- What may be ---

    def is_seated(self, desk: int, user: str) -> bool:
        return self.seat.get(desk) == (user, self.age[user])

    def may_sit(self, desk: int) -> bool:
        """Whether this desk has given all that a session needs, and not used it yet."""
        begun = self.begun.get(desk)
        if begun is None or begun.used or begun.age != self.age[begun.user]:
            return False
        serving = self.serving(begun.user)
        if begun.user not in self.key and begun.user not in self.locked and not serving:
            return True  # without any second factor the password is enough (decision 12)
        proof = begun.proof
        in_time = proof is not None and self.now - proof.at <= CLAIM_LIFE.total_seconds()
        return bool(in_time and proof and proof.key in (self.key.get(begun.user), serving or None))

    def serving(self, user: str) -> str:
        line = self.lines.get(user)
        return line.serving(self.now) if line else ""

    def sit(self, desk: int) -> None:
        begun = self.begun[desk]
        begun.used = True
        self.seat[desk] = (begun.user, self.age[begun.user])


# A challenge is answered within this time or not at all; the walk moves the clock over it.
LONGEST_ANSWER = CHALLENGE_LIFE.total_seconds()
