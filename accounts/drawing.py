"""Random words, drawn from the system in one go.

Django's `get_random_string` asks the system for each sign, and each time other threads may go on in its place: with
some of them at work, a form's token cost more in changing threads than in all else (docs/performance.md).
"""

from __future__ import annotations

import secrets
from functools import cache


def word(length: int, signs: str) -> str:
    """So many of these signs, which are ASCII.

    SECURITY: each is as likely as any other: of a byte's 256 values, those behind the last whole round are left out.
    """
    names, beyond = _rounds(signs)
    drawn = b""
    while len(drawn) < length:
        drawn += secrets.token_bytes(2 * length).translate(names, beyond)
    return drawn[:length].decode("ascii")


@cache
def _rounds(signs: str) -> tuple[bytes, bytes]:
    """Which sign each value of a byte stands for, and the values that stand for none."""
    whole = 256 - 256 % len(signs)
    return (signs * 256)[:256].encode("ascii"), bytes(range(whole, 256))
