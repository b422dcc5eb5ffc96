"""Public keys on the P-256 curve: as JWK (RFC 7517, RFC 7518 section 6.2), their names, their signatures."""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from .encoding import b64url, unb64url
from .errors import Refused

Use = Literal["sig", "enc"]

_BYTES = 32


def public_jwk(value: object, use: Use) -> dict[str, str]:
    """Return the minimal public JWK (kty, crv, x, y) of `value`, a key for `use`; else `Refused` (malformed).

    The point must be on P-256. A private part is refused: whoever sends one has given the key away.
    """
    if not isinstance(value, dict) or value.get("kty") != "EC" or value.get("crv") != "P-256":
        raise Refused("malformed", "not a P-256 JWK")
    if "d" in value:
        raise Refused("malformed", "a JWK with its private part")
    if value.get("use", use) != use:
        raise Refused("malformed", "a JWK for another use")
    jwk = {"kty": "EC", "crv": "P-256", "x": value.get("x"), "y": value.get("y")}
    point(jwk)
    return {name: str(member) for name, member in jwk.items()}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """Return the base64url SHA-256 thumbprint of an EC key (RFC 7638): the `kid` of the key."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return b64url(hashlib.sha256(rfc8785.dumps(members)).digest())


def is_signed(data: bytes, signature: bytes, jwk: Mapping[str, Any]) -> bool:
    """Tell whether `signature` (r and s, 32 bytes each: RFC 7518 section 3.4) is ES256 over `data` by `jwk`."""
    if len(signature) != 2 * _BYTES:
        return False
    r, s = (int.from_bytes(half, "big") for half in (signature[:_BYTES], signature[_BYTES:]))
    try:
        point(jwk).verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def point(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    """Return the public key of a JWK; `Refused` (malformed) unless it is a point of P-256."""
    x, y = (int.from_bytes(unb64url(jwk.get(name), _BYTES), "big") for name in ("x", "y"))
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise Refused("malformed", "not a point of P-256") from None
