"""Story 8: the phone is gone. Recovery codes, a code to a number that rests, the passcode of the support desk."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import audit, pending
from accounts.models import Login, User
from twofactor import carrying, live, roles, strength, trying
from twofactor.models import Factors, Passcode, Phone, PortalKey, RecoveryCode, RecoverySheet
from twofactor.models.factors import PASSCODE, RECOVERY
from twofactor.models.key import ACTIVE
from twofactor.models.recovery import read_code
from twofactor.trying import Tried


class NotOffered(Exception):
    """This person has no such way back, or may not use it."""


class NotIssued(Exception):
    """No passcode: `reason` is `over` (the sign-in has ended), `no-factor` (the password is enough), or `self`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SecondPersonNeeded(Exception):
    """No new key that still answers followed the last passcode: another one needs a second member of staff."""


# --- The sheet ---


def make(request: HttpRequest, user: User) -> RecoverySheet:
    """Begin a new sheet. The one of before counts until a code of this one has been typed.

    Raises what `strength.check_change` does, or NotOffered to a person without a second factor.
    """
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        strength.check_change(request, locked)
        if not Factors.of(locked):
            raise NotOffered
        for begun in RecoverySheet.objects.filter(user=locked, state="new"):
            begun.move("revoke", salt="", confirmed=False, ended_at=timezone.now())
        sheet = RecoverySheet.objects.create(user=locked, name="recovery codes", confirmed=False)
    audit.record("recovery.make", user=user, request=request)
    return sheet


def prove(request: HttpRequest, user: User, typed: str) -> bool:
    """One of the new codes, typed: they have been written down, and count from now on. None of them is used up by it.

    A factor has changed, so every other session ends. False: the code is none of them.
    Raises what `strength.check_change` does, or NotOffered when no sheet waits for it.
    """
    code = read_code(typed)
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        strength.check_change(request, locked)
        sheet = RecoverySheet.objects.fresh(locked)
        if sheet is None:
            raise NotOffered
        if code is None or not any(constant_time_compare(code, each) for each in sheet.printed):
            return False
        now = timezone.now()
        for old in RecoverySheet.objects.filter(user=locked, state="active"):
            old.move("replace", confirmed=False, ended_at=now)
        sheet.keep()
        # SECURITY: the salt goes, and with it every way of telling the codes from what is kept.
        sheet.move("prove", salt="", confirmed=True, proved_at=now)
        strength.end_others(request, locked, None)
    audit.record("recovery.prove", user=user, request=request, left=sheet.left)
    carrying.notice(user, "recovery-made", also=Phone.objects.to_tell(user))
    live.tell_person(user.pk)
    return True


# --- Signing in without the phone ---


def type_code(request: HttpRequest, login: Login, typed: str) -> Tried:
    """A recovery code, typed at the desk. The right one is used up and approves the sign-in. Raises RateLimited.

    Unknown, used and another person's are wrong alike.
    """

    def judge(user: User, login: Login, code: str) -> Tried:
        row = RecoveryCode.typed(user, code)
        # SECURITY: the burning decides, and nothing before it: of twenty that meet one wins.
        if row is None or not row.burn():
            return Tried(code="wrong")
        won = login.approve(factor=RECOVERY, device_id=row.sheet.persistent_id)
        return Tried(ok=True) if won else Tried(code="over")

    done = _check(request, login, typed, "recovery.use", judge)
    sheet = RecoverySheet.objects.active(login.user)
    if done.ok and sheet is not None:
        _tell_used(login, "recovery-used", left=sheet.left)
    return done


def type_passcode(request: HttpRequest, login: Login, typed: str) -> Tried:
    """The temporary passcode, typed at the desk: good until it ends, however often. Raises RateLimited."""

    def judge(user: User, login: Login, code: str) -> Tried:
        row = Passcode.objects.good(user)
        if row is None or not row.fits(code) or not row.use():
            return Tried(code="wrong")
        won = login.approve(factor=PASSCODE, device_id=row.persistent_id)
        return Tried(ok=True) if won else Tried(code="over")

    done = _check(request, login, typed, "passcode.use", judge)
    if done.ok:
        _tell_used(login, "passcode-used")
    return done


