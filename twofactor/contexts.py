"""What a question says, for a phone that has no network: in a square, signed by the portal (N4)."""

from __future__ import annotations

from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from twofactor.models import Challenge
from twofactor.protocol import context

# A square with more is not read by every camera: then the six digits are typed.
LONGEST = 1200


def link(challenge: Challenge) -> str:
    """Where the square beside a question leads: to the authenticator, with all of the question. Empty: it is too long.

    SECURITY: it stands in the fragment, which no server log sees. The signature says that the portal asks exactly this
    of this key; the digits that answer it are good for this question alone.
    """
    claims = {
        "aud": settings.PORTAL_BASE_URL,
        "kid": challenge.key.kid,
        "exp": int(challenge.expires.timestamp()),
        "question": challenge.question,
        "purpose": challenge.purpose,
        "display": challenge.display,
    }
    address = (
        f"{settings.PORTAL_AUTHENTICATOR_URL}/authenticator/#q/{context.sign(_key(settings.PORTAL_PEPPER), claims)}"
    )
    return address if len(address) <= LONGEST else ""


def keys() -> list[dict[str, Any]]:
    """The public keys that a phone may believe: the one of now first, and those of peppers before it."""
    return [context.public_of(_key(pepper)) for pepper in (settings.PORTAL_PEPPER, *settings.PORTAL_PEPPER_FALLBACKS)]


@cache
def _key(pepper: bytes) -> ec.EllipticCurvePrivateKey:
    return context.key_of(pepper)
