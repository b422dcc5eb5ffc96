""" "This was not me": what that ends, wherever it is said, on the phone or beside an event of the past (P-09)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import audit, browser, limits, pending, policy
from accounts.models import AuditEvent, Login, OpenSession, RefusedOrigin, User
from twofactor import carrying, live
from twofactor.asking import supersede, tell
from twofactor.models import (
    Activation,
    Challenge,
    Passcode,
    Passkey,
    Phone,
    PortalKey,
    Proposal,
    RecoverySheet,
    Totp,
)
from twofactor.models.challenge import open_challenges
from twofactor.models.proposal import OPEN
from twofactor.policy import PHONE_HOLD
from twofactor.strength import end_added, end_other, held_until, wake_texts

_ABOUT_CODES = frozenset({"recovery.make", "recovery.prove", "recovery.use"})
_ADDED = {"passkey.add": "passkey", "totp.add": "app"}
# Finished sign-ins from browsers that were known, in whose networks their owner is taken to be.
_KNOWN_LATELY = 50


def raise_from_phone(disowned: Challenge, login: Login | None) -> None:
    """The person has disowned a question. The caller has the locks of the person and the sign-in.

    A sign-in is refused, and whoever began it has a password and no session. Everything else was asked for from within
    a session, so no session is trusted any more.
    """
    user = disowned.key.user
    pending.disown(user, login)
    _end_everything(user, but=disowned)
    if disowned.purpose != "sign-in":
        _refuse(user, digest=disowned.browser_digest, address=disowned.address)
        _withdraw_added(user, disowned)
        pending.end_sessions(user)
    _tell(user, reason=disowned.purpose)


def raise_from_activity(request: HttpRequest, user: User, event: AuditEvent) -> None:
    """The person does not know an event of the past: all that is open ends, but for the session that says so.

    The browser and network of the event are refused for a day, unless they are those of whoever says so, or of a
    browser that was known then: owners share theirs with others. The key or the recovery codes that it was about end
    with it. A new password is due, and this session has to sign in again to choose it.
    SECURITY: the caller has seen that the session has proved enough: with less, this would be a way to shut the owner
    out.
    """
    here = request.session.session_key or ""
    login = Login.objects.filter(pk=event.login_id or "-", user=user).first()
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        alive = pending.is_alive(here, locked)
        pending.disown(locked, None)
        digest, address = _origin(request, locked, event, login)
        _refuse(locked, digest=digest, address=address)
        _end_everything(locked)
        ends = what_ends(locked, event)
        if ends == "key":
            _end_key(locked, event)
        elif ends == "codes":
            RecoverySheet.objects.disown(locked, event.kind, event.at)
        elif ends in ("passkey", "app"):
            _end_added(locked, event)
        pending.end_sessions(locked, keep=here if alive else "", request=request)
        _tell(locked, reason=event.kind, request=request)


def what_ends(user: User, event: AuditEvent) -> str:
    """What ends for good when this event is disowned, beside all that is open: its `key`, its recovery `codes`, its
    `passkey`, its `app`, or nothing.
    """
    if event.outcome != "ok":
        return ""
    if event.kind == "key.activate":
        return "key"
    # Not during the hold: whoever moved the key without the one before it would leave the owner without a way back.
    if held_until(user) is not None:
        return ""
    if event.kind in _ADDED:
        return _ADDED[event.kind]
    return "codes" if event.kind in _ABOUT_CODES and _is_of_today(event) else ""


def _origin(request: HttpRequest, user: User, event: AuditEvent, login: Login | None) -> tuple[str, str | None]:
    """Which browser and address of the event are refused: none that belongs to the owner, as far as can be told.

    SECURITY: a browser that was known had signed in before: whoever presses the button may not be the owner, and picks
    the event.
    """
    if login is not None and login.known_browser:
        return "", None
    own, network = browser.seen(request).digest, limits.network(limits.client_address(request))
    # From where staff work is nobody's to refuse: what they gave went to whoever was signing in, if anybody was.
    came = (login.address if login else None) if "staff" in event.facts else event.address
    there = limits.network(came)
    known = Login.objects.filter(user=user, state="consumed", known_browser=True).order_by("-created")[:_KNOWN_LATELY]
    theirs = {network, *(limits.network(each.address) for each in known)}
    theirs_too = login is None or constant_time_compare(login.browser_digest, own)
    digest = "" if login is None or theirs_too else login.browser_digest
    return digest, came if there not in theirs else None


def _end_key(user: User, event: AuditEvent) -> None:
    """The key whose activation is disowned approves nothing any more.

    SECURITY: locked and not gone, so that nobody is brought down to less than a key. Only one that took the place of
    codes by text within the last day goes, as its stop link would have it, and the texts are there again.
    """
    key = PortalKey.objects.filter(user=user, kid=event.facts.get("kid", "-")).first()
    if key is None:
        return
    first = key.over_texts and held_until(user) is None and _is_of_today(event)
    changes: dict[str, Any] = {"confirmed": False} if first else {}
    if key.move("revoke" if first else "lock", **changes):
        supersede(key)
        if first:
            wake_texts(user)
        audit.record("key.revoke", user=user, reason="not-me", kid=key.kid, device=key.name, state=key.state)
        carrying.notice(user, "key-ended", also=Phone.objects.to_tell(user))


def _end_added(user: User, event: AuditEvent) -> None:
    """The passkey or the app whose adding is disowned: the one that was added just before it was recorded."""
    model: type[Passkey | Totp] = Passkey if event.kind == "passkey.add" else Totp
    rows = model._default_manager.filter(user=user, added_at__lte=event.at).select_related("user")
    added = rows.order_by("-added_at").first()
    if added is not None and end_other(added, reason="not-me", now=timezone.now()):
        wake_texts(user)


def _is_of_today(event: AuditEvent) -> bool:
    return event.at > timezone.now() - PHONE_HOLD


def _withdraw_added(user: User, disowned: Challenge) -> None:
    """Recovery codes that the session has made which asked, and the passkeys and the app that it has added."""
    _what, _dash, session_id = disowned.about.partition("-")
    began = OpenSession.objects.filter(user=user, pk=session_id if session_id.isdecimal() else 0).first()
    if began is not None:
        RecoverySheet.objects.withdraw(user, began.since)
        end_added(user, began.since, reason="not-me")


def _refuse(user: User, *, digest: str, address: str | None) -> None:
    """This browser and this network are refused for a day, as far as they are known."""
    if digest or address:
        network, until = limits.network(address) if address else "-", timezone.now() + policy.REFUSED_FOR
        RefusedOrigin.objects.create(user=user, digest=digest, network=network, until=until)


def _end_everything(user: User, *, but: Challenge | None = None) -> None:
    """Every question, code and sign-in that is open: a code that is out, or an approval that nobody has claimed yet, is
    the thief's, too.
    """
    for other in open_challenges(user).exclude(pk=but.pk if but else "").select_related("key__user", "login"):
        if other.login is not None:
            other.login.move("fail", reason="not_me")
        # Nothing is said of an application whose question ends with all others.
        other.decide("deny", by="online", reason="alarm" if other.asker else "not_me")
        tell(other)
    carrying.end_codes(user)
    Passcode.objects.end(user, reason="not_me")
    for each in Login.objects.filter(user=user, state__in=("pending", "approved")):
        each.move("fail", reason="not_me")
    for shown in Activation.objects.filter(user=user, state__in=Activation.machine.sources("burn")):
        shown.move("burn", reason="not-me")
        if shown.key is not None and shown.key.state == "pending":
            shown.key.move("revoke")


def withdraw_proposals(user: User) -> None:
    """SECURITY: what staff were going to take away was decided before the person said that something is wrong: a caller
    who was not them may have asked for it. The caller has the person's lock.
    """
    for proposal in Proposal.objects.select_related("phone").filter(user=user, state__in=OPEN):
        told = proposal.due is not None
        if not proposal.move("cancel", ended="alarm", ended_at=timezone.now()):
            continue
        audit.record("proposal.cancel", user=user, reason="alarm", proposal=proposal.pk, purpose=proposal.what)
        if told:
            also = [*Phone.objects.to_tell(user), *([proposal.phone] if proposal.phone else [])]
            carrying.notice(user, "desk-cancelled", also=also, proposal=proposal.pk)


def _tell(user: User, *, reason: str, request: HttpRequest | None = None) -> None:
    withdraw_proposals(user)
    audit.alert("alarm.raise", user=user, request=request, event=reason)
    carrying.notice(user, "not-me", also=Phone.objects.to_tell(user))
    live.tell_person(user.pk)
