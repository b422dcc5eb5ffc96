"""What happened, for the person whom it concerns: events of the record in plain words, and which they may disown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import browser, limits
from accounts.models import AuditEvent, User
from accounts.prepared import Prepared
from twofactor import policy
from twofactor.models import PortalKey

# What a person can ask to see alone, in the order in which it is offered.
SIGN_INS, APPLICATIONS, KEY, NUMBER = "sign-ins", "applications", "key", "number"
PASSWORD, DESK = "password", "desk"
GROUPS = {
    SIGN_INS: _("Signing in"),
    APPLICATIONS: _("Applications"),
    KEY: _("Phone and key"),
    NUMBER: _("Phone number and texts"),
    PASSWORD: _("Password and recovery"),
    DESK: _("Support desk"),
}
# What is told with the application that it was for.
_TO_APPLICATIONS = frozenset({"login.claim", "login.cancel", "challenge.approve", "challenge.deny", "password.check"})
_SHOWN_LATELY = 6
_FEW = 3
# Refused tries of whoever wants to get in as somebody.
_TRIES = ("password.check", "code.check", "passkey.use", "totp.check", "recovery.use", "passcode.use")
# What staff give to a caller who says that they are this person.
_FOR_A_CALLER = frozenset({"passcode.issue", "sealed.send"})
# What locks a key, and why if it was not our staff.
_LOCKS = {"key.lock": "pin", "key.surrender": "surrender", "key.revoke": "disowned"}


@dataclass(frozen=True)
class _Told:
    """How an event is told. `good` and `bad` are tags; `mine` can be disowned; `minor` is not among the latest few."""

    group: str
    words: Any
    good: bool = False
    bad: bool = False
    mine: bool = False
    minor: bool = False


def _mine(group: str, words: Any, **more: bool) -> _Told:
    return _Told(group, words, mine=True, **more)


def _bad(group: str, words: Any, **more: bool) -> _Told:
    return _Told(group, words, bad=True, **more)


# By kind; with "!" where it was refused; after a colon what it was for, who did it, or why. Everything else stays in
# the record for the support desk (`UNTOLD`).
_WORDS = {
    "login.claim": _mine(SIGN_INS, _("You signed in."), good=True),
    "login.claim:key": _mine(SIGN_INS, _("You signed in with %(key)s."), good=True),
    "login.claim:passkey": _mine(SIGN_INS, _("You signed in with a passkey."), good=True),
    "login.claim:totp": _mine(SIGN_INS, _("You signed in with a code of your app."), good=True),
    "login.claim:text": _mine(SIGN_INS, _("You signed in with a code by text."), good=True),
    "login.claim:recovery": _mine(SIGN_INS, _("You signed in with a recovery code."), good=True),
    "login.claim:passcode": _mine(SIGN_INS, _("You signed in with a temporary passcode."), good=True),
    "login.claim:password": _mine(SIGN_INS, _("You signed in with your password alone."), good=True),
    "login.cancel": _Told(SIGN_INS, _("A sign-in was cancelled."), minor=True),
    "login.cancel:staff": _Told(DESK, _("Our staff cancelled a sign-in.")),
    "challenge.approve": _mine(SIGN_INS, _("You approved a sign-in on your phone."), minor=True),
    "challenge.approve:hand": _mine(SIGN_INS, _("You typed the response that your phone had shown."), minor=True),
    "challenge.approve:action": _mine(SIGN_INS, _("You approved a change on your phone.")),
    "challenge.approve:test": _Told(KEY, _("You answered a test on your phone."), minor=True),
    "challenge.approve:caller": _Told(DESK, _("You told our staff on your phone that it was you who was calling.")),
    "challenge.approve:application": _mine(APPLICATIONS, _("You approved what %(application)s had asked.")),
    "challenge.deny:application": _Told(APPLICATIONS, _("You declined what %(application)s had asked.")),
    "challenge.deny:caller": _bad(DESK, _("You told our staff on your phone that it was not you who was calling.")),
    "challenge.deny": _bad(SIGN_INS, _("A sign-in was refused on your phone.")),
    "challenge.deny:not_me": _bad(SIGN_INS, _("You refused a sign-in on your phone, because you had not started it.")),
    "challenge.deny:number": _bad(SIGN_INS, _("A sign-in was refused after wrong numbers on your phone.")),
    "challenge.number!": _bad(SIGN_INS, _("A wrong number was given on your phone."), minor=True),
    "challenge.response!": _bad(SIGN_INS, _("A wrong response was typed.")),
    "challenge.pin!": _bad(SIGN_INS, _("A wrong PIN was given on your phone.")),
    "password.check!": _bad(SIGN_INS, _("A wrong password was typed.")),
    "password.check!:disowned": _bad(SIGN_INS, _("A sign-in was refused from where you had refused one before.")),
    "code.send": _mine(SIGN_INS, _("A code was sent to your phone.")),
    "code.check!": _bad(SIGN_INS, _("A wrong code was typed.")),
    "passkey.use!": _bad(SIGN_INS, _("A passkey was used that is not valid for your account.")),
    "passkey.copied!": _bad(SIGN_INS, _("The passkey “%(device)s” may have been copied, and was locked.")),
    "totp.check!": _bad(SIGN_INS, _("A wrong code of your authenticator app was typed.")),
    "totp.close": _bad(SIGN_INS, _("Your authenticator app was closed after too many wrong codes.")),
    "recovery.use!": _bad(SIGN_INS, _("A wrong recovery code was typed.")),
    "passcode.use!": _bad(SIGN_INS, _("A wrong temporary passcode was typed.")),
    "alarm.raise!": _bad(SIGN_INS, _("You said that it was not you. Everything that was open has ended.")),
    "device.sign-in": _mine(SIGN_INS, _("You were signed in to %(application)s on a device."), good=True),
    "device.deny!": _bad(SIGN_INS, _("A sign-in to %(application)s on a device was refused."), minor=True),
    "session.end": _Told(SIGN_INS, _("You signed out."), minor=True),
    "session.end-one": _mine(SIGN_INS, _("You signed another browser out.")),
    "session.end-others": _mine(SIGN_INS, _("You signed all other browsers out."), good=True),
    "session.displace": _Told(SIGN_INS, _("You were signed out in one browser: too many were open.")),
    "session.end-all": _Told(DESK, _("Our staff signed you out everywhere.")),
    "application.enter": _mine(APPLICATIONS, _("You signed in to %(application)s.")),
    "application.consent": _mine(APPLICATIONS, _("You let %(application)s know who you are."), good=True),
    "application.consent!": _Told(APPLICATIONS, _("You did not let %(application)s know who you are.")),
    "application.leave": _Told(APPLICATIONS, _("You signed out of %(application)s."), minor=True),
    "application.revoke": _mine(APPLICATIONS, _("You took back what %(application)s was given.")),
    "application.reuse!": _bad(
        APPLICATIONS, _("What %(application)s was given for you came from two places. You were signed out there.")
    ),
    "activation.claim": _mine(KEY, _("A phone has read an activation code."), minor=True),
    "activation.disown": _bad(KEY, _("You stopped an activation that was not yours.")),
    "key.activate": _mine(KEY, _("The phone “%(device)s” was activated."), good=True),
    "key.replace": _Told(KEY, _("The phone “%(device)s” was replaced by another one.")),
    "key.revoke": _mine(KEY, _("The phone “%(device)s” was switched off.")),
    "key.revoke:staff": _Told(DESK, _("Our staff switched the phone “%(device)s” off.")),
    "key.end": _Told(DESK, _("Our staff switched the phone “%(device)s” off.")),
    "key.surrender": _mine(KEY, _("The key was removed on the phone “%(device)s” itself.")),
    "key.rename": _Told(KEY, _("Your phone is called “%(device)s” now."), minor=True),
    "key.lock": _bad(KEY, _("Your key was locked after too many wrong tries.")),
    "key.lock:staff": _Told(DESK, _("Our staff locked your key.")),
    "key.pin": _mine(KEY, _("The PIN was changed on your phone."), good=True),
    "key.pin!": _bad(KEY, _("A wrong PIN was given on your phone.")),
    "key.hold": _Told(KEY, _("Changes of your account were put on hold for a day.")),
    "key.move-cancel": _Told(KEY, _("A move to another phone was stopped."), minor=True),
    "key.test": _Told(DESK, _("Our staff sent a test to your phone."), minor=True),
    "passkey.add": _mine(KEY, _("The passkey “%(device)s” was added."), good=True),
    "passkey.end": _mine(KEY, _("The passkey “%(device)s” was removed.")),
    "passkey.end:staff": _Told(DESK, _("Our staff removed the passkey “%(device)s”.")),
    "passkey.rename": _Told(KEY, _("A passkey is called “%(device)s” now."), minor=True),
    "totp.add": _mine(KEY, _("An authenticator app was set up."), good=True),
    "totp.end": _mine(KEY, _("The authenticator app was removed.")),
    "totp.end:staff": _Told(DESK, _("Our staff removed the authenticator app.")),
    "phone.ask": _mine(NUMBER, _("A phone number that ends in %(ending)s was entered."), minor=True),
    "phone.verify": _mine(NUMBER, _("The phone number that ends in %(ending)s was confirmed."), good=True),
    "phone.remove": _mine(NUMBER, _("The phone number that ended in %(ending)s was removed.")),
    "phone.end": _Told(DESK, _("Our staff removed your phone number.")),
    "phone.stop": _Told(NUMBER, _("A change of your phone number was undone.")),
    "phone.stop:moved": _Told(KEY, _("A change of your phone was undone.")),
    "texts.on": _mine(NUMBER, _("Codes by text were switched on."), good=True),
    "texts.off": _mine(NUMBER, _("Codes by text were switched off.")),
    "password.change": _mine(PASSWORD, _("The password was changed."), good=True),
    "password.forgotten": _Told(PASSWORD, _("A link to a new password was asked for.")),
    "password.reset": _mine(PASSWORD, _("A new password was chosen by the link in a mail.")),
    "recovery.make": _mine(PASSWORD, _("New recovery codes were made.")),
    "recovery.prove": _Told(PASSWORD, _("A recovery code was tried, and it works."), good=True, minor=True),
    "recovery.use": _mine(PASSWORD, _("A recovery code was used.")),
    "passcode.issue": _Told(DESK, _("Our staff gave a temporary passcode to whoever was signing in as you.")),
    "passcode.end": _Told(DESK, _("Our staff took a temporary passcode back.")),
    "passcode.use": _mine(PASSWORD, _("A temporary passcode was used.")),
    "sealed.send": _Told(DESK, _("Our staff sent a temporary password to your phone.")),
    "sealed.open": _mine(PASSWORD, _("A temporary password was opened on your phone.")),
    "sealed.open!": _bad(PASSWORD, _("A wrong PIN was given for a temporary password.")),
    "sealed.use": _mine(PASSWORD, _("A temporary password was used.")),
    "account.lock": _Told(DESK, _("Our staff locked your account.")),
    "account.unlock": _Told(DESK, _("Our staff unlocked your account.")),
    "account.wake": _Told(DESK, _("Our staff let you set up a second factor after a long time away.")),
    "account.dormant": _Told(SIGN_INS, _("You signed in after a long time away, with the password alone.")),
    "refusal.lift": _Told(DESK, _("Our staff let you sign in again from where you had refused it.")),
    "caller.check": _Told(DESK, _("Our staff asked your phone whether it was you who called.")),
    "proposal.make": _Told(DESK, _("Our staff proposed a change of your account. Nothing has changed yet.")),
    "proposal.approve": _Told(DESK, _("A second member of our staff agreed to a change of your account.")),
    "proposal.cancel": _Told(DESK, _("A change that our staff had proposed was cancelled.")),
    "proposal.execute": _Told(DESK, _("Our staff made a change of your account that two of them had decided.")),
    "user.make": _Told(DESK, _("Your account was made.")),
    "user.edit": _Told(DESK, _("Our staff changed the details of your account.")),
}
# What says nothing to a person that another event does not say: the steps in between, hops, counters, other people's.
UNTOLD = frozenset(
    {"login.begin", "challenge.ask", "challenge.send", "challenge.display", "activation.offer", "activation.companion"}
    | {"activation.complete", "activation.confirm", "delivery.hand", "delivery.try", "delivery.fail", "delivery.arrive"}
    | {"factor.weaker", "factor.downgrade", "key.prove", "notice.send", "push.doubt", "push.end", "push.forget"}
    | {"push.prove", "push.subscribe", "prefix.close", "prefix.reopen", "permit.issue", "permit.use", "user.delete"}
    | {"key.stop"}
    | {
        "passkey.use",
        "totp.begin",
        "totp.check",
        "proposal.lapse",
        "proposal.disowned",
        "caller.disowned",
        "record.prune",
        "record.adopt",
    }
    # Of applications themselves, and of whoever says to be one.
    | {"application.disowned", "application.ping", "backchannel.begin", "backchannel.sign-in"}
    | {"action.propose", "action.approve", "action.decline", "action.cancel", "action.receipt", "joint.edit"}
    | {"application.client", "application.make", "application.edit", "application.delete", "application.secret"}
    | {"device.begin", "device.type", "device.approve"}
    | {"secret.unreadable", "portal.rotate", "portal.restore", "portal.accident"}
)


def events_of(user: User, group: str = "") -> QuerySet[AuditEvent]:
    """What is told to this person, newest first; of one group alone, if one is named."""
    return AuditEvent.objects.filter(about(group), user=user).order_by("-id")


def about(group: str = "", *, minor: bool = True) -> Q:
    """What is told, of one group if one is named; what our staff did belongs to theirs, whatever it was about."""
    some = Q()
    for kind, entry in _WORDS.items():
        asked = not group or group == entry.group
        if ":" not in kind and asked and (minor or not entry.minor):
            some |= Q(kind=kind.rstrip("!"), outcome="refused" if kind.endswith("!") else "ok")
    by_staff = Q(facts__has_key="staff")
    if group == DESK:
        return some | (about() & by_staff)
    return some & ~by_staff if group else some


_LATEST = Prepared(
    lambda user: AuditEvent.objects.filter(about(minor=False), user=user).order_by("-id")[:_SHOWN_LATELY]
)


def latest(user: User) -> list[dict[str, Any]]:
    """The latest few that matter, for the pages that people see first."""
    return told(_LATEST.all(user=user.pk))


_SIGN_INS = Prepared(
    lambda user: AuditEvent.objects.filter(kind="login.claim", outcome="ok", user=user).order_by("-id")[:_FEW]
)
_TRIED = Prepared(
    lambda user, after: AuditEvent.objects.filter(kind__in=_TRIES, outcome="refused", user=user, pk__gt=after).order_by(
        "-id"
    )[:_SHOWN_LATELY]
)


def sign_ins(user: User) -> list[dict[str, Any]]:
    """The last few times that this person signed in."""
    return told(_SIGN_INS.all(user=user.pk))


def tried_elsewhere(user: User, request: HttpRequest, after: int) -> dict[str, Any] | None:
    """The latest try to get in as this person that was refused, and not from where they are now.

    Args: `after` is the number of an event: what came before it is not looked at, however long somebody has been here.
    """
    here = browser.seen(request).label, limits.client_address(request)
    tries = _TRIED.all(user=user.pk, after=after)
    found = next((event for event in tries if (event.browser, event.address) != here), None)
    return tell(found) if found else None


def told(events: Iterable[AuditEvent]) -> list[dict[str, Any]]:
    """Events as a page shows them, in the language of the moment."""
    return [tell(event) for event in events]


def tell(event: AuditEvent) -> dict[str, Any]:
    entry = _entry(event)
    by_staff = _is_by_staff(event)
    return {
        "what": _say(entry.words, event),
        "at": event.at,
        # SECURITY: from where staff work is none of the client's business.
        "application": event.facts.get("application", "") if event.kind in _TO_APPLICATIONS else "",
        "where": browser.place(event.browser, event.address) if event.browser and not by_staff else "",
        "good": entry.good,
        "refused": entry.bad,
        "staff": by_staff,
        "number": event.pk,
        "name": event.name or "",
        "approved": event.kind == "challenge.approve",
        "disownable": may_disown(event),
    }


def _entry(event: AuditEvent) -> _Told:
    kind = event.kind if event.outcome == "ok" else f"{event.kind}!"
    facts = event.facts
    cases = ("staff" if _is_by_staff(event) else "", facts.get("purpose"), facts.get("by"), event.reason)
    found = (_WORDS.get(f"{kind}:{case}") for case in cases if case)
    return next((entry for entry in found if entry), _WORDS[kind])


def _is_by_staff(event: AuditEvent) -> bool:
    by = str(event.facts.get("by", ""))
    return "staff" in event.facts or by.startswith("staff") or event.reason == "staff"


def _say(words: Any, event: AuditEvent) -> str:
    names = {
        "key": settings.PORTAL_KEY_NAME,
        "device": event.facts.get("device") or gettext("Unknown phone"),
        "ending": event.facts.get("ending", ""),
        "application": event.facts.get("application", ""),
    }
    return str(words) % names


def may_disown(event: AuditEvent) -> bool:
    """Whether the person may say that it was not them: of what a person does, or asks staff for, and not for ever."""
    lately = event.at > timezone.now() - policy.DISOWN_WITHIN
    theirs = event.kind in _FOR_A_CALLER if _is_by_staff(event) else _entry(event).mine
    return bool(event.name) and lately and event.outcome == "ok" and theirs


def is_told(event: AuditEvent) -> bool:
    return (event.kind if event.outcome == "ok" else f"{event.kind}!") in _WORDS


def why_locked(key: PortalKey) -> str:
    """What the record says of why a key is locked: pin, staff, surrender, disowned; empty where it says nothing."""
    rows = AuditEvent.objects.filter(user=key.user, kind__in=_LOCKS, outcome="ok", facts__kid=key.kid)
    event = rows.order_by("-id").first()
    if event is None:
        return ""
    return "staff" if _is_by_staff(event) else _LOCKS[event.kind]
