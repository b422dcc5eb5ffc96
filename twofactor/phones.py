"""Story 4: a person's telephone number. Add, confirm, change, stop a change, remove; texts on and off."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import audit, limits, pending
from accounts.models import User
from twofactor import carrying, live, numbers, policy
from twofactor.carrying import Checked, Errand
from twofactor.models import Activation, Code, Delivery, Factors, Passkey, Phone, PortalKey, Totp
from twofactor.models.phone import OFF, ON, RESTS


class SameNumber(Exception):
    """The number that was typed is the one that is verified already."""


class SignedOut(Exception):
    """Another change has just ended this session."""


class NotAllowed(Exception):
    """The operator does not let texts stand beside an active key, or what is as good."""


def add(request: HttpRequest, user: User, typed: str, country: str) -> Phone:
    """A number to confirm, and the confirmation number on its way to it. It takes the place of one not yet confirmed.

    Raises numbers.BadNumber, SameNumber, SignedOut, carrying.NotCarried, limits.RateLimited: then nothing is kept.
    """
    number = numbers.read(typed, country, settings.PORTAL_COUNTRIES)
    verified = Phone.objects.verified(user)
    if verified is not None and constant_time_compare(verified.fingerprint, Phone.print_of(number.e164)):
        raise SameNumber
    # Before the transaction: a breaker that closes now must stay closed, whatever is rolled back.
    carrying.refuse(number, "text")
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        if not _is_here(request, locked):
            raise SignedOut
        if verified is not None:
            _refuse_many(locked, number)
        drop(locked)
        phone = Phone.fresh(locked, number)
        carrying.send(request, Errand(locked, phone))
        audit.record("phone.ask", user=user, request=request, country=phone.country, ending=phone.ending)
        if verified is not None:
            carrying.notice(locked, "phone-asked", about=phone, also=[verified.trusted])
    return phone


def _refuse_many(user: User, number: numbers.Number) -> None:
    """Each new number sends the owner a warning; too many of them would bury the one that counts (AT-048)."""
    since = timezone.now() - policy.NEW_NUMBERS_WINDOW
    typed = Phone.objects.filter(user=user, created__gt=since).exclude(state="verified").order_by("created")
    first: dict[str, datetime] = {}
    for print_of, created in typed.values_list("fingerprint", "created"):
        first.setdefault(print_of, created)
    if Phone.print_of(number.e164) not in first and len(first) >= policy.NEW_NUMBERS:
        raise limits.RateLimited(min(first.values()) + policy.NEW_NUMBERS_WINDOW, "new-numbers")


def drop(user: User) -> None:
    """Give up the number that is not confirmed; the code that is out for it dies with it."""
    phone = Phone.objects.filter(user=user, state="unverified").first()
    if phone is not None and phone.move("drop", retired_at=timezone.now()):
        for code in Code.objects.filter(phone=phone, state="live"):
            code.move("replace")
        live.tell_person(user.pk)


def confirm(request: HttpRequest, user: User, phone: Phone, typed: str) -> Checked:
    """The confirmation number, typed. A right one verifies the number and puts it in the place of the earlier one."""

    def accept(locked: User, code: Code) -> bool:
        return _bind(request, locked, phone)

    checked = carrying.check(request, Errand(user, phone), typed, accept)
    if checked.ok:
        phone.refresh_from_db()
        audit.record("phone.verify", user=user, request=request, country=phone.country, ending=phone.ending)
        if phone.replaces is None:
            carrying.notice(user, "phone-added", about=phone)
        else:
            carrying.notice(user, "phone-changed", about=phone, also=[phone.replaces])
        test(request, user, phone)
    return checked


def _bind(request: HttpRequest, user: User, phone: Phone) -> bool:
    """The number becomes the person's. One that follows another within 24 hours is held (P-47)."""
    session_key = request.session.session_key or ""
    if not pending.is_alive(session_key, user):
        return False
    now, old = timezone.now(), Phone.objects.verified(user)
    before = old or Phone.objects.lately_bound(user)
    # SECURITY: never one that was held itself: two changes in a row would carry the factor off all the same.
    earlier = before.trusted if before else None
    if old is not None and not old.move("retire", retired_at=now, reason="replaced", confirmed=False):
        return False
    won = phone.move(
        "verify",
        verified_at=now,
        confirmed=True,
        replaces=earlier,
        held_until=now + policy.PHONE_HOLD if earlier else None,
        # B3: who has nothing else is protected by it from now on; what is better makes it unnecessary (decision 7).
        texts=old.texts if old else (RESTS if Factors.of(user).is_better else ON),
    )
    if won:
        _end_sessions(request, user, phone, proved=True)
    return won


