"""Codes that survive being read aloud and typed (Crockford base32): 12 letters and digits, 60 bits, for an activation.

Recovery codes and passcodes are the same with another length.
"""

from typing import Final

from .errors import Misused
from .typed import bare

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 12
"""Characters of a code, five bits each."""

_BITS = 5
# Only ASCII letters are folded: str.upper() would make two letters of one, or a plain one of a foreign one.
_MEANT = {ord(letter.lower()): letter for letter in ALPHABET} | {
    ord(typed): meant for typed, meant in zip("OoIiLl", "001111", strict=True)
}


def code_from(secret: bytes, length: int = LENGTH) -> str:
    """Return the code of `length` characters made of the first bits of `secret` (for 12: at least 8 random bytes)."""
    needed = -(-_BITS * length // 8)
    if len(secret) < needed:
        raise Misused(f"a code of {length} characters needs {needed} random bytes")
    bits = int.from_bytes(secret[:needed], "big") >> (8 * needed - _BITS * length)
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(_BITS * (length - 1), -1, -_BITS))


def read_code(typed: str, length: int = LENGTH) -> str | None:
    """Return the code of `length` characters that `typed` means, or None.

    Case, blanks, dashes and full-width forms do not matter, O is read as 0, I and L as 1. More than 64 characters
    are never a code.
    """
    text = (bare(typed) or "").translate(_MEANT)
    return text if len(text) == length and set(text) <= set(ALPHABET) else None


def spaced(code: str) -> str:
    """Return `code` as it is shown: ``K7QF-9M2X-4TBD``."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def address(base_url: str, code: str) -> str:
    """Return what the QR says.

    SECURITY: the code stands in the fragment, which no server log, referrer or link preview sees.
    """
    return f"{base_url}/a#{code}"


def masked(username: str) -> str:
    """Return `username` as a stranger who holds a code may see it: ``d***n`` however long it is, ``d***``, ``***``."""
    if len(username) > 2:
        return f"{username[0]}***{username[-1]}"
    return f"{username[:-1]}***"  # of two letters the first, of one none
