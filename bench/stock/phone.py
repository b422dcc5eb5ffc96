"""The key of everybody's phone at the stock assembly. It keeps nothing from anybody, so everybody may know it."""

import base64

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_key = ec.derive_private_key(7, ec.SECP256R1())


def public_key() -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return _key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def signed(question: str) -> bytes:
    """What the phone sends to say yes to it."""
    return base64.b64encode(_key.sign(question.encode(), ec.ECDSA(hashes.SHA256())))
