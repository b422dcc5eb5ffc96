"""The published vectors, and a signer for statements that are not quite right."""

import base64
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

VECTORS = Path(__file__).parent / "vectors"
OCRA: dict[str, Any] = json.loads((VECTORS / "ocra.json").read_text("utf-8"))
PROTOCOL: dict[str, Any] = json.loads((VECTORS / "protocol.json").read_text("utf-8"))


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def published_key() -> ec.EllipticCurvePrivateKey:
    """The signing key of the vectors."""
    number = int.from_bytes(unb64(PROTOCOL["signing_jwk"]["d"]), "big")
    return ec.derive_private_key(number, ec.SECP256R1())


def signed(header: object, payload: object, key: ec.EllipticCurvePrivateKey) -> str:
    """A JWS compact over any header and payload; bytes and text are taken as they are, anything else as JSON."""
    data = ".".join(b64(_bytes(part)) for part in (header, payload))
    r, s = decode_dss_signature(key.sign(data.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{data}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _bytes(part: object) -> bytes:
    if isinstance(part, bytes):
        return part
    return part.encode() if isinstance(part, str) else json.dumps(part).encode()
