"""Codes of authenticator apps: TOTP (RFC 6238) over HOTP (RFC 4226) with HMAC-SHA-1, which is what those apps speak."""

import base64
import hmac
from urllib.parse import quote, urlencode

from .errors import Misused

_MOST_DIGITS = 9


def code(secret: bytes, step: int, digits: int = 6) -> str:
    """Return the `digits` (6 to 9) that an app shows during this time `step` (RFC 4226 section 5.3)."""
    if not secret or step < 0 or not 6 <= digits <= _MOST_DIGITS:
        raise Misused("a code has a secret, a step from 0 on, and 6 to 9 digits")
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}d}"


def matching(secret: bytes, typed: str, now: float, *, seconds: int, window: int, digits: int = 6) -> int | None:
    """Return the time step whose code was `typed`, at most `window` steps from `now`; None if there is none.

    Args: `now` is Unix time, `seconds` the length of a step. Of two steps with one code it is the later one, so that
    whoever stores it as the last accepted one accepts neither again (RFC 6238 section 5.2).
    """
    here, found = int(now // seconds), None
    for step in range(max(0, here - window), here + window + 1):
        # SECURITY: every step is compared, in constant time: how long it takes does not tell which one was near.
        if hmac.compare_digest(code(secret, step, digits), typed.encode("ascii", "replace").decode()):
            found = step
    return found


def spelled(secret: bytes) -> str:
    """Return the secret as apps take it: base32 (RFC 4648 section 6) without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def address(secret: bytes, *, issuer: str, account: str, seconds: int, digits: int = 6) -> str:
    """Return what the QR holds: the ``otpauth`` address that authenticator apps agree on."""
    label = quote(f"{issuer}:{account}", safe=":@")
    told = {"secret": spelled(secret), "issuer": issuer, "algorithm": "SHA1", "digits": digits, "period": seconds}
    return f"otpauth://totp/{label}?{urlencode(told, quote_via=quote)}"
