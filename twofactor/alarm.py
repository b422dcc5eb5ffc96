""" "This was not me": what that ends, wherever it is said, on the phone or beside an event of the past (P-09)."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, browser, limits, pending, policy
from accounts.models import AuditEvent, Login, OpenSession, RefusedOrigin, User
from twofactor import carrying, live
from twofactor.asking import tell
from twofactor.models import Activation, Challenge, Passcode, Phone, RecoverySheet
from twofactor.models.challenge import open_challenges


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
        _withdraw_codes(user, disowned)
        pending.end_sessions(user)
    _tell(user, reason=disowned.purpose)


def raise_from_activity(request: HttpRequest, user: User, event: AuditEvent) -> None:
    """The person does not know an event of the past: all that is open ends, but for the session that says so.

    The browser and network of the event are refused for a day, unless they are those of whoever says so: owners share
    theirs with others. A new password is due, and this session has to sign in again to choose it.
    """
    here = request.session.session_key or ""
    own, network = browser.seen(request).digest, limits.network(limits.client_address(request))
    login = Login.objects.filter(pk=event.login_id or "-", user=user).first()
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        alive = pending.is_alive(here, locked)
        pending.disown(locked, None)
        digest = login.browser_digest if login is not None and login.browser_digest != own else ""
        elsewhere = event.address if limits.network(event.address) != network else None
        _refuse(locked, digest=digest, address=elsewhere)
        _end_everything(locked)
        RecoverySheet.objects.withdraw(locked, event.at)
        pending.end_sessions(locked, keep=here if alive else "", request=request)
        _tell(locked, reason=event.kind, request=request)


def _withdraw_codes(user: User, disowned: Challenge) -> None:
    """Recovery codes that the session has made which asked."""
    _what, _dash, session_id = disowned.about.partition("-")
    began = OpenSession.objects.filter(user=user, pk=session_id if session_id.isdecimal() else 0).first()
    if began is not None:
        RecoverySheet.objects.withdraw(user, began.since)


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
        other.decide("deny", by="online", reason="not_me")
        tell(other)
    carrying.end_codes(user)
    Passcode.objects.end(user, reason="not_me")
    for each in Login.objects.filter(user=user, state__in=("pending", "approved")):
        each.move("fail", reason="not_me")
    for shown in Activation.objects.filter(user=user, state__in=Activation.machine.sources("burn")):
        shown.move("burn", reason="not-me")
        if shown.key is not None and shown.key.state == "pending":
            shown.key.move("revoke")


def _tell(user: User, *, reason: str, request: HttpRequest | None = None) -> None:
    audit.alert("alarm.raise", user=user, request=request, event=reason)
    carrying.notice(user, "not-me", also=Phone.objects.to_tell(user))
    live.tell_person(user.pk)