def _check(
    request: HttpRequest, login: Login, typed: str, kind: str, judge: Callable[[User, Login, str], Tried]
) -> Tried:
    if not pending.is_open(login):
        return Tried(code="over")
    code = read_code(typed)
    if code is None:
        # Nothing to compare, so nothing counts.
        return Tried(code="malformed")

    def judge_protected(user: User, login: Login) -> Tried:
        # Whoever has no second factor any more has no way back to it.
        return judge(user, login, code) if Factors.of(user) else Tried(code="over")

    return trying.once(request, login, kind, judge_protected)


def _tell_used(login: Login, kind: str, left: int | None = None) -> None:
    """Everybody concerned hears of it each time (R-59, R-63), whatever becomes of this sign-in."""
    user = login.user
    also = Phone.objects.to_tell(user)
    carrying.notice(user, kind, also=also, browser=login.browser, address=login.address or "", left=left)
    live.tell_person(user.pk)


def text(request: HttpRequest, login: Login, way: str = "text") -> None:
    """A code to the number at which texts rest for the key. From there on it is a sign-in by text like any other.

    Raises NotOffered, and what sending raises.
    """
    number = Factors.of(login.user).resting
    if number is None:
        reason = "resting"
        audit.record("factor.downgrade", user=login.user, request=request, login=login, ok=False, reason=reason)
        raise NotOffered
    carrying.send(request, carrying.Errand(login.user, number, login), way)


# --- The passcode of the support desk ---


def issue_passcode(login: Login, *, staff: User, reason: str, second: User | None = None) -> Passcode:
    """A passcode for the caller who waits at this sign-in: it appears on their own page, and nowhere else.

    Args: `reason` is what staff wrote; `second` another member of staff, who agrees to a second one in a row.
    SECURITY: whoever issues it never sees it; the row says when, by whom and for which sign-in, and not what.
    Raises NotIssued, SecondPersonNeeded.
    """
    with transaction.atomic():
        user = User.objects.locked(login.user_id)
        login = Login.locked(login.pk)
        if roles.is_same(staff, user):
            raise NotIssued("self")
        if not pending.is_open(login) or not user.is_active:
            raise NotIssued("over")
        if not Factors.of(user):
            raise NotIssued("no-factor")
        if _in_a_row(user) and not _is_second(second, staff, user):
            raise SecondPersonNeeded
        Passcode.objects.end(user, reason="replaced")
        row = Passcode.fresh(login, staff=staff, second=second, why=reason)
        login.touch()
    audit.record("passcode.issue", user=user, login=login, why=reason, **audit.by_staff(staff))
    carrying.notice(user, "passcode-issued", also=Phone.objects.to_tell(user))
    live.tell_desk(login.pk)
    live.tell_person(user.pk)
    return row


def needs_second(user: User) -> bool:
    """Whether the next passcode of this person needs a second member of staff."""
    return _in_a_row(user) and not getattr(settings, "PORTAL_ONE_PERSON_DESK", False)


def _in_a_row(user: User) -> bool:
    """Whether no new key followed the last passcode: then somebody lives on passcodes, or is not who they say.

    SECURITY: only a key that is active follows. One that was stopped or locked since may have been a thief's.
    """
    last = Passcode.objects.filter(user=user).order_by("-pk").first()
    followed = PortalKey.objects.filter(user=user, state=ACTIVE, activated_at__gt=last.created) if last else None
    return followed is not None and not followed.exists()


def _is_second(second: User | None, staff: User, user: User) -> bool:
    if settings.PORTAL_ONE_PERSON_DESK:
        return True
    if second is None or not (second.is_active and second.is_staff):
        return False
    return roles.is_another(second, staff) and not roles.is_same(second, user)


def end_passcode(user: User) -> None:
    """A new password was chosen: who had the one before, and a passcode with it, has neither now."""
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        Passcode.objects.end(locked, reason="password")
