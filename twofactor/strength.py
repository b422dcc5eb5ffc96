"""Whether a session has proved enough, and lately enough, to change how its person signs in."""

from __future__ import annotations

from django.http import HttpRequest

from accounts import pending
from accounts.models import User
from twofactor.models import Factors, Phone, PortalKey


def is_proved(request: HttpRequest) -> bool:
    """Signed in within five minutes (P-42), with the strongest factor that this person can use (R-61).

    SECURITY: a session that a text opened changes nothing of a person who has a key, and a password alone nothing of a
    person who has a second factor.
    """
    user = request.user
    if not pending.is_fresh(request) or not isinstance(user, User):
        return False
    factors = Factors.of(user)
    device = getattr(user, "otp_device", None)
    if not factors:
        return True
    # A locked key is still the strongest: whoever holds the phone can lock it without its PIN.
    return isinstance(device, PortalKey) or (factors.key is None and isinstance(device, Phone))
