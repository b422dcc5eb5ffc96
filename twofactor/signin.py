"""Story 1: signing in. Open, ask, answer, answer by hand, finish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import django_otp
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext, ngettext

from accounts import audit, devices, limits, marks, pending, recognising
from accounts.models import Login, User
from accounts.policy import FACTOR_ADDRESS, FACTOR_PERSON
from twofactor import alarm, budgets, carrying, live, policy, pushing, receipts
from twofactor.asking import ask, lock, may_notify_at, notify, tell, tell_owner, withdraw
from twofactor.carrying import Errand, NotCarried
from twofactor.models import Challenge, Factors, Passcode, Phone, PortalKey
from twofactor.models.factors import KEY, PASSCODE, PASSKEY, RECOVERY, TEXT, TOTP
from twofactor.models.key import ACTIVE
from twofactor.protocol import ocra


class NotAsked(Exception):
    """No further challenge: the sign-in has ended, the key is not active, or three have been asked already."""


def open(  # noqa: A001
    request: HttpRequest, username: str, password: str, *, next_page: str
) -> tuple[Login, Factors]:
    """The password step, and what follows from it on the server's side alone (R-07). With what could be its second.

    A person with an active key is asked on the phone, one with codes by text is sent one; with both, the kind that was
    used last (E10). For a passkey or an app nothing is sent. With a locked key alone nothing is waited for: the page
    says how to recover. Without any second factor the password approves (decision 12).
    Raises recognising.NotRecognised, recognising.Refused, limits.RateLimited, hashing.HashersBusy.
    """
    user, temporary = recognising.recognise(request, username, password)
    before = pending.current(request)
    with transaction.atomic():
        # In one commit: each waits for the disk, and the desk for it.
        login = pending.begin(request, user, next_page=next_page, temporary=temporary)
        if before is not None and before.move("supersede", reason="again"):
            # Whoever types the password again in the same browser has one question on the phone, not two.
            withdraw(before, reason="again")
        factors = Factors.of(user)
        first = factors.first
        if not factors:
            login.approve(factor="password")
        elif first == KEY and factors.key is not None:
            ask(login, factors.key)
    if first == TEXT and factors.phone is not None:
        try:
            carrying.send(request, Errand(user, factors.phone, login))
        except (NotCarried, limits.RateLimited) as refusal:
            # The sign-in is open all the same: the page says when a text can be sent, and offers what else there is.
            why = refusal.limit if isinstance(refusal, limits.RateLimited) else refusal.reason
            audit.record("code.send", user=user, login=login, ok=False, reason=why, way="text")
    return login, factors


def ask_again(login: Login) -> Challenge:
    """ "Send again" and "New challenge": the open challenge once more, or a new one when it has ended.

    The password is not asked again. Raises NotAsked, or limits.RateLimited when it is too early for a notification.
    """
    key = PortalKey.objects.active(login.user)
    if key is None:
        raise NotAsked
    with transaction.atomic():
        # Pressed twelve times at once, the button still asks once. Person first: one order of locks everywhere.
        User.objects.locked(login.user_id)
        login = Login.locked(login.pk)
        latest = login.challenges.select_related("key__user").order_by("-turn").first()
        asks = latest is None or latest.standing != "pending"
        if login.state != "pending" or login.expires <= timezone.now():
            raise NotAsked
        if asks and latest and latest.turn >= policy.CHALLENGES_A_LOGIN:
            raise NotAsked
        if asks or latest is None:
            return ask(login, key)
    if not notify(latest):
        raise limits.RateLimited(may_notify_at(latest) or timezone.now(), "notify")
    return latest


@dataclass(frozen=True)
class Verdict:
    """How an answer ended: `state` of the challenge or the protocol's error code in `code`, and what is left."""

    state: str = ""
    code: str = ""
    left: int = 0
    retry_at: datetime | None = None
    off_by: int | None = None


def answer(key: PortalKey, challenge: Challenge, claims: dict[str, Any], statement: str) -> Verdict:
    """The signed answer of an authenticator, after signature, ownership and display have been checked.

    A refusal needs no PIN. An approval needs the number and the response, each counted before it is compared.
    """
    if claims["verdict"] != "approve":
        return _deny(challenge, str(claims["verdict"]))
    with transaction.atomic():
        # In one commit: each waits for the disk, and the desk for it. The key has a commit of its own, for whoever
        # gives it up has it first and then its questions: one order of locks everywhere.
        refused, left = _count(challenge, str(claims["number"]))
    return refused() if refused else _check_pin(key, challenge, str(claims["response"]), statement, left)


