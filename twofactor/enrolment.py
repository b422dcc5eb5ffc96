"""Story 2: a key comes to a person. Invite, claim, activate, confirm, disown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import audit, browser, limits, marks, pending
from accounts.models import User
from twofactor import carrying, live, policy, strength
from twofactor.asking import lock, supersede
from twofactor.enrolled import clean_label, end_key
from twofactor.models import Activation, Inactive, Passcode, Phone, PortalKey
from twofactor.models.key import ACTIVE, BINDING
from twofactor.protocol import activation, ocra, statements


class CodeUnknown(Exception):
    """Unknown, expired, used or burned: one refusal towards a device that has proved nothing (R-37)."""


class AlreadyEnrolled(Exception):
    """This very authenticator already holds this person's active key."""


class KeyLocked(Exception):
    """The companion has had its last wrong PIN."""


class WrongPin(Exception):
    """The response does not fit; `left` tries remain."""

    def __init__(self, left: int) -> None:
        super().__init__("wrong-pin")
        self.left = left


def invite(request: HttpRequest, user: User, *, beside: PortalKey | None = None) -> Activation | None:
    """A fresh code for the person of this session. It replaces every earlier one (P-29).

    SECURITY: who may have one beside a key, `moving` says; what opened this session is written down with the code.
    `beside` is the key that the caller has seen. If there is another one by now, it was not asked: None, and no code.
    """
    session_key = request.session.session_key or ""
    with transaction.atomic():
        # Of two that are asked for at once one lives.
        locked = User.objects.locked(user.pk)
        if PortalKey.objects.binding(locked) != beside:
            return None
        withdraw(locked, reason="replaced")
        # A locked phone is not asked, and a passkey of today is no proof that its owner sits here.
        unasked = beside is not None and beside.state != ACTIVE and strength.is_young(request)
        row = Activation.fresh(locked, session_key, weaker=marks.is_weaker(request) or unasked)
        audit.record("activation.offer", user=locked, request=request)
    live.tell_person(user.pk)
    return row


def withdraw(user: User, *, reason: str, session_key: str = "") -> None:
    """Burn the open codes of a person, or only those that one session shows."""
    rows = Activation.objects.filter(user=user, state__in=Activation.machine.sources("burn"))
    for row in rows.filter(session_key=session_key) if session_key else rows:
        row.move("burn", reason=reason)
        _drop_unconfirmed(row)
    live.tell_person(user.pk)


def _drop_unconfirmed(row: Activation) -> None:
    if row.key is not None and row.key.state == "pending":
        row.key.move("revoke")


def claim_invitation(request: HttpRequest, typed: str) -> Activation:
    """A device gives the code. One wins; every other gets CodeUnknown. Raises limits.RateLimited after many misses."""
    where = limits.network(limits.client_address(request))
    with transaction.atomic():
        # Both or none: an address that is refused must not use up what everybody shares.
        limits.charge(policy.ACTIVATION_ADDRESS, where)
        limits.charge(policy.ACTIVATION_SITE, "site")
    code = activation.read_code(typed)
    rows = Activation.objects.select_related("user").filter(user__is_active=True)
    row = rows.filter(code_digest=Activation.digest(code)).first() if code else None
    address, label = limits.client_address(request), browser.seen(request).label
    if row is None or not _is_shown(row) or not row.claim(browser=label, address=address):
        user = row.user if row else None
        reason = row.standing if row else "unknown"
        audit.record("activation.claim", user=user, request=request, ok=False, reason=reason)
        raise CodeUnknown
    limits.refund(policy.ACTIVATION_SITE, "site")
    limits.refund(policy.ACTIVATION_ADDRESS, where)
    audit.record("activation.claim", user=row.user, request=request)
    live.tell_person(row.user_id)
    return row


def _is_shown(row: Activation) -> bool:
    """SECURITY: a code dies with the session that shows it, at every step and not only at the claim (protocol 4)."""
    return pending.is_alive(row.session_key, row.user)


