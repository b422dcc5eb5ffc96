"""Web Push: a message sealed to one browser (RFC 8291, RFC 8188), and who sends it (RFC 8292).

Pure: keys, salt and time are arguments; what is random is drawn when it is not given.
"""

import json
import secrets
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .encoding import b64url, unb64url
from .errors import Refused

__all__ = ["Sender", "Subscription", "seal"]

_RECORD: Final = 4096
_POINT: Final = 65
_AUTH: Final = 16
_LONGEST_ENDPOINT: Final = 2048


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser can be woken: an address of its push service, its public key and its secret (Push API, 8.1)."""

    endpoint: str = field(repr=False)
    p256dh: bytes = field(repr=False)
    auth: bytes = field(repr=False)

    @classmethod
    def read(cls, given: object) -> "Subscription":
        """Read the claim of a statement: `endpoint`, `p256dh` and `auth` as base64url. Raises Refused (malformed)."""
        if not isinstance(given, dict):
            raise Refused("malformed", "no subscription")
        endpoint = given.get("endpoint")
        if not isinstance(endpoint, str) or len(endpoint) > _LONGEST_ENDPOINT:
            raise Refused("malformed", "no address, or too long a one")
        found = cls(endpoint, unb64url(given.get("p256dh"), _POINT), unb64url(given.get("auth"), _AUTH))
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), found.p256dh)
        except ValueError:
            raise Refused("malformed", "not a point of the curve") from None
        return found

    @classmethod
    def load(cls, text: bytes) -> "Subscription":
        """What `dump` wrote."""
        kept = json.loads(text)
        return cls(kept["endpoint"], unb64url(kept["p256dh"]), unb64url(kept["auth"]))

    def dump(self) -> bytes:
        parts = {"endpoint": self.endpoint, "p256dh": b64url(self.p256dh), "auth": b64url(self.auth)}
        return json.dumps(parts).encode()


def seal(
    plain: bytes,
    to: Subscription,
    *,
    private: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The body of a push message in the content coding `aes128gcm`: header, then one record (RFC 8291 section 4).

    `private` and `salt` (16 bytes) are for one message only; they are given by tests with known results alone.
    """
    private = private or ec.generate_private_key(ec.SECP256R1())
    salt = salt or secrets.token_bytes(16)
    ours = _point(private)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to.p256dh)
    shared = private.exchange(ec.ECDH(), theirs)
    info = b"WebPush: info\x00" + to.p256dh + ours
    secret = HKDF(hashes.SHA256(), 32, salt=to.auth, info=info).derive(shared)
    key = HKDF(hashes.SHA256(), 16, salt=salt, info=b"Content-Encoding: aes128gcm\x00").derive(secret)
    nonce = HKDF(hashes.SHA256(), 12, salt=salt, info=b"Content-Encoding: nonce\x00").derive(secret)
    header = salt + _RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    # The two: this is the last record (RFC 8188 section 2).
    return header + AESGCM(key).encrypt(nonce, plain + b"\x02", None)


def _point(private: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half of a key, as push services and browsers write it: 65 bytes (SEC 1, section 2.3.3)."""
    return private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


class Sender:
    """Who we are to push services: one key pair for the whole portal (RFC 8292, VAPID)."""

    def __init__(self, private: str) -> None:
        """`private`: the 32 bytes of a P-256 private key as base64url. Raises ValueError for anything else."""
        try:
            raw = unb64url(private, 32)
        except Refused:
            raise ValueError("not 32 bytes as base64url") from None
        self._key = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
        self.public = b64url(_point(self._key))

    @staticmethod
    def new() -> str:
        """A new private key, as `__init__` reads it."""
        return b64url(ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big"))

    def authorization(self, endpoint: str, *, subject: str, expires: int) -> str:
        """The header that introduces us to the service of this endpoint until `expires` (Unix seconds, within a day).

        `subject`: a mailto: or https: address at which the operator of the service reaches ours.
        """
        parts = urlsplit(endpoint)
        claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": expires, "sub": subject}
        head, body = (b64url(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
        signed = f"{head}.{body}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        signature = b64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        return f"vapid t={signed}.{signature}, k={self.public}"