def _end_sessions(request: HttpRequest, user: User, phone: Phone | None, *, proved: bool = False) -> None:
    """A factor has changed: everything else ends, and this session goes on, verified by what it has proved.

    Args: `phone` is the person's number now; `proved`: this session has just shown a code that went there.
    SECURITY: a session that has proved nothing but the password does not outlive the moment a second factor is due.
    """
    device, serves = getattr(request.user, "otp_device", None), Factors.of(user).phone is not None
    device_id: str | None = None
    if not isinstance(device, PortalKey | Passkey | Totp):
        if serves and device is None and not proved:
            pending.end_sessions(user)
            return
        device_id = phone.persistent_id if phone is not None and serves else ""
    here = request.session.session_key
    pending.end_sessions(user, keep=here or "", device_id=device_id, request=request)
    Activation.follow(here, request.session.session_key)


def switch_texts(request: HttpRequest, user: User, *, on: bool) -> bool:
    """Codes by text as a way to sign in: on, or off by the person's own choice. False: there was nothing to switch.

    Raises NotAllowed where the operator forbids them beside a key.
    """
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        phone = Phone.objects.verified(locked)
        if phone is None or (phone.texts == ON) == on or not _is_here(request, locked):
            return False
        has_better = Factors.of(locked).is_better
        if on and has_better and not settings.PORTAL_TEXTS_WITH_KEY:
            raise NotAllowed
        phone.touch(texts=ON if on else OFF, switched_at=timezone.now())
        _end_sessions(request, locked, phone if on else None)
    audit.record("texts.on" if on else "texts.off", user=user, request=request, ending=phone.ending)
    if on or has_better:
        carrying.notice(user, "texts-on" if on else "texts-off")
    else:
        # The password alone is left: as grave as taking the number away, and undone the same way.
        carrying.notice(user, "texts-ended", about=phone, also=[phone.trusted])
    live.tell_person(user.pk)
    return True


def _is_here(request: HttpRequest, user: User) -> bool:
    return pending.is_alive(request.session.session_key or "", user)


def remove(request: HttpRequest, user: User) -> bool:
    """Take the number away. Its owner is told at that number and by mail, and can undo it for 24 hours."""
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        phone = Phone.objects.verified(locked)
        if phone is None or not _is_here(request, locked):
            return False
        phone.move("retire", retired_at=timezone.now(), reason="removed", confirmed=False)
        drop(locked)
        carrying.end_codes(locked)
        _end_sessions(request, locked, None)
    audit.record("phone.remove", user=user, request=request, country=phone.country, ending=phone.ending)
    carrying.notice(user, "phone-removed", about=phone, also=[phone.trusted])
    live.tell_person(user.pk)
    return True


def end(phone: Phone, *, by: str) -> bool:
    """Staff take a number away from an account (R-85): lost, carried to another owner, or never the person's own.

    Nothing points back to it: no hold in its favour, no stop link, no code. False: it was the person's no longer.
    Args: `by` names who of the staff decided it.
    """
    with transaction.atomic():
        user = User.objects.locked(phone.user_id)
        if not phone.move("retire", retired_at=timezone.now(), reason="staff", texts=OFF, confirmed=False):
            return False
        drop(user)
        for earlier in Phone.objects.filter(user=user).exclude(reason="staff"):
            earlier.touch(reason="staff")
        carrying.end_codes(user)
        pending.end_sessions(user)
    audit.record("phone.end", user=user, country=phone.country, ending=phone.ending, by=by)
    carrying.notice(user, "phone-ended", about=phone)
    live.tell_person(user.pk)
    return True


def test(request: HttpRequest, user: User, phone: Phone) -> bool:
    """A text that asks for nothing, to see that they arrive. False: not now."""
    recent = Delivery.objects.filter(user=user, kind="test", created__gt=timezone.now() - policy.RESEND_WAITS[0])
    if recent.exists():
        return False
    sent = carrying.can_carry("text") and carrying.notice_at(user, "test", phone)
    live.tell_person(user.pk)
    return sent
