"""Opening what a row keeps sealed, and saying so loudly where it does not open (R-76)."""

from __future__ import annotations

from django.conf import settings
from django_otp.models import Device

from accounts import audit
from twofactor.protocol.sealing import Unsealable


def unseal(sealed: str, purpose: str, bound_to: str, device: Device) -> bytes:
    """What a column of this person's device holds.

    Raises Unsealable: it was altered, copied here from another row, or sealed under a key that is not on the ring. Then
    nothing goes on, and staff hear of it: none of that happens by itself.
    """
    try:
        return bytes(settings.PORTAL_KEYRING.open(sealed, purpose, bound_to))
    except Unsealable:
        audit.alert("secret.unreadable", user=device.user, purpose=purpose)
        raise
