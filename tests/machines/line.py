"""A person's telephone number as it must stand, whatever was done to it within a day: kept beside the portal."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86_400.0


@dataclass
class Line:
    """Which number is theirs, and which one gets their codes: for a day after a change that is the one before it.

    `stood` is the number that any stop link of this day leads back to; both are empty for a first number.
    """

    number: str = ""
    texts: str = "off"
    held_until: float = 0.0
    meanwhile: str = ""
    stood: str = ""
    removed_at: float = -DAY

    def serving(self, now: float) -> str:
        """The number to which a code goes, or nothing when texts are no way to sign in."""
        if not self.number or self.texts != "on":
            return ""
        return self.meanwhile if self.is_held(now) else self.number

    def is_held(self, now: float) -> bool:
        return now < self.held_until

    def bind(self, number: str, now: float) -> None:
        if self.number and not self.is_held(now):
            self.meanwhile = self.stood = self.number
        elif not self.number and now - self.removed_at >= DAY:
            self.meanwhile = self.stood = ""
        # Else a held number, or one removed today, is followed by another: what stood before them still does.
        self.number, self.held_until = number, now + DAY if self.stood else 0.0

    def remove(self, now: float) -> None:
        if not self.is_held(now):
            self.meanwhile, self.stood = "", self.number
        self.number, self.removed_at = "", now

    def stop(self) -> None:
        """Whatever was done today is undone."""
        self.number, self.held_until, self.removed_at = self.stood, 0.0, -DAY
        self.meanwhile = self.stood = ""
