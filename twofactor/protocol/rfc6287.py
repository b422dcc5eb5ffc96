"""The OATH challenge-response algorithm, OCRA (RFC 6287), for every suite that has a question."""

import hashlib
import hmac
import re
from collections.abc import Callable

from .errors import Misused

_SUITE = re.compile(
    r"OCRA-1:HOTP-SHA(?P<hash>1|256|512)-(?P<digits>[4-9]|10):"
    r"(?P<counter>C-)?"
    r"Q(?P<kind>[ANH])(?:0[4-9]|[1-5][0-9]|6[0-4])"
    r"(?:-PSHA(?P<pin>1|256|512))?"
    r"(?:-S(?P<session>[0-9]{3}))?"
    r"(?P<time>-T(?:(?:[1-9]|[1-5][0-9])[SM]|(?:[1-9]|[1-3][0-9]|4[0-8])H))?"
)
_QUESTION_BYTES = 128
_QUESTIONS = {"A": re.compile(r"[!-~]+"), "N": re.compile(r"[0-9]+"), "H": re.compile(r"[0-9A-Fa-f]+")}


def compute(
    suite: str,
    key: bytes,
    question: str,
    *,
    counter: int | None = None,
    pin: str | None = None,
    session: bytes | None = None,
    step: int | None = None,
) -> str:
    """Return the response of `suite` to `question` under `key` (RFC 6287 sections 5 and 6).

    `counter`, `pin` (the words themselves, hashed here), `session` and `step` (the count of time steps since 1970,
    in the suite's own unit) must be given exactly when the suite asks for them, else `Misused`. A question may
    be longer than the suite says, as in the standard's mutual challenges, up to 128 bytes. Suites that do not
    truncate (0 digits) are not supported.
    """
    parts = _parts(suite)
    asked = (parts["counter"], parts["pin"], parts["session"], parts["time"])
    given = (counter, pin, session, step)
    if any((want is None) != (have is None) for want, have in zip(asked, given, strict=True)):
        raise Misused("the suite asks for other inputs than were given")
    message = suite.encode() + b"\0"
    if counter is not None:
        message += _eight_bytes(counter)
    message += _padded(parts["kind"], question)
    if pin is not None:
        message += hashlib.new(f"sha{parts['pin']}", pin.encode()).digest()
    if session is not None:
        message += _session(session, int(parts["session"]))
    if step is not None:
        message += _eight_bytes(step)
    return _truncated(hmac.digest(key, message, f"sha{parts['hash']}"), int(parts["digits"]))


def by_step(suite: str, key: bytes, question: str) -> Callable[[int], str]:
    """Return the function step -> response for a `suite` of question and time alone.

    All but the last eight bytes of the message is the same for every step: the key and the long part are hashed
    once, which makes a day's worth of steps cheap to look through.
    """
    parts = _parts(suite)
    if parts["counter"] or parts["pin"] or parts["session"] or not parts["time"]:
        raise Misused("not a suite of question and time alone")
    prefix = hmac.new(key, suite.encode() + b"\0" + _padded(parts["kind"], question), f"sha{parts['hash']}")
    digits = int(parts["digits"])

    def response(step: int) -> str:
        state = prefix.copy()
        state.update(_eight_bytes(step))
        return _truncated(state.digest(), digits)

    return response


def _parts(suite: str) -> re.Match[str]:
    parts = _SUITE.fullmatch(suite)
    if parts is None:
        raise Misused("not an OCRA suite with a question")
    return parts


def _padded(kind: str, question: str) -> bytes:
    if not _QUESTIONS[kind].fullmatch(question):
        raise Misused("the question is not of the suite's kind")
    if kind == "A":
        data = question.encode()
    else:
        # RFC 6287 section 5.1: a number is written in hexadecimal, and the padding on the right is of nibbles.
        nibbles = f"{int(question):x}" if kind == "N" else question
        data = bytes.fromhex(nibbles + "0" * (len(nibbles) % 2))
    if len(data) > _QUESTION_BYTES:
        raise Misused("the question is longer than 128 bytes")
    return data.ljust(_QUESTION_BYTES, b"\0")


def _session(session: bytes, length: int) -> bytes:
    if len(session) > length:
        raise Misused("the session information is longer than the suite allows")
    return session.rjust(length, b"\0")


def _eight_bytes(count: int) -> bytes:
    if not 0 <= count < 2**64:
        raise Misused("a counter or step is at least 0 and below 2^64")
    return count.to_bytes(8, "big")


def _truncated(digest: bytes, digits: int) -> str:
    """Dynamic truncation, RFC 4226 section 5.3."""
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"
