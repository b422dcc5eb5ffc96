"""Values derived from the server's pepper: never stored, made again when they are needed (HMAC, RFC 2104)."""

import hmac

from .errors import Misused

_SHORTEST_PEPPER = 16
_MOST_DIGITS = 18


def derive(pepper: bytes, purpose: str, *parts: str) -> bytes:
    """Return 32 bytes of HMAC-SHA-256 under `pepper`, a different stream for every `purpose` and `parts`."""
    if len(pepper) < _SHORTEST_PEPPER:
        raise Misused("a pepper has at least 16 bytes")
    return hmac.digest(pepper, joined(purpose, *parts), "sha256")


def digits(pepper: bytes, purpose: str, *parts: str, count: int = 6) -> str:
    """Return `count` (1 to 18) decimal digits derived from `pepper`.

    The remainder of a 256-bit number: one value is likelier than another by at most 10^18 in 2^256, less than 2^-196.
    """
    if not 1 <= count <= _MOST_DIGITS:
        raise Misused("between 1 and 18 digits can be derived")
    number = int.from_bytes(derive(pepper, purpose, *parts), "big")
    return f"{number % 10**count:0{count}d}"


def fingerprint(pepper: bytes, purpose: str, value: str) -> str:
    """Return 64 hexadecimal digits to look `value` up by, where the value itself is not to be stored."""
    return derive(pepper, purpose, value).hex()


def joined(*parts: str) -> bytes:
    """Join `parts` so that no two different lists give the same bytes: each behind its length in four bytes."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
