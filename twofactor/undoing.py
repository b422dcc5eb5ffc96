"""Story 4, its other end: whoever is told of a change that was not theirs undoes it within a day, without a sign-in.

A stop link goes to places that were the person's before the change: the number that stood for a day, and their e-mail
address. It names what it tells of, and undoes whatever was done to the person's factors within those 24 hours: else a
second change would make the link about the first one worthless (AT-048).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, pending
from accounts.models import User
from twofactor import alarm, carrying, live, policy, strength
from twofactor.asking import supersede
from twofactor.models import Factors, Passcode, Passkey, Phone, PortalKey, RecoverySheet, Totp
from twofactor.models.key import BINDING
from twofactor.models.phone import OFF, ON
from twofactor.strength import undoable_since

_OVER = ("stopped", "staff")
# Keys whose activation something weaker than a key allowed: over codes by text, or an app, or without the phone before.
_MOVED = Q(activation__weaker=True)
_DOUBTFUL = Q(over_texts=True) | _MOVED
# What a session adds without asking any phone, by the names that links and changes have for it.
_ADDED: dict[str, type[Passkey | Totp]] = {"passkey": Passkey, "totp": Totp}
_WORDS: dict[str, type[Passkey | Totp]] = {"passkey": Passkey, "app": Totp}


@dataclass(frozen=True)
class Change:
    """What a stop link would undo: `asked`, `changed`, `removed`, `off` (codes by text), `activated` (a first key),
    `moved` (a key that came without the one before it), `passkey` or `app` (one was added).

    `phone` is the number or None, `earlier` the one that stands afterwards; None: the number stays as it is.
    """

    what: str
    user: User
    began: datetime
    phone: Phone | None = None
    earlier: Phone | None = None

    @property
    def until(self) -> datetime:
        return self.began + policy.PHONE_HOLD

    @property
    def ends_key(self) -> bool:
        return _doubtful_keys(self.user).exists()


def named(name: str) -> Change | None:
    """The change behind a stop link; None: nothing is left to undo.

    It tells of a number (`phone-<pk>`), of its codes by text that were switched off (`texts-<pk>`), of a key that came
    without the one before it (`key-<pk>`), of a passkey (`passkey-<pk>`) or an app (`totp-<pk>`) that was added. What
    has been undone, or was ended by staff, is not undone again.
    """
    told, _dash, pk = name.partition("-")
    if not pk:
        return None
    moments: list[datetime | None]
    if told == "key":
        key = PortalKey.objects.filter(_DOUBTFUL, pk=pk).select_related("user").first()
        user, moments = (key.user, [key.activated_at]) if key else (None, [])
    elif told in _ADDED:
        rows = _ADDED[told]._default_manager.filter(pk=pk).exclude(reason__in=_OVER)
        added = rows.select_related("user").first()
        user, moments = (added.user, [added.added_at]) if added else (None, [])
    else:
        phone = Phone.objects.filter(pk=pk).exclude(reason__in=_OVER).select_related("user").first()
        user, moments = (phone.user, [phone.created, phone.verified_at, phone.retired_at]) if phone else (None, [])
        if phone is not None and told == "texts":
            moments = [phone.switched_at]
    if user is None or not any(moment and moment > undoable_since(user) for moment in moments):
        return None
    return _latest(user)


def _latest(user: User) -> Change | None:
    """What weighs most of all that was done to this person's factors within a day."""
    since, phone = undoable_since(user), Phone.objects.verified(user)
    if phone is not None and phone.replaces is not None and phone.verified_at and phone.verified_at > since:
        return Change("changed", user, phone.verified_at, phone, phone.replaces)
    gone = Phone.objects.lately_bound(user) if phone is None else None
    if gone is not None and gone.retired_at and gone.retired_at > since:
        return Change("removed", user, gone.retired_at, gone, gone.trusted)
    if phone is not None and phone.texts == OFF and phone.switched_at and phone.switched_at > since:
        return Change("off", user, phone.switched_at, phone, phone)
    moved = _doubtful_keys(user).filter(_MOVED).order_by("-activated_at").first()
    if moved is not None and moved.activated_at:
        return Change("moved", user, moved.activated_at, phone)
    first = _doubtful_keys(user).order_by("-activated_at").first()
    if first is not None and first.activated_at:
        return Change("activated", user, first.activated_at, phone)
    for what, model in _WORDS.items():
        rows = model._default_manager.filter(user=user, added_at__gt=since).exclude(reason__in=_OVER)
        added = rows.order_by("-pk").first()
        if added is not None and added.added_at:
            return Change(what, user, added.added_at, phone)
    asked = Phone.objects.filter(user=user, state__in=("unverified", "dropped"), created__gt=since)
    newest = asked.exclude(reason__in=_OVER).order_by("-pk").first()
    return Change("asked", user, newest.created, newest) if newest else None


