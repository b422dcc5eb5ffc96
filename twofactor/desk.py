"""Story 6: what staff do at once for a client who calls. Each is recorded with who and why, and told to the client.

Nothing here makes a sign-in ask for less: what takes a factor away for good is `proposing`'s.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts import audit, pending, sessions
from accounts.models import Login, OpenSession, RefusedOrigin, User, new_id
from twofactor import asking, carrying, enrolled, enrolment, live, pairs, permits, roles
from twofactor.models import Challenge, Passcode, Passkey, Phone, PortalKey, Totp
from twofactor.models.challenge import CALLER, open_challenges
from twofactor.models.factors import PASSCODE
from twofactor.models.phone import OFF


class Nothing(Exception):
    """There is nothing to do any more: it has ended, or somebody else was faster."""


def _tell(request: HttpRequest, user: User, kind: str, reason: str, **facts: Any) -> None:
    """Into the record: what, for whom, by whom, and why in their words."""
    audit.record(kind, user=user, request=request, why=reason, **audit.by_staff(_staff(request)), **facts)
    live.tell_person(user.pk)


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 # nosec B101 # the administration's door has seen to it
    return request.user


def _everywhere(user: User) -> list[Phone]:
    return Phone.objects.to_tell(user)


def lock(request: HttpRequest, user: User, reason: str) -> None:
    """Nobody signs in as this person until somebody unlocks them; whoever is signed in is signed out (AT-010)."""
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        if not locked.is_active:
            raise Nothing
        User.objects.filter(pk=user.pk).update(is_active=False, locked_at=timezone.now(), lock_reason=reason[:64])
        _end_all(locked)
        _tell(request, locked, "account.lock", reason)
    carrying.notice(locked, "locked", also=_everywhere(locked))


def _end_all(user: User) -> None:
    """Sessions, sign-ins, questions and codes: what was open stays dead, whatever happens to the account later."""
    # One order of locks everywhere: sign-ins before their questions, as whoever answers one takes them.
    for login in Login.objects.filter(user=user, state__in=Login.machine.sources("cancel")):
        login.move("cancel", reason="staff")
        live.tell_desk(login.pk)
    for challenge in open_challenges(user).select_related("key", "login"):
        challenge.decide("supersede", reason="staff")
        asking.tell(challenge)
    enrolment.withdraw(user, reason="staff")
    carrying.end_codes(user)
    # SECURITY: whoever talked somebody of the staff into it is out, and stays out.
    Passcode.objects.end(user, reason="staff")
    pending.end_sessions(user)


def unlock(request: HttpRequest, user: User, reason: str) -> None:
    """The person signs in again, with what they had."""
    rows = User.objects.filter(pk=user.pk, is_active=False)
    with transaction.atomic():
        if not rows.update(is_active=True, locked_at=None, lock_reason=""):
            raise Nothing
        _tell(request, user, "account.unlock", reason)
    carrying.notice(user, "unlocked", also=_everywhere(user))


def wake(request: HttpRequest, user: User, reason: str) -> None:
    """Whoever comes back after a long time may set up a second factor again (P-48). Staff have seen to who it is."""
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        if not permits.wake(locked):
            raise Nothing
        _tell(request, locked, "account.wake", reason)
    carrying.notice(locked, "woken", also=_everywhere(locked))


def end_sessions(request: HttpRequest, user: User, reason: str) -> None:
    """Sign the person out everywhere, sign-ins in progress included (R-85)."""
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        _end_all(locked)
        _tell(request, locked, "session.end-all", reason)
    carrying.notice(locked, "sessions-ended", also=_everywhere(locked))


def cancel_sign_in(request: HttpRequest, user: User, login_id: str, reason: str) -> None:
    """End one sign-in in progress, also one that has been approved and not claimed. The password was right there."""
    login = Login.objects.filter(pk=login_id, user=user).first()
    if login is None or not login.move("cancel", reason="staff"):
        raise Nothing
    asking.withdraw(login, reason="cancelled")
    audit.record("login.cancel", user=user, request=request, login=login, why=reason, **audit.by_staff(_staff(request)))
    live.tell_desk(login.pk)


def switch_off(request: HttpRequest, user: User, reason: str) -> None:
    """The key answers nothing from now on, and goes on standing between a password and a session.

    SECURITY: like a key that its own phone gives up: locked, never revoked. One call to the support desk must not leave
    an account with its password alone.
    """
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        key = PortalKey.objects.active(locked)
        if key is None or not key.move("lock"):
            raise Nothing
        locked.bump_epoch()
        asking.supersede(key)
        enrolment.withdraw(locked, reason="staff")
        _tell(request, locked, "key.lock", reason, kid=key.kid, device=key.name)
    carrying.notice(locked, "key-locked", also=_everywhere(locked))


def leaves_something(user: User) -> bool:
    """Whether a second factor is left once this person's key is gone: a passkey, an app, or a number whose codes rest
    for it, or serve.
    """
    if Passkey.objects.active(user).exists() or Totp.objects.active(user) is not None:
        return True
    phone = Phone.objects.verified(user)
    return phone is not None and phone.texts != OFF and carrying.can_carry("text")


def revoke(request: HttpRequest, user: User, reason: str) -> None:
    """Take a key away for good, at once: only where codes by text take its place. Else it is a proposal (R-84)."""
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        key = PortalKey.objects.binding(locked)
        if key is None or not leaves_something(locked):
            raise Nothing
        _tell(request, locked, "key.end", reason, kid=key.kid, device=key.name)
        if not enrolled.end_key(key, reason="staff", request=request):
            raise Nothing


def test_key(request: HttpRequest, user: User, reason: str) -> None:
    """A notification that asks for nothing. Raises limits.RateLimited."""
    key = PortalKey.objects.active(user)
    if key is None:
        raise Nothing
    enrolled.test(request, key, by_desk=True)
    _tell(request, user, "key.test", reason, kid=key.kid)


def may_lift(staff: User, user: User) -> bool:
    """SECURITY: while a new password is due, whoever was refused may still know the old one: an officer decides."""
    return not user.password_change_required or roles.may(staff, "unlock_person")


def lift_refusals(request: HttpRequest, user: User, reason: str) -> None:
    """For "I did not start this" tapped by mistake: the person signs in again from where they refused it."""
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        staff = request.user
        if not isinstance(staff, User) or not may_lift(staff, locked):
            raise Nothing
        if not RefusedOrigin.objects.filter(user=locked).delete()[0]:
            raise Nothing
        _tell(request, locked, "refusal.lift", reason)
    carrying.notice(locked, "refusal-lifted", also=_everywhere(locked))


def take_passcode_back(request: HttpRequest, user: User, reason: str) -> None:
    """The passcode signs nobody in any more, and who came in with it is out."""
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        if not Passcode.objects.end(locked, reason="staff"):
            raise Nothing
        for opened in OpenSession.objects.filter(user=locked, factor=PASSCODE):
            sessions.end(locked, opened.pk)
        for login in Login.objects.filter(user=locked, state="approved", factor=PASSCODE):
            login.move("cancel", reason="staff")
            live.tell_desk(login.pk)
        _tell(request, locked, "passcode.end", reason)
    carrying.notice(locked, "passcode-ended", also=_everywhere(locked))


def check_caller(request: HttpRequest, user: User, reason: str) -> Challenge:
    """Put two words to the client's phone: staff say one, and hear the other; then both know whom they talk to (N9).

    Raises Nothing without an active key, limits.RateLimited when no notification can be sent.
    """
    key = PortalKey.objects.active(user)
    if key is None:
        raise Nothing
    name = new_id()
    with translation.override(user.own_tongue):
        theirs, ours = pairs.pair(name)
        display = {
            "lang": translation.get_language() or "en",
            "title": gettext("Are you speaking with %(portal)s?") % {"portal": settings.PORTAL_NAME},
            "account": user.get_short_name(),
            "facts": [
                [gettext("Our staff say"), theirs],
                [gettext("You say"), ours],
                [gettext("Time"), asking.clock(timezone.now())],
            ],
            "warnings": [gettext("Let our staff say their word first. Did they? Then say yours, and approve.")],
        }
    challenge = asking.ask_action(key, display, about=f"{CALLER}{name}", by_desk=True)
    _tell(request, user, "caller.check", reason, kid=key.kid)
    return challenge


def tell_of_details(user: User, before: str) -> None:
    """A superuser has changed the username or the mail address: told at all places, and at the address of `before`."""
    carrying.notice(user, "details-changed", also=_everywhere(user))
    if before and before != user.email and carrying.can_carry("mail"):
        carrying.notice_at(user, "details-changed", None, mail=before)
