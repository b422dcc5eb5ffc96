"""Story 11: passkeys. Add, name, end; and signing in with one, which no look-alike of the portal can relay."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, pending, sessions
from accounts.models import Login, User
from twofactor import carrying, live, strength, trying
from twofactor.models import Factors, Passcode, Passkey, Phone, Totp
from twofactor.models.factors import PASSKEY
from twofactor.models.passkey import can_be_used_here, handle, place
from twofactor.protocol import webauthn
from twofactor.protocol.encoding import b64url
from twofactor.protocol.errors import Refused
from twofactor.trying import NotOffered, Tried

# Milliseconds that a browser gives its person: as long as a question waits, at most what the specification advises.
_PATIENCE = 300_000


class NotKept(Exception):
    """`reason`: `many`, `known` (this very passkey is there already), or `refused` (it is not what was asked for)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# --- Adding and ending ---


def options_to_add(request: HttpRequest, user: User) -> dict[str, Any] | None:
    """What the page hands to `navigator.credentials.create`; None where no passkey can be added.

    Bytes are in base64url, as `PublicKeyCredential.parseCreationOptionsFromJSON` reads them. GET writes nothing: the
    challenge is derived from the session and from how many passkeys there have been.
    """
    here = sessions.here(request)
    if here is None or not can_be_used_here() or not Passkey.room(user):
        return None
    known = Passkey.objects.binding(user)
    return {
        "rp": {"id": place().rp_id, "name": settings.PORTAL_NAME},
        "user": {"id": b64url(handle(user)), "name": user.get_username(), "displayName": user.get_short_name()},
        "challenge": b64url(Passkey.objects.challenge_to_add(user, here)),
        "pubKeyCredParams": [{"type": "public-key", "alg": each} for each in webauthn.ALGORITHMS],
        "excludeCredentials": [each.descriptor for each in known],
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "required"},
        "attestation": "none",
        "timeout": _PATIENCE,
    }


def add(request: HttpRequest, user: User, sent: str, label: str) -> Passkey:
    """Keep what the browser has made. It counts at once; every other session ends, because a factor has changed.

    SECURITY: the caller has seen with `strength.is_proved` that this session may.
    Raises what `strength.check_change` does, NotKept.
    """
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        strength.check_change(request, locked)
        passkey = _keep(request, locked, sent, label)
        # Decision 7, for whatever is better than a text; and whose phone was gone has something of their own again.
        Phone.objects.rest(locked)
        Passcode.objects.end(locked, reason="passkey")
        proves = not strength.is_strong_session(request)
        strength.end_others(request, locked, passkey.persistent_id if proves else None)
    audit.record("passkey.add", user=user, request=request, device=passkey.name)
    carrying.notice(user, "passkey-added", also=Phone.objects.to_tell(user), passkey=passkey.pk)
    live.tell_person(user.pk)
    return passkey


def _keep(request: HttpRequest, user: User, sent: str, label: str) -> Passkey:
    here = sessions.here(request)
    if here is None:
        raise strength.SignedOut
    if not Passkey.room(user):
        raise NotKept("many")
    try:
        made = webauthn.made(sent, place=place(), challenge=Passkey.objects.challenge_to_add(user, here))
    except Refused as refusal:
        raise NotKept("refused") from refusal
    try:
        with transaction.atomic():
            return Passkey.fresh(user, made, label)
    except IntegrityError as twice:
        raise NotKept("known") from twice


def rename(passkey: Passkey, label: str) -> None:
    passkey.touch(name=label)
    audit.record("passkey.rename", user=passkey.user, device=label)


def end(request: HttpRequest, user: User, passkey: Passkey) -> bool:
    """Its person gives it up. False: it had ended before. Raises what `strength.check_change` does.

    SECURITY: the caller has seen with `strength.is_proved` that this session may.
    """
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        strength.check_change(request, locked)
        if not strength.end_other(passkey, reason="desk", now=timezone.now()):
            return False
        strength.wake_texts(locked)
        verified = getattr(request.user, "otp_device", None) == passkey
        strength.end_others(request, locked, Factors.of(locked).strongest_left() if verified else None)
    carrying.notice(user, "passkey-ended", also=Phone.objects.to_tell(user))
    live.tell_person(user.pk)
    return True


def others(user: User, *, before: datetime | None = None) -> list[Passkey | Totp]:
    """What is neither a key nor a number: passkeys, and the app; those added `before` then, if that is given."""
    until = before or timezone.now()
    rows: list[Passkey | Totp] = [*Passkey.objects.binding(user).filter(added_at__lte=until)]
    return [*rows, *Totp.objects.filter(user=user, state="active", added_at__lte=until)]


def end_others(user: User, *, before: datetime) -> bool:
    """Staff take them away (R-84). Every session ends. False: there were none. The caller has the person's lock."""
    ended = [strength.end_other(row, reason="staff", now=timezone.now()) for row in others(user, before=before)]
    if not any(ended):
        return False
    strength.wake_texts(user)
    pending.end_sessions(user)
    carrying.notice(user, "others-ended", also=Phone.objects.to_tell(user))
    live.tell_person(user.pk)
    return True


# --- Signing in ---


def options(login: Login) -> dict[str, Any] | None:
    """What the page of a waiting sign-in hands to `navigator.credentials.get`; None where no passkey would do."""
    usable = Passkey.objects.active(login.user) if can_be_used_here() else Passkey.objects.none()
    allowed = [each.descriptor for each in usable]
    if not allowed:
        return None
    return {
        "rpId": place().rp_id,
        "challenge": b64url(Passkey.challenge_of(login)),
        "allowCredentials": allowed,
        "userVerification": "required",
        "timeout": _PATIENCE,
    }


def sign_in(request: HttpRequest, login: Login, sent: str) -> Tried:
    """What the browser has signed for this sign-in. A right one approves it.

    Beside what `Tried` says its `code` can be copied: its counter went back. Raises NotOffered, limits.RateLimited.
    """
    if not pending.is_open(login):
        return Tried(code="over")
    if PASSKEY not in Factors.of(login.user).kinds:
        audit.record("factor.downgrade", user=login.user, request=request, login=login, ok=False, reason=PASSKEY)
        raise NotOffered
    done = trying.once(request, login, "passkey.use", partial(_judge, sent))
    if done.code == "copied":
        audit.alert("passkey.copied", user=login.user, request=request, **done.facts)
        carrying.notice(login.user, "passkey-locked", also=Phone.objects.to_tell(login.user))
    return done


def _judge(sent: str, user: User, login: Login) -> Tried:
    try:
        passkey = Passkey.objects.active(user).filter(credential_id=webauthn.named(sent)).first()
        if passkey is None:
            # SECURITY: another person's and an ended one alike.
            return Tried(code="wrong")
        said = passkey.read(sent, Passkey.challenge_of(login))
    except Refused:
        return Tried(code="wrong")
    about = {"device": passkey.name}
    if not passkey.count_on(said):
        # SECURITY: two places sign with one key, and nobody can say which of them is its owner's (section 6.1.1).
        passkey.move("lock")
        return Tried(code="copied", facts=about)
    won = login.approve(factor=PASSKEY, device_id=passkey.persistent_id)
    return Tried(ok=True, facts=about) if won else Tried(code="over")