def _count(challenge: Challenge, number: str) -> tuple[Callable[[], Verdict] | None, int]:
    """What is answered once the counters stand, if the PIN is not to be compared; how many tries are left then."""
    left = challenge.try_once("number_tries", policy.NUMBERS_A_CHALLENGE)
    if left is None:
        return partial(_too_fast, challenge), 0
    if not constant_time_compare(ocra.read_number(number) or "", challenge.question):
        return partial(_wrong_number, challenge, left), left
    challenge.give_back("number_tries")
    left = challenge.try_once("response_tries", policy.RESPONSES_A_CHALLENGE)
    return (partial(_too_fast, challenge), 0) if left is None else (None, left)


def _wrong_number(challenge: Challenge, left: int) -> Verdict:
    if left == 0:
        _deny(challenge, "number")
    user = challenge.key.user
    audit.record("challenge.number", user=user, login=challenge.login, ok=False, reason="wrong", left=left)
    live.tell_desk(challenge.login_id)
    return Verdict(code="wrong-number", left=left)


def _too_fast(challenge: Challenge) -> Verdict:
    """No try was free: the challenge is decided, or other answers to it are being judged at this very moment."""
    challenge.refresh_from_db()
    if challenge.standing == "pending":
        return Verdict(code="slow-down", retry_at=timezone.now() + timedelta(seconds=1))
    if challenge.standing == "expired":
        return Verdict(code="expired")
    return Verdict(code="settled", state=challenge.standing)


def _check_pin(key: PortalKey, challenge: Challenge, response: str, statement: str, left: int) -> Verdict:
    # SECURITY: both counters stand before the comparison: a burst of guesses is counted before any is looked at.
    if not key.try_pin():
        challenge.give_back("response_tries")
        return _pin_refused(key)
    match = key.compare(challenge.question, ocra.read_response(response) or "")
    if match.ok:
        return approve(challenge, by="online", statement=statement)
    if match.off_by is not None:
        # The PIN was right and the clock is not: this is no guess, so it does not count against the key.
        key.pin_was_right()
    audit.record("challenge.pin", user=key.user, login=challenge.login, ok=False, reason="wrong", left=left)
    if key.pin_failures >= policy.PIN_LOCKS and match.off_by is None:
        lock(key, reason="pin")
        return Verdict(code="locked")
    if left == 0:
        challenge.decide("fail", by="online", reason="pin")
        live.tell_person(key.user_id)
    live.tell_desk(challenge.login_id)
    return Verdict(code="wrong-pin", left=left, off_by=match.off_by)


def _pin_refused(key: PortalKey) -> Verdict:
    if key.state != ACTIVE:
        return Verdict(code="key-inactive")
    # Still active: the wait runs, or has just been ended by another answer that was right.
    soon = timezone.now() + timedelta(seconds=1)
    return Verdict(code="slow-down", retry_at=max(key.wait_until or soon, soon))


def approve(challenge: Challenge, *, by: str, statement: str = "") -> Verdict:
    """Settle the challenge and its sign-in in one transaction (decision 15). Whoever comes second is told the state.

    The response was right: that ends the key's row of failures, whatever becomes of the challenge.
    """
    key = challenge.key
    with transaction.atomic():
        login = _locked(challenge)
        active = key.is_active_now
        alive = login is None or login.state == "pending"
        won = active and alive and challenge.decide("approve", by=by)
        if won and login is not None and not login.approve(factor="key", device_id=key.persistent_id):
            transaction.set_rollback(True)
            won = False
        elif won:
            receipts.approved(challenge, login, by=by, statement=statement)
            # With this commit: the desk waits for nothing that is written after it.
            live.tell_desk(challenge.login_id, live.APPROVED)
    # Not within: the key is nobody's to lock who has locked its question.
    key.pin_was_right()
    if not won:
        challenge.reread()
        audit.record(
            "challenge.approve", user=key.user, login=login, ok=False, kid=key.kid, by=by, state=challenge.state
        )
        live.tell_desk(challenge.login_id)
    tell_owner(challenge)
    if won:
        return Verdict(state="approved")
    if challenge.standing == "expired":
        return Verdict(code="expired")
    return Verdict(code="settled", state="superseded" if challenge.state == "pending" else challenge.state)


def _locked(challenge: Challenge) -> Login | None:
    if challenge.login_id is None:
        return None
    return Login.locked(challenge.login_id)


