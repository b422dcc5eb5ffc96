"""Whether a session has proved enough, and lately enough, to change how its person signs in; and the hold on that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, marks, pending, sessions
from accounts.models import User
from twofactor import policy
from twofactor.models import Activation, Factors, Passcode, Passkey, Phone, PortalKey, Totp
from twofactor.models.factors import PASSCODE
from twofactor.models.key import ACTIVE, BINDING
from twofactor.models.phone import ON, RESTS


def is_proved(request: HttpRequest) -> bool:
    """Signed in within five minutes (P-42), with the strongest factor that this person can use (R-61).

    SECURITY: a session that a text opened changes nothing of a person who has something better, one that an app's code
    opened nothing of a person who has a key or a passkey, and a password alone nothing of a person who has any of them.
    """
    user = request.user
    if not marks.is_fresh(request) or not isinstance(user, User):
        return False
    factors = Factors.of(user)
    device = getattr(user, "otp_device", None)
    if not factors:
        return True
    # A locked key is still the strongest: whoever holds the phone can lock it without its PIN.
    if is_strong_session(request):
        return True
    if isinstance(device, Totp):
        return not factors.is_strong
    return isinstance(device, Phone) and not factors.is_better


def is_strong_session(request: HttpRequest) -> bool:
    """Whether a key or a passkey has verified this session: what else is added does not verify it better."""
    return isinstance(getattr(request.user, "otp_device", None), PortalKey | Passkey)


def is_young(request: HttpRequest) -> bool:
    """Whether a passkey of today has verified this session.

    SECURITY: whoever has taken a session over adds one without asking any phone; for a day its owner can undo that.
    """
    device = getattr(request.user, "otp_device", None)
    return isinstance(device, Passkey) and device.added_at > timezone.now() - policy.PHONE_HOLD


def is_unasked(request: HttpRequest) -> bool:
    """Whether a passkey of today has verified this session that came beside a key or another passkey.

    SECURITY: whoever relays a sign-in with the key adds one, and may give the key up. The first that somebody has is
    another matter.
    """
    device = getattr(request.user, "otp_device", None)
    return isinstance(device, Passkey) and came_unasked(device)


def came_unasked(passkey: Passkey) -> bool:
    """The same of the passkey itself."""
    since = timezone.now() - policy.PHONE_HOLD
    if passkey.added_at <= since:
        return False
    keys = PortalKey.objects.filter(user=passkey.user_id, activated_at__lt=passkey.added_at)
    lately = Q(state__in=BINDING) | Q(last_used_at__gt=since) | Q(activated_at__gt=since)
    stood = Passkey.objects.filter(user=passkey.user_id, added_at__lt=passkey.added_at)
    return keys.filter(lately).exists() or stood.filter(Q(state__in=BINDING) | Q(ended_at__gt=since)).exists()


def may_choose_due(request: HttpRequest, user: User) -> bool:
    """Whether this session may choose the new password that is due since an alarm or a stop link.

    SECURITY: whoever has made the alarm necessary knows the password, and may have the number, the recovery codes or a
    key that came without the one before it. So it takes what they cannot have got by these: a temporary password, a
    key that was active before, a passkey that had been there for a day, or a passcode that was issued since, because
    the support desk has heard the person. Everybody else has the link by mail.
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
    if marks.is_weaker(request) or not isinstance(key, PortalKey | Passkey) or key.state != ACTIVE:
        return False
    if isinstance(key, Passkey):
        # See `is_young`.
        return key.added_at < since - policy.PHONE_HOLD and held_until(user) is None
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


def undoable_since(user: User) -> datetime:
    """From when on changes can be undone: a day, and never beyond the last stop, so that each link works once."""
    day = timezone.now() - policy.PHONE_HOLD
    return max(day, user.stopped_at) if user.stopped_at else day


def follows_one_given_up(user: User) -> bool:
    """Whether a key that was in use today is no more: what comes now was not asked of it.

    SECURITY: else whoever relays a sign-in gives the old key up, and need not ask it for a move to another phone.
    """
    gone = PortalKey.objects.filter(user=user, state="revoked", last_used_at__gt=undoable_since(user))
    return gone.exists()


def takes_the_place_of_less(user: User) -> bool:
    """Whether a key that comes now takes the place of less: codes by text, an app, or what is not there for a day yet.

    SECURITY: whoever has taken a session over adds what is stronger, or takes away what there is, before the key.
    """
    since = undoable_since(user)
    keys = PortalKey.objects.filter(user=user, last_used_at__gt=since)
    if keys.exists() or Passkey.objects.binding(user).filter(added_at__lte=since).exists():
        return False
    numbers = Q(state="verified", texts__in=(ON, RESTS)) | Q(retired_at__gt=since) | Q(switched_at__gt=since)
    apps = Q(state="active") | Q(ended_at__gt=since)
    passkeys = Q(added_at__gt=since) | Q(ended_at__gt=since)
    rows = (
        Phone.objects.filter(numbers, user=user, verified_at__isnull=False),
        Totp.objects.filter(apps, user=user, added_at__isnull=False),
        Passkey.objects.filter(passkeys, user=user),
    )
    return any(found.exclude(reason="staff").exists() for found in rows)


def end_added(user: User, since: datetime, *, reason: str) -> None:
    """End the passkeys and the app that were added after `since`, whoever did it.

    The caller has the person's lock, and ends the sessions.
    """
    now = timezone.now()
    rows: list[Passkey | Totp] = [*Passkey.objects.binding(user).filter(added_at__gt=since)]
    rows += Totp.objects.filter(user=user, state="active", added_at__gt=since)
    for row in rows:
        end_other(row, reason=reason, now=now)
    for waiting in Totp.objects.filter(user=user, state="new"):
        waiting.move("drop", sealed_secret="", ended_at=now)
    wake_texts(user)


def end_other(row: Passkey | Totp, *, reason: str, now: datetime) -> bool:
    """Take one of them out of use for good, and record it. False: it had ended before."""
    erased: dict[str, Any] = {"sealed_secret": ""} if isinstance(row, Totp) else {}
    if not row.move("end", reason=reason, ended_at=now, confirmed=False, **erased):
        return False
    kind = "totp.end" if isinstance(row, Totp) else "passkey.end"
    audit.record(kind, user=row.user, reason=reason, device=row.name)
    return True


def wake_texts(user: User) -> None:
    """SECURITY: codes by text that rested for something better serve again when nothing better is left: nobody falls
    back to the password alone who had more before.
    """
    if not Factors.of(user).is_better:
        Phone.objects.wake(user)


class SignedOut(Exception):
    """Another change has just ended this session."""


class Held(Exception):
    """A phone was activated by less than the key before it: for a day nothing else changes."""


def check_change(request: HttpRequest, user: User) -> None:
    """Whether this session, alive under the person's lock, changes a factor now. Raises SignedOut, Held."""
    if not pending.is_alive(request.session.session_key or "", user):
        raise SignedOut
    if held_until(user):
        raise Held


def end_others(request: HttpRequest, user: User, device_id: str | None) -> None:
    """A factor has changed: every other session ends, and this one goes on with what it has proved."""
    here = request.session.session_key
    pending.end_sessions(user, keep=here or "", device_id=device_id, request=request)
    Activation.follow(here, request.session.session_key)
