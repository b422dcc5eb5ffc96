"""The link that lets whoever reads a person's mail choose a new password: made when it is sent, and kept nowhere."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

_SALT = "accounts.links.new_password"


def new_password(user: User, *, until: datetime, epoch: int) -> str:
    """The link for this person. `epoch` is the person's when it was asked for: a link that is sent late, after a change
    of password or factor, is made dead.
    """
    ends = int(until.timestamp())
    signed = f"{ends}-{_fingerprint(user, ends, epoch)}"
    return settings.PORTAL_BASE_URL + reverse("password-new", args=[user.pk, signed])


def owner(uid: int, signed: str) -> User | None:
    """Whose new password this link is for; None: it is forged, too old, used, or overtaken by a change."""
    user = User.objects.filter(pk=uid, is_active=True).first()
    return user if user is not None and holds(user, signed) else None


def holds(user: User, signed: str) -> bool:
    """Whether the link is good for this person as the row stands now."""
    ends, _dash, _rest = signed.partition("-")
    if not (ends.isascii() and ends.isdigit() and len(ends) <= 12):
        return False
    mine = f"{ends}-{_fingerprint(user, int(ends), user.auth_epoch)}"
    alive = user.is_active and int(ends) > timezone.now().timestamp()
    return constant_time_compare(signed, mine) and alive


def _fingerprint(user: User, ends: int, epoch: int) -> str:
    """SECURITY: of the hash and the epoch, so that any new password or factor ends it, its own use first; of the mail
    address, so that a mailbox that was given up opens nothing; and of the last alarm.
    """
    disowned = user.disowned_at.isoformat() if user.disowned_at else ""
    about = f"{user.pk}|{ends}|{epoch}|{user.password}|{user.email}|{disowned}"
    return salted_hmac(_SALT, about, algorithm="sha256").hexdigest()