def _doubtful_keys(user: User) -> QuerySet[PortalKey]:
    """Keys that no key allowed, whatever has become of them since."""
    return PortalKey.objects.filter(_DOUBTFUL, user=user, activated_at__gt=undoable_since(user))


def undo(request: HttpRequest, name: str) -> Change | None:
    """Undo it: the earlier number stands again, every session ends, a new password is due. None: nothing was left.

    Whoever made the change had a session with the strongest factor, so nothing that is open now is trusted, and no key
    that such a session may have added.
    """
    told = named(name)
    if told is None:
        return None
    with transaction.atomic():
        user = User.objects.locked(told.user.pk)
        # Again, under the lock: somebody may have been faster.
        change = named(name)
        if change is None:
            return None
        _end_keys(user)
        # SECURITY: a session is enough to add these, whatever had verified it.
        strength.end_added(user, undoable_since(user), reason="stopped")
        _put_back(user, change.earlier)
        # SECURITY: codes that the thief has made are a way back in, and a passcode may be in the thief's hands.
        RecoverySheet.objects.withdraw(user, undoable_since(user))
        Passcode.objects.end(user, reason="not_me")
        carrying.end_codes(user)
        alarm.withdraw_proposals(user)
        User.objects.filter(pk=user.pk).update(stopped_at=timezone.now())
        pending.disown(user, None)
        pending.end_sessions(user)
    audit.record("phone.stop", user=user, request=request, reason=change.what)
    if change.what == "moved":
        # Without the request: its address is the link itself.
        audit.alert("key.stop", user=user)
    carrying.notice(user, "phone-stopped")
    live.tell_person(user.pk)
    return change


def _end_keys(user: User) -> None:
    """SECURITY: a key that no key allowed is part of the change: with it the thief would be the owner.

    One that took the place of a key is only locked: else whoever reads the mail could bring an owner, who has lost a
    phone, down to the password alone.
    """
    doubtful = _doubtful_keys(user)
    if not doubtful.exists():
        return
    event = "lock" if doubtful.filter(_MOVED).exists() else "revoke"
    changes: dict[str, Any] = {"confirmed": False} if event == "revoke" else {}
    for key in PortalKey.objects.filter(user=user, state__in=BINDING, activated_at__gt=undoable_since(user)):
        if key.move(event, **changes):
            supersede(key)
            audit.record("key.revoke", user=user, reason="stopped", kid=key.kid, device=key.name, state=key.state)


def _put_back(user: User, earlier: Phone | None) -> None:
    """`earlier` is the person's number again; None: the one that stands stays. Nothing that came in between ever gets
    a code again."""
    now = timezone.now()
    stays = earlier or Phone.objects.verified(user)
    for other in Phone.objects.filter(user=user).exclude(pk=stays.pk if stays else 0):
        if other.state == "unverified":
            other.move("drop", retired_at=now)
        elif other.state == "verified":
            other.move("retire", retired_at=now, confirmed=False)
        if (other.retired_at or other.created) > undoable_since(user):
            other.touch(reason="stopped")
    if stays is None:
        return
    if stays.state == "retired":
        stays.move("restore", retired_at=None, reason="", held_until=None, confirmed=True)
    # SECURITY: whoever presses "it was not me" wants to be protected; without anything better, by this number.
    if not Factors.of(user).is_better:
        stays.touch(texts=ON)
