"""What a key signs: JWS compact statements (RFC 7515), ES256 only, explicitly typed (RFC 8725 section 3.11).

SECURITY: the algorithm is fixed and the public key comes from the server's own record, never from the message; only
an activation introduces its key, and `introduced` is called for nothing else.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .encoding import b64url, display_digest, json_object, unb64url
from .errors import Refused
from .keys import is_signed, public_jwk, thumbprint

__all__ = [
    "ACTIVATION",
    "ANSWER",
    "ATTACH",
    "INBOX",
    "LABEL",
    "LEEWAY",
    "LONGEST",
    "OPEN",
    "PIN",
    "PUSH",
    "REVOKE",
    "SEEN",
    "TEST",
    "Refused",
    "b64url",
    "display_digest",
    "introduced",
    "public_jwk",
    "read_kid",
    "thumbprint",
    "unb64url",
    "verify",
]

ACTIVATION: Final = "portal-key-activation+jwt"
ATTACH: Final = "portal-key-attach+jwt"
INBOX: Final = "portal-key-inbox+jwt"
ANSWER: Final = "portal-key-answer+jwt"
SEEN: Final = "portal-key-seen+jwt"
OPEN: Final = "portal-key-open+jwt"
PIN: Final = "portal-key-pin+jwt"
PUSH: Final = "portal-key-push+jwt"
TEST: Final = "portal-key-test+jwt"
LABEL: Final = "portal-key-label+jwt"
REVOKE: Final = "portal-key-revoke+jwt"

LEEWAY: Final = 180
"""Seconds by which `iat` may differ from the server's clock."""
LONGEST: Final = 16 * 1024
"""Characters of the longest statement."""
_LONGEST_KID = 128

# Claims that are objects; all others are strings (`iat` is judged by itself).
_OBJECTS = frozenset({"enc", "companion"})


@dataclass(frozen=True, slots=True)
class _Parts:
    header: dict[str, Any]
    payload: bytes = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def read_kid(statement: object) -> str:
    """Return the `kid` a statement names, to find the key by; nothing of the statement is verified yet.

    Raises `Refused` (malformed) unless `statement` is a JWS compact text of at most 16 KiB with a `kid`.
    """
    kid = _split(statement).header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= _LONGEST_KID:
        raise Refused("malformed", "no kid")
    return kid


def introduced(statement: object) -> dict[str, str]:
    """Return the public signing key in the header of an activation statement; `Refused` (malformed) if there is none.

    The caller then verifies the same statement with this key: possession is proved, nothing else.
    """
    return public_jwk(_split(statement).header.get("jwk"), "sig")


def verify(
    statement: object,
    *,
    jwk: Mapping[str, Any],
    typ: str,
    audience: str,
    now: float,
    required: tuple[str, ...] = (),
    nonce: str | None = None,
) -> dict[str, Any]:
    """Return the claims of a `statement` signed by `jwk` (a public JWK from our own record).

    `typ` is the statement's exact type, `audience` the portal's base URL, `now` Unix seconds of the server's clock,
    `nonce` what the server gave out for this act (None where the protocol has none). `required` names further
    claims that must be there: `enc` and `companion` objects, all others strings. Unknown claims are ignored.
    Raises `Refused`: malformed for a wrong shape or a missing claim, bad-signature for everything else.
    """
    parts = _split(statement)
    # SECURITY: one algorithm, whatever the message says; an extension we do not know (RFC 7515 section 4.1.11) refuses.
    if parts.header.get("alg") != "ES256" or parts.header.get("typ") != typ or "crit" in parts.header:
        raise Refused("bad-signature", "another algorithm or type")
    if not is_signed(parts.signed, parts.signature, jwk):
        raise Refused("bad-signature", "the signature is not by this key")
    claims = json_object(parts.payload)
    for name in ("aud", *required, *(() if nonce is None else ("nonce",))):
        if not isinstance(claims.get(name), dict if name in _OBJECTS else str):
            raise Refused("malformed", f"{name} is missing or of another kind")
    if type(claims.get("iat")) is not int:  # bool is an int too
        raise Refused("malformed", "iat is missing or not a whole number")
    if claims["aud"] != audience:
        raise Refused("bad-signature", "meant for another portal")
    if not now - LEEWAY <= claims["iat"] <= now + LEEWAY:
        raise Refused("bad-signature", "made too early or too late")
    if nonce is not None and not hmac.compare_digest(claims["nonce"].encode(), nonce.encode()):
        raise Refused("bad-signature", "another nonce")
    return claims


def _split(statement: object) -> _Parts:
    if not isinstance(statement, str) or len(statement) > LONGEST or statement.count(".") != 2:
        raise Refused("malformed", "not a JWS in compact form")
    signed, _, signature = statement.rpartition(".")
    header, _, payload = signed.partition(".")
    return _Parts(
        header=json_object(unb64url(header)),
        payload=unb64url(payload),
        signed=signed.encode(),
        signature=unb64url(signature),
    )