@dataclass(frozen=True)
class Enrolment:
    """What a device sends to become a person's authenticator, read from its statement and checked for shape."""

    kid: str
    public_jwk: dict[str, Any]
    sealing_jwk: dict[str, Any]
    response_key: bytes = field(repr=False)
    response: str = field(repr=False)
    label: str
    platform: str
    companion: dict[str, Any] | None = field(repr=False)


def activate(request: HttpRequest, row: Activation, enrolment: Enrolment) -> PortalKey:
    """The claimed code becomes a key: active at once, or after the desk has typed the phone's number (decision 6).

    Raises CodeUnknown, AlreadyEnrolled, WrongPin, Inactive (the companion), limits.RateLimited (its PIN has to wait).
    """
    if row.standing != "claimed" or not _is_shown(row):
        raise CodeUnknown
    companion = _companion(row, enrolment.companion) if enrolment.companion else None
    if companion is not None:
        _refuse_second_enrolment(request, row, companion)
    ours = ocra.check(enrolment.response_key, row.pin_question, enrolment.response, timezone.now().timestamp())
    if not ours.ok:
        raise WrongPin(_failed(row))
    key = PortalKey(
        user=row.user,
        kid=enrolment.kid,
        name=enrolment.label,
        platform=enrolment.platform,
        public_jwk=enrolment.public_jwk,
        sealing_jwk=enrolment.sealing_jwk,
        confirmed=False,
    )
    if companion is not None:
        key.install = companion.install
    key.seal_response_key(enrolment.response_key)
    try:
        with transaction.atomic():
            row.user = User.objects.locked(row.user_id)
            if not _is_shown(row):
                raise CodeUnknown
            key.save(force_insert=True)
            if settings.PORTAL_ACTIVATION_CONFIRM:
                confirm_by = min(row.expires, timezone.now() + policy.CONFIRM_LIFE)
                won = row.move("ask", when=Q(expires__gt=Now()), key=key, confirm_by=confirm_by)
            else:
                won = row.move("use", when=Q(expires__gt=Now()), key=key) and _install(request, row, key)
            if not won:
                raise CodeUnknown
    except IntegrityError as twice:
        # The same signing key a second time: a device that sends its statement again, or a copy of it.
        raise CodeUnknown from twice
    audit.record("activation.complete", user=row.user, request=request, kid=key.kid, state=row.state)
    live.tell_person(row.user_id)
    return key


def _companion(row: Activation, companion: dict[str, Any]) -> PortalKey:
    """Check that the PIN given is the one of the authenticator's other keys; a wrong one counts against that key."""
    other, response = PortalKey.objects.named(str(companion["kid"])), companion["response"]
    if not other.try_pin():
        if other.wait_until and other.wait_until > timezone.now():
            raise limits.RateLimited(other.wait_until, "pin")
        raise Inactive(other.kid)
    if not other.compare(row.pin_question, ocra.read_response(str(response)) or "").ok:
        left = _failed(row)
        if other.pin_failures >= policy.PIN_LOCKS:
            lock(other, reason="pin")
            raise KeyLocked
        audit.record("activation.companion", user=other.user, ok=False, reason="wrong", kid=other.kid, left=left)
        raise WrongPin(left)
    other.pin_was_right()
    return other


def _failed(row: Activation) -> int:
    """Count one failed attempt to complete; the last one burns the code. Returns how many are left."""
    row.try_once("failures", policy.ACTIVATION_TRIES)
    left = max(0, policy.ACTIVATION_TRIES - row.failures)
    if left == 0:
        row.move("burn", reason="wrong-pin")
    live.tell_person(row.user_id)
    return left


def _refuse_second_enrolment(request: HttpRequest, row: Activation, companion: PortalKey) -> None:
    here = PortalKey.objects.filter(user=row.user, state=ACTIVE, install=companion.install)
    if here.exists():
        row.move("burn", reason="already-enrolled")
        audit.record("activation.complete", user=row.user, request=request, ok=False, reason="already-enrolled")
        live.tell_person(row.user_id)
        raise AlreadyEnrolled