def _deny(challenge: Challenge, reason: str) -> Verdict:
    """End the challenge and its sign-in. "Not me" is an alarm: everything open of the person ends with it (P-09).

    But for a check of a caller, which our own staff ask for, and for what an application asks: neither a session nor a
    password of the person is behind it.
    """
    user = challenge.key.user
    with transaction.atomic():
        # One order of locks everywhere: person, sign-in, challenge, key.
        if reason == "not_me":
            User.objects.locked(user.pk)
        login = _locked(challenge)
        alive = login is None or login.state == "pending"
        won = alive and challenge.decide("deny", by="online", reason=reason)
        if won and login is not None:
            login.move("fail", reason=reason)
        if won and reason == "not_me" and not challenge.is_of_a_caller and not challenge.asker:
            alarm.raise_from_phone(challenge, login)
    challenge.refresh_from_db()
    facts: dict[str, Any] = {"purpose": challenge.what_for} if challenge.is_of_a_caller or challenge.asker else {}
    facts |= {"application": challenge.application} if challenge.asker else {}
    audit.record("challenge.deny", user=user, login=login, ok=won, reason=reason, kid=challenge.key.kid, **facts)
    if won and challenge.is_of_a_caller and reason == "not_me":
        # Somebody calls the desk in this person's name. Nobody is signed in, so it costs the person nothing to say so.
        audit.alert("caller.disowned", user=user)
    tell(challenge)
    if won:
        return Verdict(state="denied")
    if challenge.standing == "expired":
        return Verdict(code="expired")
    return Verdict(code="settled", state="superseded" if challenge.state == "pending" else challenge.state)


def answer_by_hand(request: HttpRequest, login: Login, typed: str) -> Verdict:
    """The eight digits, typed at the desk (protocol section 7). The same challenge, the same road.

    Raises limits.RateLimited. Wrong ones count against the person and the address (P-22, P-24), the challenge (three)
    and, far above, the key (P-23); not against its PIN, which only the phone can try. From there on this way is closed
    until the phone approves by itself: whoever merely knows the password can close it, and never lock the key.
    """
    challenge = login.challenges.select_related("key__user").order_by("-turn").first()
    return _by_hand(request, challenge, login, typed)


def answer_action_by_hand(request: HttpRequest, challenge: Challenge, typed: str) -> Verdict:
    """The same for what an application asks, on the page about it. Raises limits.RateLimited."""
    return _by_hand(request, challenge, None, typed)


def _by_hand(request: HttpRequest, challenge: Challenge | None, login: Login | None, typed: str) -> Verdict:
    if challenge is None or challenge.standing != "pending" or challenge.key.state != ACTIVE:
        return Verdict(code="expired")
    response = ocra.read_response(typed)
    if response is None:
        return Verdict(code="malformed", left=policy.RESPONSES_A_CHALLENGE - challenge.response_tries)
    user, where = challenge.key.user, budgets.where(request, login)
    who = budgets.whose(user, login)
    with transaction.atomic():
        # Both or none: what is refused by one budget was not compared, so it costs the other nothing.
        limits.charge(FACTOR_PERSON, *who)
        limits.charge(FACTOR_ADDRESS, where)
    counted = challenge.key.try_at_desk()
    left = challenge.try_once("response_tries", policy.RESPONSES_A_CHALLENGE) if counted else None
    if left is None:
        # Nothing is compared, so nothing counts.
        limits.refund(FACTOR_PERSON, *who)
        limits.refund(FACTOR_ADDRESS, where)
        if not counted:
            return Verdict(code="closed")
        challenge.key.not_tried_at_desk()
        return Verdict(code="settled", state=challenge.standing)
    match = challenge.key.compare(challenge.question, response)
    if match.ok:
        limits.clear(FACTOR_PERSON, *who)
        limits.refund(FACTOR_ADDRESS, where)
        # Whoever answers by hand has perhaps heard nothing: the phone renews where it is woken (E9).
        pushing.doubt(challenge.key)
        return approve(challenge, by="hand")
    audit.record("challenge.response", user=user, request=request, login=login, ok=False, reason="wrong", left=left)
    if left == 0:
        challenge.decide("fail", by="hand", reason="response")
        if login is not None and challenge.turn >= policy.CHALLENGES_A_LOGIN:
            login.move("fail", reason="response")
        tell(challenge)
    return Verdict(code="wrong-pin", left=left, off_by=match.off_by)


