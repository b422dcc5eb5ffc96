"""What a session is marked with beside its person: when and how it was opened, and what it is good for."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from accounts import policy

SEEN_AT = "seen_at"
SIGNED_IN_AT = "signed_in_at"
# Set where something weaker than the strongest factor of the person opened the session.
_WEAKER = "weaker"
# Set where somebody who administrates has typed the code of the console.
_PERMITTED = "permitted"
# Set where a temporary password opened the session: it chooses a new password and does nothing else.
ONLY_PASSWORD = "only_password"  # noqa: S105 - the name of a mark, and no password
# Set where a passcode after its full days opened the session: only the way to a new phone and the password is open.
RESTRICTED = "restricted"


def is_fresh(request: HttpRequest, within: timedelta = policy.FRESH) -> bool:
    """Whether the sign-in of this session is recent and strong enough to change a factor or password (P-42, R-61).

    Args: `within` is how long ago it may have been.
    """
    if is_only_password(request):
        # It opens nothing else, and whoever takes their time over a new password could not begin again.
        within = policy.TEMPORARY_LIFE
    elif is_weaker(request):
        return False
    return is_recent(request, within)


def is_recent(request: HttpRequest, within: timedelta = policy.FRESH) -> bool:
    """Whether the sign-in of this session is recent, whatever opened it. Never that of somebody who is locked."""
    signed_in = request.session.get(SIGNED_IN_AT)
    if not signed_in or not request.user.is_authenticated:
        return False
    disowned = request.user.disowned_at
    if disowned is not None and signed_in <= disowned.timestamp():
        # SECURITY: an alarm may be about the very session that asks.
        return False
    return bool(timezone.now().timestamp() - signed_in < within.total_seconds())


def is_only_password(request: HttpRequest) -> bool:
    """Whether a temporary password opened this session: only the page that chooses a new one is open to it (R-40)."""
    return bool(request.session.get(ONLY_PASSWORD))


def mark_weaker(request: HttpRequest) -> None:
    """This session was opened by something weaker than the strongest factor of its person."""
    request.session[_WEAKER] = True


def is_weaker(request: HttpRequest) -> bool:
    return bool(request.session.get(_WEAKER))


def restrict(request: HttpRequest) -> None:
    """This session opens the way to a new factor and to a new password, and nothing else."""
    request.session[RESTRICTED] = True


def is_restricted(request: HttpRequest) -> bool:
    return bool(request.session.get(RESTRICTED))


def permit(request: HttpRequest) -> None:
    """This session has shown the code of the console: it may set up the first factor of somebody who administrates."""
    request.session[_PERMITTED] = True


def is_permitted(request: HttpRequest) -> bool:
    return bool(request.session.get(_PERMITTED))
