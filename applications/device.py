"""Story: somebody signs in to a program without a browser (RFC 8628). It shows a code, and their phone approves.

SECURITY: a code that is typed proves nothing about who shows it, and nothing about who types it. So a click never
approves: the key on the phone does, which says what asks and from where; and where there is no key, a sign-in that is
younger than the typed code. Whoever has only got hold of a session cannot give it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts import audit, browser, limits, marks, sessions, text
from accounts.models import User
from applications import asked, opening, policy, scopes, visits
from applications.lifecycle import DEVICE
from applications.models import Application, DeviceSignIn, Visit
from applications.polled import Over, Pending
from twofactor import asking, live
from twofactor.models import Challenge, PortalKey
from twofactor.models.factors import KEY
from twofactor.protocol import activation
from twofactor.strength import is_proved

GRANT = Application.GRANT_DEVICE_CODE
_PROGRAM_LONGEST = 64


@dataclass(frozen=True)
class Begun:
    """What the program is told, once: both codes are kept nowhere."""

    row: DeviceSignIn
    device_code: str
    user_code: str


def begin(request: HttpRequest, application: Application, scope: str) -> Begun:
    """A program asks for a code to show. Raises limits.RateLimited."""
    address = limits.client_address(request)
    with transaction.atomic():
        limits.charge(policy.DEVICE_ADDRESS, limits.network(address))
        limits.charge(policy.DEVICE_NEIGHBOURS, limits.neighbours(address))
        limits.charge(policy.DEVICE_APPLICATION, application.pk)
        program = text.line(request.headers.get("User-Agent", ""), _PROGRAM_LONGEST)
        begun = Begun(*DeviceSignIn.begin(application, scope=scope, program=program, address=address))
        audit.record("device.begin", request=request, application=application.name)
    return begun


def claim(request: HttpRequest, user: User, typed: str) -> DeviceSignIn | None:
    """The code, typed by somebody who is signed in. None: there is none like it, or another person has it.

    Raises limits.RateLimited: wrong ones count against the person and the address before they are looked up.
    """
    where = limits.network(limits.client_address(request))
    with transaction.atomic():
        limits.charge(policy.USER_CODE_PERSON, user.pk)
        limits.charge(policy.USER_CODE_ADDRESS, where)
    row = _typed(typed)
    if row is not None and row.state == "fresh":
        row.claim(user)
        row.refresh_from_db()
    # Whoever types their own code once more comes back to it, also to read how it ended.
    fits = row is not None and row.user_id == user.pk
    if fits:
        limits.refund(policy.USER_CODE_PERSON, user.pk)
        limits.refund(policy.USER_CODE_ADDRESS, where)
    _record("device.type", row, user, request, ok=fits, reason="" if fits else "wrong")
    return row if fits else None


def _typed(typed: str) -> DeviceSignIn | None:
    code = activation.read_code(typed, policy.USER_CODE_LENGTH)
    rows = DeviceSignIn.objects.select_related("application")
    row = rows.filter(user_digest=DeviceSignIn.fingerprint(code)).first() if code else None
    # SECURITY: of an application that is switched off nothing is claimed.
    return row if row is not None and row.application.allows_grant_type(GRANT) else None


def _record(
    kind: str,
    row: DeviceSignIn | None,
    user: User | None,
    request: HttpRequest | None = None,
    *,
    ok: bool = True,
    reason: str = "",
    **facts: Any,
) -> None:
    named: dict[str, Any] = {"application": row.application.name} if row is not None else {}
    audit.record(kind, user=user, request=request, ok=ok, reason=reason, **named, **facts)


def of(user: User, pk: str) -> DeviceSignIn | None:
    """The sign-in that this person has claimed, as it stands after what their phone has said."""
    row = DeviceSignIn.objects.select_related("application", "user").filter(pk=pk, user=user).first()
    if row is not None:
        settle(row)
    return row


def settle(row: DeviceSignIn) -> None:
    """Take over what the phone has answered. Whoever looks first does it: the person's page or the program's question.

    A question that nobody answered, or whose PIN was wrong too often, may be put again: that was no refusal.
    """
    if not row.application.allows_grant_type(GRANT):
        # SECURITY: nothing comes of it any more, whatever was approved.
        _end(row, reason="off")
    question = row.question if row.state == "claimed" else None
    if question is None or row.user is None:
        return
    decided_at = question.decided_at or timezone.now()
    if question.state == "approved" and row.approve(factor=KEY, at=decided_at):
        _record("device.approve", row, row.user, by=KEY)
    elif question.state == "denied" and row.deny(reason=question.reason):
        _record("device.deny", row, row.user, ok=False, reason=question.reason)
    elif question.state in ("approved", "denied"):
        # Somebody else has looked at the same moment.
        row.refresh_from_db()


@dataclass(frozen=True)
class Way:
    """How this session comes to an approval: `ask` the phone, it is `asked`; without a key `again` or `ready`."""

    name: str
    key: PortalKey | None = None
    question: Challenge | None = None


def way_of(request: HttpRequest, row: DeviceSignIn, user: User) -> Way:
    key = PortalKey.objects.active(user)
    if key is None:
        return Way("ready" if _signed_in_since(request, row) else "again")
    question = row.question
    return Way("asked" if question and question.standing == "pending" else "ask", key, question)


def _signed_in_since(request: HttpRequest, row: DeviceSignIn) -> bool:
    """SECURITY: with the strongest that this person has, and after the code was typed: never a session from before."""
    signed_in = request.session.get(marks.SIGNED_IN_AT)
    if not signed_in or row.claimed_at is None:
        return False
    return bool(signed_in > row.claimed_at.timestamp()) and is_proved(request)


def ask(request: HttpRequest, row: DeviceSignIn, key: PortalKey) -> Challenge:
    """Put it to the phone, or notify it again. Raises limits.RateLimited when it cannot be asked right now."""
    user = key.user
    row.touch(auth_epoch=user.auth_epoch)
    with translation.override(user.tongue):
        display = describe(row, user)
    return asking.ask_action(key, display, about=row.about, request=request)


def describe(row: DeviceSignIn, user: User) -> dict[str, object]:
    """What the phone shows and signs: which application, what asks, from where, and when it began.

    Somebody else's application is also told what it learns: to approve is to consent.
    """
    own = row.application.skip_authorization
    learns = [] if own else [[gettext("It learns"), scopes.said(row.scope)]]
    return {
        "lang": translation.get_language() or "en",
        "title": gettext("Sign in to %(application)s on a device?") % {"application": row.application.name},
        "account": user.get_short_name(),
        "facts": [
            [gettext("Application"), row.application.name],
            [gettext("Program"), row.program or gettext("Unknown")],
            [gettext("Address"), browser.spoken(row.address)],
            *learns,
            [gettext("Time"), asking.clock(row.created)],
        ],
        "warnings": [
            gettext("Approve only if you started this yourself just now."),
            gettext("Nobody who writes or calls you needs a code typed: not we, and not our staff."),
        ],
    }


def approve_here(request: HttpRequest, row: DeviceSignIn, user: User) -> bool:
    """Somebody without a key, who has just signed in again for it."""
    if way_of(request, row, user).name != "ready":
        return False
    here = sessions.here(request)
    factor = here.factor if here else ""
    row.touch(auth_epoch=user.auth_epoch)
    won = row.approve(factor=factor, at=timezone.now())
    _record("device.approve", row, user, request, ok=won, by=factor)
    live.tell_person(user.pk)
    return won


def deny(request: HttpRequest, row: DeviceSignIn, user: User) -> bool:
    """The person says at the desk that they do not want it."""
    won = _end(row, reason="cancelled")
    if won:
        _record("device.deny", row, user, request, ok=False, reason="cancelled")
        live.tell_person(user.pk)
    return won


def _end(row: DeviceSignIn, *, reason: str) -> bool:
    """Nothing comes of it any more: what the phone is asked is taken back, too."""
    won = row.deny(reason=reason)
    if won:
        asked.take_back(row.questions, reason=reason)
    return won


def end(rows: QuerySet[DeviceSignIn], *, reason: str) -> int:
    """End what has begun, and what was approved and not yet fetched. Returns how many of them there were."""
    return sum(_end(row, reason=reason) for row in rows.filter(state__in=DEVICE.sources("deny")))


def redeem(application: Application, device_code: str) -> Visit:
    """The program asks for its tokens: what they will hang on, once. Raises Pending, Over."""
    rows = DeviceSignIn.objects.select_related("application", "user")
    row = rows.filter(device_digest=DeviceSignIn.digest(device_code)).first()
    # SECURITY: another program's code is as unknown as one that never was (section 3.5, invalid_grant).
    if row is None or row.application_id != application.pk:
        raise Over("unknown")
    settle(row)
    if row.state == "used":
        raise Over("unknown")
    if row.standing in ("fresh", "claimed"):
        raise Pending(too_soon=not row.may_ask())
    if row.standing != "approved" or row.user is None or row.decided_at is None:
        raise Over(row.standing)
    with transaction.atomic():
        # SECURITY: a lock, a new password or a factor that went since the approval ends it.
        user = User.objects.locked(row.user.pk)
        holds = user.is_active and user.auth_epoch == row.auth_epoch
        won = row.use() if holds else not row.deny(reason="changed")
        _record("device.sign-in", row, user, ok=holds and won, reason="" if holds else "changed")
        if holds and won:
            acr, amr = opening.of_factor(user, row.factor)
            visit = visits.begin(application, user, scope=row.scope, acr=acr, amr=amr, auth_time=row.decided_at)
            visits.use(visit)
            return visit
    raise Over("unknown" if holds else "denied")