def clock_hint(off_by: int) -> str:
    """What to tell a person whose phone's clock made a right response wrong; `off_by` in minutes, positive: ahead."""
    if off_by > 0:
        text = ngettext(
            "The phone's clock is %(count)d minute ahead. Set it to the network's time and try again.",
            "The phone's clock is %(count)d minutes ahead. Set it to the network's time and try again.",
            off_by,
        )
    else:
        text = ngettext(
            "The phone's clock is %(count)d minute behind. Set it to the network's time and try again.",
            "The phone's clock is %(count)d minutes behind. Set it to the network's time and try again.",
            -off_by,
        )
    return text % {"count": abs(off_by)}


def cancel(request: HttpRequest) -> bool:
    """The person at the desk gives up: the sign-in ends, and so does its question on the phone. False: none was on."""
    login = pending.abandon(request)
    if login is None:
        return False
    withdraw(login, reason="cancelled")
    return True


def seen(challenge: Challenge, hop: str) -> None:
    """The phone reports how far the challenge has come; the desk shows it."""
    if challenge.saw(hop):
        live.tell_desk(challenge.login_id)
        pushing.arrived(challenge)


def finish(request: HttpRequest, login: Login) -> User | None:
    """Claim the approved sign-in of this browser. Returns the person who is now signed in, or None.

    Args: `login`, as it was read last; the claim itself asks the rows.
    The factor that approved it must still be one; everything else is checked by `pending.claim`.
    """
    if login.state != "approved":
        return None
    device = devices.named(login.device_id) if login.factor != KEY else None

    def proof_holds(user: User, login: Login) -> bool:
        nonlocal device
        if login.factor == KEY:
            # SECURITY: as it stands under the lock of its person.
            device = devices.named(login.device_id)
            return isinstance(device, PortalKey) and device.user_id == user.pk and device.state == ACTIVE
        factors = Factors.of(user)
        if login.factor == "password":
            # SECURITY: the password alone is enough only as long as there is nothing else, also at this very moment.
            return not factors
        if login.factor == TEXT:
            number = factors.number_for(login)
            return number is not None and device == number
        if login.factor == RECOVERY:
            return factors.sheet is not None and device == factors.sheet
        if login.factor == PASSCODE:
            return factors.passcode is not None and device == factors.passcode
        if login.factor == PASSKEY:
            return any(each == device and each.state == ACTIVE for each in factors.passkeys)
        return login.factor == TOTP and factors.totp is not None and device == factors.totp

    weaker = login.factor in (RECOVERY, PASSCODE)
    weaker = weaker or (login.factor == TEXT and Factors.of(login.user).is_better)
    weaker = weaker or (login.factor == TOTP and Factors.of(login.user).is_strong)
    if not pending.claim(request, login, proof_holds=proof_holds, weaker=weaker):
        live.tell_desk(login.pk)
        return None
    user = cast(User, request.user)
    if weaker:
        marks.mark_weaker(request)
    if login.temporary_id is not None:
        carrying.notice(user, "sealed-used", also=Phone.objects.to_tell(user), browser=login.browser)
    if login.factor == TEXT:
        # While a changed number is held the code went to the one before it; the session is the person's number's.
        device = Phone.objects.verified(user)
    if device is not None:
        django_otp.login(request, device)  # type: ignore[no-untyped-call]
    if login.factor == KEY:
        limits.forget(policy.NOTIFICATIONS, {(login.user_id,), budgets.whose(user, login)})
    elif login.factor in (TEXT, TOTP) and weaker:
        _tell_weaker(request, login)
    elif weaker:
        # What became of the code is told where it was used, see recovery.
        audit.record("factor.weaker", user=user, request=request, login=login, by=login.factor)
        if isinstance(device, Passcode) and device.is_restricted:
            marks.restrict(request)
            messages.warning(
                request,
                gettext("The full days of your passcode are over. It only leads to a new phone now."),
                extra_tags="passcode-half",
            )
    live.tell_desk(login.pk)
    return user


def _tell_weaker(request: HttpRequest, login: Login) -> None:
    """A weaker factor than the strongest one was used: recorded, and told to the owner each time (R-63)."""
    audit.record("factor.weaker", user=login.user, request=request, login=login, by=login.factor)
    carrying.notice(login.user, "weaker", browser=login.browser, address=login.address or "", by=login.factor)
    if login.factor == TOTP:
        words = gettext("You signed in with a code from your app. A passkey or %(key)s is the safer way.")
    elif Factors.of(login.user).key is not None:
        words = gettext("You signed in with a code by text. %(key)s is the safer way: a text can be read by others.")
    else:
        words = gettext("You signed in with a code by text. A text can be read by others: what else you have is safer.")
    messages.info(request, words % {"key": settings.PORTAL_KEY_NAME})
