"""Story 12: codes of an authenticator app, for those who have no phone for a key. Set up, sign in, give up."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, limits, pending
from accounts.models import Login, User
from accounts.policy import FACTOR_ADDRESS, FACTOR_PERSON
from twofactor import budgets, carrying, live, strength
from twofactor.asking import withdraw
from twofactor.models import Factors, Phone, Totp
from twofactor.models.factors import TOTP
from twofactor.protocol import ocra


class NotOffered(Exception):
    """This person has no app whose codes sign them in; or no secret waits for its first code."""


# --- Setting it up and giving it up ---


def begin(request: HttpRequest, user: User) -> Totp:
    """A new secret for the page to show. An app that counts already goes on until a code of the new one was typed.

    SECURITY: the caller has seen with `strength.is_proved` that this session may.
    Raises what `strength.check_change` does.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        strength.check_change(request, locked)
        row = Totp.begin(locked)
    audit.record("totp.begin", user=user, request=request)
    return row


def prove(request: HttpRequest, user: User, typed: str) -> bool:
    """The first code of the app, typed: it holds the secret, and counts from now on. False: it is not its code.

    A factor has changed, so every other session ends. Raises what `strength.check_change` does, NotOffered.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        strength.check_change(request, locked)
        row = Totp.objects.fresh(locked)
        if row is None:
            raise NotOffered
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
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
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


@dataclass(frozen=True)
class Typed:
    """How what was typed did: `ok`, or `code` of malformed, wrong (used and too old alike), closed (P-23), over."""

    ok: bool = False
    code: str = ""


def type_code(request: HttpRequest, login: Login, typed: str) -> Typed:
    """Six digits of the app, typed at the desk. Right ones are used up and approve the sign-in.

    SECURITY: counted for person, address and app before anything is compared (R-51). Raises NotOffered,
    limits.RateLimited.
    """
    if not pending.is_open(login):
        return Typed(code="over")
    if Factors.of(login.user).totp is None:
        audit.record("factor.downgrade", user=login.user, request=request, login=login, ok=False, reason=TOTP)
        raise NotOffered
    code = ocra.read_number(typed)
    if code is None:
        # Nothing to compare, so nothing counts.
        return Typed(code="malformed")
    who, where = budgets.whose(login.user, login), budgets.where(request, login)
    with transaction.atomic():
        # Both or none: what is refused by one budget was not compared, so it costs the other nothing.
        limits.charge(FACTOR_PERSON, *who)
        limits.charge(FACTOR_ADDRESS, where)
    with transaction.atomic():
        # One order of locks everywhere: person, sign-in, app.
        locked = User.objects.select_for_update(no_key=True).get(pk=login.user_id)
        login = Login.objects.select_for_update(no_key=True).get(pk=login.pk)
        done = _judge(locked, login, code) if pending.is_open(login) else Typed(code="over")
        if done.code == "over":
            # What was used up for a sign-in that has ended meanwhile is not.
            transaction.set_rollback(True)
        elif done.ok:
            # SECURITY: what cannot be recorded is not accepted.
            audit.record("totp.check", user=locked, request=request, login=login)
    if done.ok:
        limits.clear(FACTOR_PERSON, *who)
    elif done.code != "wrong":
        limits.refund(FACTOR_PERSON, *who)
    if done.code != "wrong":
        # Right, or not compared: neither is a failure.
        limits.refund(FACTOR_ADDRESS, where)
    if done.ok:
        withdraw(login, reason=TOTP)
    else:
        audit.record("totp.check", user=locked, request=request, login=login, ok=False, reason=done.code)
    live.tell_desk(login.pk)
    return done


def _judge(user: User, login: Login, code: str) -> Typed:
    app = Factors.of(user).totp
    if app is None:
        return Typed(code="over")
    if not app.try_once(known=login.known_browser):
        return Typed(code="closed")
    if not app.take(code):
        return Typed(code="wrong")
    won = login.approve(factor=TOTP, device_id=app.persistent_id)
    return Typed(ok=True) if won else Typed(code="over")
