"""Story 12: codes of an authenticator app, for those who have no phone for a key. Set up, sign in, give up."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, pending
from accounts.models import Login, User
from twofactor import carrying, live, strength, trying
from twofactor.models import Factors, Phone, Totp
from twofactor.models.factors import TOTP
from twofactor.protocol import ocra
from twofactor.trying import NotOffered, Tried


class NotBegun(Exception):
    """No secret waits for its first code."""


# --- Setting it up and giving it up ---


def begin(request: HttpRequest, user: User) -> Totp:
    """A new secret for the page to show. An app that counts already goes on until a code of the new one was typed.

    SECURITY: the caller has seen with `strength.is_proved` that this session may.
    Raises what `strength.check_change` does.
    """
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        strength.check_change(request, locked)
        row = Totp.begin(locked)
    audit.record("totp.begin", user=user, request=request)
    return row


def prove(request: HttpRequest, user: User, typed: str) -> bool:
    """The first code of the app, typed: it holds the secret, and counts from now on. False: it is not its code.

    A factor has changed, so every other session ends. Raises what `strength.check_change` does, NotBegun.
    """
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        strength.check_change(request, locked)
        row = Totp.objects.fresh(locked)
        if row is None:
            raise NotBegun
        code = ocra.read_number(typed)
        if code is None or row.step_of(code) is None:
            return False
        old = Totp.objects.active(locked)
        if old is not None:
            strength.end_other(old, reason="replaced", now=timezone.now())
        row.prove(code)
        Phone.objects.rest(locked)
        proves = not strength.is_strong_session(request)
        strength.end_others(request, locked, row.persistent_id if proves else None)
    audit.record("totp.add", user=user, request=request)
    carrying.notice(user, "totp-added", also=Phone.objects.to_tell(user), totp=row.pk)
    live.tell_person(user.pk)
    return True


def end(request: HttpRequest, user: User) -> bool:
    """Its person gives it up. False: there was none. Raises what `strength.check_change` does.

    SECURITY: the caller has seen with `strength.is_proved` that this session may.
    """
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        strength.check_change(request, locked)
        row = Totp.objects.active(locked)
        if row is None or not strength.end_other(row, reason="desk", now=timezone.now()):
            return False
        strength.wake_texts(locked)
        verified = getattr(request.user, "otp_device", None) == row
        strength.end_others(request, locked, Factors.of(locked).strongest_left() if verified else None)
    carrying.notice(user, "totp-ended", also=Phone.objects.to_tell(user))
    live.tell_person(user.pk)
    return True


# --- Signing in ---


def type_code(request: HttpRequest, login: Login, typed: str) -> Tried:
    """Six digits of the app, typed at the desk. Right ones are used up and approve the sign-in.

    Beside what `Tried` says its `code` can be closed: too many in a row were wrong (P-23). Used and too old ones are
    wrong like all others. Raises NotOffered, limits.RateLimited.
    """
    if not pending.is_open(login):
        return Tried(code="over")
    if Factors.of(login.user).totp is None:
        audit.record("factor.downgrade", user=login.user, request=request, login=login, ok=False, reason=TOTP)
        raise NotOffered
    code = ocra.read_number(typed)
    if code is None:
        # Nothing to compare, so nothing counts.
        return Tried(code="malformed")
    done = trying.once(request, login, "totp.check", partial(_judge, code))
    if done.facts.get("count") in Totp.CLOSES:
        audit.record("totp.close", user=login.user, request=request, count=done.facts["count"])
        carrying.notice(login.user, "totp-closed", also=Phone.objects.to_tell(login.user))
        live.tell_person(login.user_id)
    return done


def _judge(code: str, user: User, login: Login) -> Tried:
    app = Factors.of(user).totp
    if app is None:
        return Tried(code="over")
    if not app.try_once(known=login.known_browser):
        return Tried(code="closed")
    if not app.take(code):
        return Tried(code="wrong", facts={"count": app.failures})
    won = login.approve(factor=TOTP, device_id=app.persistent_id)
    return Tried(ok=True) if won else Tried(code="over")
