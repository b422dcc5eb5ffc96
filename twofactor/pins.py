"""Story 5: another PIN for the keys of an authenticator, for all of them at once; and showing that a PIN is right."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, limits
from accounts.models import User
from twofactor import carrying, live, policy
from twofactor.asking import lock
from twofactor.models import Challenge, Inactive, Phone, PortalKey
from twofactor.models.key import ACTIVE
from twofactor.protocol import ocra, statements

# A question of this purpose is sent to nobody and answered by nothing but the second step.
PURPOSE = "pin"


class NotChanged(Exception):
    """Every PIN is still what it was. `code` is the protocol's word, `extra` goes with it."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


@dataclass(frozen=True)
class Step:
    """What one key says in the second step: the response under its K, and the K that is to be. None: stay as it is."""

    key: PortalKey
    nonce: str
    response: str = field(repr=False)
    response_key: bytes | None = field(repr=False)


def read_step(key: PortalKey, claims: dict[str, Any]) -> Step:
    """Read the claims of the second step. Raises statements.Refused for anything of the wrong shape."""
    nonce, response, given = (claims.get(name) for name in ("nonce", "response", "response_key"))
    if not isinstance(nonce, str) or not isinstance(response, str):
        raise statements.Refused("malformed", "a nonce or a response is missing")
    response_key = None if given is None else statements.unb64url(given, 32)
    return Step(key, nonce, ocra.read_response(response) or "", response_key)


def ask(keys: list[PortalKey]) -> list[Challenge]:
    """The first step: a question for each key, or for none. Raises limits.RateLimited."""
    with transaction.atomic():
        for key in keys:
            limits.charge(policy.PIN_QUESTIONS, key.pk)
        return [Challenge.fresh(key, mode="manual", display={}, purpose=PURPOSE) for key in keys]


def change(request: HttpRequest, steps: list[Step]) -> str:
    """The second step: every key takes its new K, or none does. Returns "changed", or "proved" where there is none.

    Each response counts like any PIN. The same message once more after its answer was lost is answered the same.
    Raises NotChanged, Inactive, limits.RateLimited.
    """
    asked = [_asked(step) for step in steps]
    standing = {row.standing for row in asked}
    if standing == {"approved"} and all(row.reason == "changed" for row in asked):
        for step in steps:
            _has_changed(step)
        return "changed"
    if standing != {"pending"}:
        state = next(row.standing for row in asked if row.standing != "pending")
        raise NotChanged("expired") if state == "expired" else NotChanged("settled", state=state)
    # Whoever has to wait does so before a try of the others is used.
    waits = [step.key.wait_until for step in steps if step.key.wait_until and step.key.wait_until > timezone.now()]
    if waits:
        raise limits.RateLimited(max(waits), "pin")
    for step, row in zip(steps, asked, strict=True):
        _prove(step, row)
    return _take(request, steps, asked)


def _asked(step: Step) -> Challenge:
    row = Challenge.objects.filter(key=step.key, purpose=PURPOSE, nonce=step.nonce).first()
    if row is None:
        raise NotChanged("not-found")
    return row


def _count(key: PortalKey) -> None:
    """SECURITY: every PIN is counted before it is compared, whatever question it answers (P-33).

    Here it is counted twice: no question of a sign-in stands between a guess and the key, so the owner sees none, and
    a sign-in of theirs would end the row of failures.
    """
    limits.charge(policy.PINS_WRONG, key.pk)
    if key.try_pin():
        return
    limits.refund(policy.PINS_WRONG, key.pk)
    if key.state != ACTIVE:
        raise Inactive(key.kid)
    soon = timezone.now() + timedelta(seconds=1)
    raise limits.RateLimited(max(key.wait_until or soon, soon), "pin")


def _prove(step: Step, row: Challenge) -> None:
    """The old PIN, by the response to this question."""
    key = step.key
    left = row.try_once("response_tries", policy.RESPONSES_A_CHALLENGE)
    if left is None:
        raise limits.RateLimited(timezone.now() + timedelta(seconds=1), "pin")
    try:
        _count(key)
    except limits.RateLimited:
        row.give_back("response_tries")
        raise
    match = key.compare(row.question, step.response)
    if match.ok:
        row.give_back("response_tries")
        _was_right(key)
        return
    if left == 0:
        row.decide("fail", by="online", reason="pin")
    if match.off_by is not None:
        # The PIN was right and the clock is not: this is no guess, so it does not count against the key.
        _was_right(key)
        raise NotChanged("wrong-pin", attempts_left=left, clock_off_by=match.off_by)
    _was_wrong(key, left)


def _has_changed(step: Step) -> None:
    """After a lost answer: the key holds the K that was sent, and so the change has happened.

    SECURITY: this too would tell a right PIN from a wrong one, so it counts like every other way to try one.
    """
    if step.response_key is None:
        raise NotChanged("settled", state="approved")
    _count(step.key)
    if not step.key.holds(step.response_key):
        _was_wrong(step.key, 0)
    _was_right(step.key)


def _was_right(key: PortalKey) -> None:
    limits.refund(policy.PINS_WRONG, key.pk)
    key.pin_was_right()


def _was_wrong(key: PortalKey, left: int) -> None:
    audit.record("key.pin", user=key.user, ok=False, reason="wrong", kid=key.kid, left=left)
    if key.pin_failures >= policy.PIN_LOCKS:
        lock(key, reason="pin")
        raise NotChanged("locked")
    raise NotChanged("wrong-pin", attempts_left=left)


def _take(request: HttpRequest, steps: list[Step], asked: list[Challenge]) -> str:
    """One transaction for all keys. Whoever was faster has changed what the responses were compared with."""
    people = [step.key.user_id for step in steps]
    changes = any(step.response_key is not None for step in steps)
    outcome = "changed" if changes else "proved"
    with transaction.atomic():
        # One order of locks everywhere: person, sign-in, challenge, key.
        list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))
        taken = all(row.decide("approve", by="online", reason=outcome) for row in asked) and all(
            step.key.take_response_key(step.response_key) for step in steps if step.response_key is not None
        )
        if not taken:
            transaction.set_rollback(True)
    if not taken:
        raise limits.RateLimited(timezone.now() + timedelta(seconds=1), "pin")
    for step in steps if not changes else ():
        audit.record("key.prove", user=step.key.user, request=request, kid=step.key.kid)
    for step in steps if changes else ():
        audit.record("key.pin", user=step.key.user, request=request, kid=step.key.kid, device=step.key.name)
        carrying.notice(step.key.user, "pin-changed", also=Phone.objects.to_tell(step.key.user))
        live.tell_person(step.key.user_id)
    return outcome
