"""Messages that one phone alone can open: JWE compact (RFC 7516), ECDH-ES with A256GCM (RFC 7518 sections 4.6, 5.3).

The portal only seals. Each message has a key pair of its own that is forgotten at once, so that not even the portal can
open what it has sealed.
"""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from .encoding import b64url
from .keys import point

__all__ = ["agreed_key", "seal"]

_ENC: Final = "A256GCM"
_KEY_BITS: Final = 256
_IV_BYTES: Final = 12
_TAG_BYTES: Final = 16


def seal(
    plaintext: bytes,
    jwk: Mapping[str, Any],
    *,
    sender: str,
    recipient: str,
    ephemeral: ec.EllipticCurvePrivateKey | None = None,
    randomness: Callable[[int], bytes] = os.urandom,
) -> str:
    """Return `plaintext` as a JWE that only the private half of `jwk` (a public P-256 JWK from our own record) opens.

    `sender` (the portal) and `recipient` (which key, which message) go into the header as `apu` and `apv` and into the
    key: whoever opens it knows both beforehand, and a message in the place of another one does not open. `ephemeral`
    and `randomness` are given by vectors only. Raises `Refused` (malformed) when `jwk` is no key.
    """
    theirs = point(jwk)
    ours = ephemeral or ec.generate_private_key(ec.SECP256R1())
    header = {
        "alg": "ECDH-ES",
        "enc": _ENC,
        "epk": _jwk(ours),
        "apu": b64url(sender.encode()),
        "apv": b64url(recipient.encode()),
    }
    # SECURITY: the header is authenticated with the message (RFC 7516 section 5.1 step 14).
    protected = b64url(json.dumps(header, separators=(",", ":")).encode())
    key = agreed_key(ours, theirs, _ENC, _KEY_BITS, sender.encode(), recipient.encode())
    iv = randomness(_IV_BYTES)
    sealed = AESGCM(key).encrypt(iv, plaintext, protected.encode())
    # Direct agreement has no encrypted key: its part is empty (RFC 7518 section 4.6).
    parts = [protected, "", b64url(iv), b64url(sealed[:-_TAG_BYTES]), b64url(sealed[-_TAG_BYTES:])]
    return ".".join(parts)


def agreed_key(
    ours: ec.EllipticCurvePrivateKey, theirs: ec.EllipticCurvePublicKey, enc: str, bits: int, apu: bytes, apv: bytes
) -> bytes:
    """Return the key of `bits` that both sides derive for `enc` (Concat KDF: RFC 7518 section 4.6.2)."""
    shared = ours.exchange(ec.ECDH(), theirs)
    info = b"".join(len(part).to_bytes(4, "big") + part for part in (enc.encode(), apu, apv)) + bits.to_bytes(4, "big")
    return ConcatKDFHash(algorithm=hashes.SHA256(), length=bits // 8, otherinfo=info).derive(shared)


def _jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    x, y = (b64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
