"""The 8-digit response to a challenge's question, and reading the digits people carry.

OCRA (RFC 6287, in `rfc6287`) with one suite, whose questions are six ASCII digits read as text (QA). With numeric
questions (QN) the number is written in hexadecimal and padded on the right: 000001, 000016 and 000256 are one question.
"""

import hmac
import re
from dataclasses import dataclass
from typing import Final

from .errors import Misused
from .rfc6287 import by_step, compute
from .typed import bare

__all__ = [
    "DRIFT_HINT",
    "STEP",
    "SUITE",
    "WINDOW",
    "Match",
    "check",
    "compute",
    "read_number",
    "read_response",
    "respond",
]

SUITE: Final = "OCRA-1:HOTP-SHA256-8:QA06-T1M"
STEP: Final = 60
"""Seconds in one step of the time input."""
WINDOW: Final = 3
"""Steps to either side of the server's own in which a response is good."""
DRIFT_HINT: Final = 24 * 60
"""Steps to either side in which a response outside the window still tells how far off the phone's clock is."""

# ASCII only: \d, int() and str.isdigit() would also take the digits of every other script.
_SIX_DIGITS = re.compile(r"[0-9]{6}")
_EIGHT_DIGITS = re.compile(r"[0-9]{8}")


@dataclass(frozen=True, slots=True)
class Match:
    """The verdict on a response.

    `off_by` is None unless the response is right for another minute of the day before or after: then it is by how
    many minutes the phone's clock is off, positive when it is ahead.
    """

    ok: bool
    off_by: int | None = None


def respond(key: bytes, question: str, now: float) -> str:
    """Return the eight digits that answer `question` (six ASCII digits) under `key` at `now` (Unix seconds)."""
    _require_question(question)
    return compute(SUITE, key, question, step=int(now // STEP))


def check(key: bytes, question: str, response: str, now: float) -> Match:
    """Judge a `response` to `question` under `key` at `now` (Unix seconds, the server's clock).

    Any text may stand in `response`. Single use is not judged here: it comes from the challenge, which is settled once.
    """
    _require_question(question)
    ours = int(now // STEP)
    right = by_step(SUITE, key, question)
    given = response.encode("utf-8", "replace")

    def matches(offset: int) -> bool:
        return hmac.compare_digest(right(ours + offset).encode(), given)

    # SECURITY: a list first: every step of the window is compared, whichever matches.
    within = [matches(offset) for offset in _around(ours, WINDOW)]
    if any(within):
        return Match(ok=True)
    return Match(ok=False, off_by=min(filter(matches, _around(ours, DRIFT_HINT)), key=abs, default=None))


def read_response(typed: str) -> str | None:
    """Return the eight digits that `typed` means, or None; `typed.bare` says what is forgiven."""
    return _read(_EIGHT_DIGITS, typed)


def read_number(typed: str) -> str | None:
    """Return the six digits that `typed` means, or None; `typed.bare` says what is forgiven."""
    return _read(_SIX_DIGITS, typed)


def _read(shape: re.Pattern[str], typed: str) -> str | None:
    text = bare(typed)
    return text if text is not None and shape.fullmatch(text) else None


def _around(step: int, distance: int) -> range:
    return range(-min(distance, step), distance + 1)  # there is no step before 1970


def _require_question(question: str) -> None:
    if not _SIX_DIGITS.fullmatch(question):
        raise Misused("a question is six ASCII digits")
