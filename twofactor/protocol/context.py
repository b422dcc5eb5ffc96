"""What a phone without a network may believe of a question: signed by the portal, read off a square (section 7.1)."""

import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from .deriving import derive
from .encoding import b64url
from .keys import thumbprint

TYP: Final = "portal-key-context+jwt"
_PURPOSE: Final = "context.key"
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_BYTES: Final = 32
_RAW: Final = -15


def key_of(pepper: bytes) -> ec.EllipticCurvePrivateKey:
    """The portal's own key for contexts: derived, so that nothing has to be kept, and changed with the pepper.

    From 512 bits, so that no scalar is likelier than another by more than one in 2^256.
    """
    drawn = derive(pepper, _PURPOSE, "1") + derive(pepper, _PURPOSE, "2")
    return ec.derive_private_key(int.from_bytes(drawn, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def public_of(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    """Its public half, as phones keep it."""
    numbers = key.public_key().public_numbers()
    x, y = (b64url(each.to_bytes(_BYTES, "big")) for each in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def sign(key: ec.EllipticCurvePrivateKey, claims: Mapping[str, Any]) -> str:
    """A JWS of the claims, made small: a camera reads it off a screen."""
    header = {"alg": "ES256", "kid": thumbprint(public_of(key)), "typ": TYP}
    packer = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    packed = packer.compress(_json(claims)) + packer.flush()
    signed = f"{b64url(_json(header))}.{b64url(packed)}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{b64url(r.to_bytes(_BYTES, 'big') + s.to_bytes(_BYTES, 'big'))}"


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
