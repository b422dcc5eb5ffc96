"""Story 9: sealed messages. A temporary password that staff send and never see; opening what was sealed (section 8)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables

from accounts import audit, limits, temporary
from accounts.limits import RateLimited
from accounts.models import TemporaryPassword, User
from accounts.policy import TEMPORARY_KEY_AGE, TEMPORARY_LIFE, TEMPORARY_PERSON
from twofactor import carrying, live, policy
from twofactor.asking import lock
from twofactor.models import Inactive, Message, Phone, PortalKey
from twofactor.models.key import ACTIVE
from twofactor.protocol import ocra, statements

__all__ = ["NoKey", "NotOpened", "RateLimited", "TooYoung", "open_message", "send_password"]


class NoKey(Exception):
    """This person has no phone that could open it: no active key, or they cannot sign in at all."""


class TooYoung(Exception):
    """The key has not been there for a day (R-36); `until` is when it has."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"until {until:%Y-%m-%d %H:%M}")
        self.until = until


class NotOpened(Exception):
    """It stays closed. `code` is the protocol's word, `extra` goes with it."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


def ready(user: User) -> PortalKey:
    """The key that a temporary password can be sealed for. Raises NoKey, TooYoung."""
    key = PortalKey.objects.active(user)
    if key is None or key.activated_at is None or not user.is_active:
        raise NoKey
    old_enough = key.activated_at + TEMPORARY_KEY_AGE
    if old_enough > timezone.now():
        raise TooYoung(old_enough)
    return key


@sensitive_variables("password")
def send_password(
    user: User, *, staff: User, reason: str, compromised: bool = False, request: HttpRequest | None = None
) -> Message:
    """Make a temporary password and seal it for this person's phone. Whoever sends it does not learn it.

    Args: `staff` pressed the button, for `reason`, in the browser of `request`. With `compromised` the old password
    fits nothing from now on, and every session ends; otherwise it stays good until the new one is chosen (R-42).
    Raises NoKey, TooYoung, RateLimited (R-41), hashing.HashersBusy.
    """
    ready(user)
    password = temporary.draw()
    hashed = make_password(password)
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        key = ready(locked)
        limits.charge(TEMPORARY_PERSON, locked.pk)
        if compromised:
            _take_password(locked)
        TemporaryPassword.end_all(locked)
        row = TemporaryPassword.objects.create(
            user=locked, by=staff, hash=hashed, expires=timezone.now() + TEMPORARY_LIFE
        )
        with translation.override(locked.own_tongue):
            title = gettext("Your temporary password")
        message = Message.seal(
            key,
            kind=Message.PASSWORD,
            title=title,
            says={"password": password, "expires": int(row.expires.timestamp())},
            expires=row.expires,
            temporary=row,
        )
        audit.record("sealed.send", user=locked, request=request, why=reason, kid=key.kid, **audit.by_staff(staff))
        carrying.notice(locked, "sealed-sent", also=Phone.objects.to_tell(locked))
        live.tell_key(key.kid)
        live.tell_person(locked.pk)
    return message


def _take_password(user: User) -> None:
    """The old password fits nothing any more, and is kept all the same: it must not be chosen again."""
    if user.has_usable_password():
        user.password = UNUSABLE_PASSWORD_PREFIX + user.password
        user.save(update_fields=["password"])
    user.bump_epoch()


def open_message(request: HttpRequest, key: PortalKey, message_id: str, statement: str, response: object) -> str:
    """What the phone opens with its sealing key. A temporary password is good from here on (its life has begun before).

    Args: `statement` is the signed message itself, `response` its claim. Raises NotOpened, Inactive, RateLimited.
    """
    message = Message.objects.select_related("temporary").filter(pk=message_id, key=key).first()
    if message is None:
        raise NotOpened("not-found")
    if not Message.objects.readable().filter(pk=message.pk).exists():
        raise NotOpened("expired")
    if message.question:
        _once(statement)
        _prove(key, message, response)
    with transaction.atomic():
        User.objects.locked(key.user_id)
        if message.temporary is not None and not _wake(message.temporary):
            raise NotOpened("expired")
        first = message.saw()
        if message.temporary is not None:
            # In the same transaction: nothing is opened that is not in the record (FI-15).
            audit.record("sealed.open", user=key.user, request=request, reason="" if first else "again", kid=key.kid)
    if first:
        live.tell_key(key.kid)
        live.tell_person(key.user_id)
    return message.jwe


def _once(statement: str) -> None:
    """SECURITY: the same statement a second time is somebody's copy: a phone signs anew (AT-114).

    Every signature (r, s) has a twin (r, n - s) that holds as well, and anybody can make it; r is drawn by the phone.
    """
    signed, _dot, signature = statement.rpartition(".")
    drawn = statements.unb64url(signature)[:32]
    try:
        limits.charge(policy.OPENED_ONCE, hashlib.sha256(signed.encode() + drawn).hexdigest())
    except RateLimited:
        raise NotOpened("bad-signature") from None


def _prove(key: PortalKey, message: Message, response: object) -> None:
    """SECURITY: the PIN is counted before it is compared, like one that changes another (see pins): no question of a
    sign-in stands between a guess and the key, so the owner sees none.
    """
    if not isinstance(response, str):
        raise NotOpened("malformed")
    limits.charge(policy.PINS_WRONG, key.pk)
    if not key.try_pin():
        limits.refund(policy.PINS_WRONG, key.pk)
        if key.state != ACTIVE:
            raise Inactive(key.kid)
        soon = timezone.now() + timedelta(seconds=1)
        raise RateLimited(max(key.wait_until or soon, soon), "pin")
    match = key.compare(message.question, ocra.read_response(response) or "")
    if match.ok or match.off_by is not None:
        # With a wrong clock the PIN was right all the same: no guess.
        limits.refund(policy.PINS_WRONG, key.pk)
        key.pin_was_right()
    if match.ok:
        return
    if match.off_by is not None:
        raise NotOpened("wrong-pin", attempts_left=policy.PIN_LOCKS, clock_off_by=match.off_by)
    left = policy.PIN_LOCKS - key.pin_failures
    audit.record("sealed.open", user=key.user, ok=False, reason="wrong", kid=key.kid, left=left)
    if left <= 0:
        lock(key, reason="pin")
        raise NotOpened("locked")
    raise NotOpened("wrong-pin", attempts_left=left)


def _wake(row: TemporaryPassword) -> bool:
    """Its first opening makes it good; a further one changes nothing. False: it is over."""
    if row.move("wake", when=Q(expires__gt=Now())):
        return True
    return TemporaryPassword.objects.filter(pk=row.pk, state="awake", expires__gt=Now()).exists()
