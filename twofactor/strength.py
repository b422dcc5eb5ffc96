"""Whether a session has proved enough, and lately enough, to change how its person signs in; and the hold on that."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, marks, sessions
from accounts.models import User
from twofactor import policy
from twofactor.models import Factors, Passcode, Phone, PortalKey
from twofactor.models.factors import PASSCODE
from twofactor.models.key import ACTIVE


def is_proved(request: HttpRequest) -> bool:
    """Signed in within five minutes (P-42), with the strongest factor that this person can use (R-61).

    SECURITY: a session that a text opened changes nothing of a person who has a key, and a password alone nothing of a
    person who has a second factor.
    """
    user = request.user
    if not marks.is_fresh(request) or not isinstance(user, User):
        return False
    factors = Factors.of(user)
    device = getattr(user, "otp_device", None)
    if not factors:
        return True
    # A locked key is still the strongest: whoever holds the phone can lock it without its PIN.
    return isinstance(device, PortalKey) or (factors.key is None and isinstance(device, Phone))


def may_choose_due(request: HttpRequest, user: User) -> bool:
    """Whether this session may choose the new password that is due since an alarm or a stop link.

    SECURITY: whoever has made the alarm necessary knows the password, and may have the number, the recovery codes or a
    key that came without the one before it. So it takes what they cannot have got by these: a temporary password, a
    key that was active before, or a passcode that was issued since, because the support desk has heard the person.
    Everybody else has the link by mail.
    """
    if marks.is_only_password(request):
        return True
    since = user.disowned_at or timezone.now()
    here = sessions.here(request)
    if here is not None and here.factor == PASSCODE:
        # There is one good passcode at a time: the last that was issued before it was typed.
        typed = Passcode.objects.filter(user=user, created__lte=here.since).order_by("-pk").first()
        return typed is not None and typed.created > since
    key = getattr(request.user, "otp_device", None)
    if marks.is_weaker(request) or not isinstance(key, PortalKey) or key.state != ACTIVE:
        return False
    # During the hold the key is the one that came without the other, whoever has it.
    return key.activated_at is not None and key.activated_at < since and held_until(user) is None


def hold(user: User) -> None:
    """For a day nobody changes how this person signs in: a phone was activated by less than the key before it.

    Only time ends it. The caller has the person's lock.
    """
    until = timezone.now() + policy.HOLD
    User.objects.filter(pk=user.pk).update(held_until=until)
    user.held_until = until
    audit.record("key.hold", user=user, until=int(until.timestamp()))


def held_until(user: User) -> datetime | None:
    """Until when what this person signs in with stays as it is: numbers, texts, keys, recovery codes, mail address."""
    until = user.held_until
    return until if until is not None and until > timezone.now() else None