def _install(request: HttpRequest, row: Activation, key: PortalKey) -> bool:
    """The new key takes the place of the old one: one transaction, so there is never none and never two (R-34)."""
    user = row.user
    over_texts = strength.takes_the_place_of_less(user)
    if not row.weaker and strength.follows_one_given_up(user):
        row.touch(weaker=True)
    for old in PortalKey.objects.filter(user=user, state__in=BINDING).exclude(pk=key.pk):
        old.move("replace")
        supersede(old)
        audit.record("key.replace", user=user, kid=old.kid, device=old.name)
    key.move("activate", activated_at=timezone.now(), confirmed=True, over_texts=over_texts)
    # Decision 7: the key makes codes by text unnecessary; the person may switch them on again.
    Phone.objects.rest(user)
    Passcode.objects.end(user, reason="key")
    here = request.session.session_key
    pending.end_sessions(user, keep=row.session_key, device_id=key.persistent_id, request=request)
    Activation.follow(here, request.session.session_key)
    audit.record("key.activate", user=user, kid=key.kid, device=key.name)
    told = Phone.objects.to_tell(user)
    if row.weaker:
        # SECURITY: whoever has another factor in wrong hands could have done it, so its owner gets time.
        strength.hold(user)
        carrying.notice(user, "moved", also=told, key=key.pk)
    elif over_texts:
        # SECURITY: a text or an app alone let it in, so whoever has number or mailbox can undo it.
        carrying.notice(user, "key-first", also=told, key=key.pk)
    else:
        carrying.notice(user, "key-added", also=told)
    return True


def confirm(request: HttpRequest, row: Activation, typed: str) -> bool:
    """The desk types the six digits that the phone shows (P-30). Three tries within two minutes."""
    if row.standing != "confirm" or row.key is None:
        return False
    if not row.try_once("confirm_failures", policy.CONFIRM_TRIES):
        return False
    if not constant_time_compare(ocra.read_number(typed) or "", row.confirm_code):
        if row.confirm_failures >= policy.CONFIRM_TRIES:
            row.move("burn", reason="wrong-code")
            _drop_unconfirmed(row)
        audit.record("activation.confirm", user=row.user, request=request, ok=False, reason="wrong")
        return False
    with transaction.atomic():
        row.user = User.objects.locked(row.user_id)
        won = _is_shown(row) and row.move("use", when=Q(confirm_by__gt=Now())) and _install(request, row, row.key)
    audit.record("activation.confirm", user=row.user, request=request, ok=won)
    live.tell_person(row.user_id)
    return won


def disown_activation(request: HttpRequest, user: User, row: Activation | None) -> None:
    """ "This was not me": burn what is open, and revoke the key if the activation that the page shows made one."""
    if row is not None and row.state == "used" and row.key is not None:
        # SECURITY: during the hold nobody is brought down to less than a key, not even this way.
        event = "lock" if strength.held_until(user) else "revoke"
        end_key(row.key, reason="not-me", request=request, session_key=request.session.session_key, event=event)
        Activation.objects.filter(pk=row.pk).update(reason="not-me")
    withdraw(user, reason="not-me")
    audit.record("activation.disown", user=user, request=request)


def platform(named: str) -> str:
    return named if named in policy.PLATFORMS else "other"


def read_enrolment(jwk: dict[str, Any], claims: dict[str, Any]) -> Enrolment:
    """Read the claims of a completed activation. Raises statements.Refused for anything of the wrong shape."""
    companion = claims.get("companion")
    if companion is not None and not (isinstance(companion, dict) and {"kid", "response"} <= companion.keys()):
        raise statements.Refused("malformed", "of the wrong shape")
    label = clean_label(str(claims["label"]))
    if not label:
        raise statements.Refused("malformed", "a label without a letter")
    return Enrolment(
        kid=statements.thumbprint(jwk),
        public_jwk=jwk,
        sealing_jwk=statements.public_jwk(claims["enc"], "enc"),
        response_key=statements.unb64url(str(claims["response_key"]), 32),
        response=ocra.read_response(str(claims["response"])) or "",
        label=label,
        platform=platform(str(claims["platform"])),
        companion=companion,
    )
