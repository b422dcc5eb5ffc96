"""One try at a second factor that is given at the desk, whichever it is: counted, judged under the locks, settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from accounts import audit, limits, pending
from accounts.models import Login, User
from accounts.policy import FACTOR_ADDRESS, FACTOR_PERSON
from twofactor import budgets, live
from twofactor.asking import withdraw


class NotOffered(Exception):
    """This person may not sign in this way: nothing is sent or compared, and it is recorded (AT-045)."""


@dataclass(frozen=True)
class Tried:
    """How a try did: `ok`, or `code` of malformed, wrong, over (the sign-in has ended), or what its factor says more.

    `facts` are what the record holds beside it.
    """

    ok: bool = False
    code: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


# What was compared and did not fit. All else is right or was not compared: neither is a failure.
_FAILURES = ("wrong", "copied")


def once(request: HttpRequest, login: Login, kind: str, judge: Callable[[User, Login], Tried]) -> Tried:
    """Count, compare, approve. Raises limits.RateLimited.

    Args: `kind` of the event in the record; `judge` compares, and approves the sign-in with what fits. Person and
    sign-in are locked for it. Where it says "over", nothing of what it did stays.
    SECURITY: counted for person and address before anything is compared (R-51).
    """
    who, where = budgets.whose(login.user, login), budgets.where(request, login)
    with transaction.atomic():
        # Both or none: what is refused by one budget was not compared, so it costs the other nothing.
        limits.charge(FACTOR_PERSON, *who)
        limits.charge(FACTOR_ADDRESS, where)
    with transaction.atomic():
        # One order of locks everywhere: person, sign-in, and what the factor has of its own.
        user = User.objects.locked(login.user_id)
        login = Login.locked(login.pk)
        done = judge(user, login) if pending.is_open(login) else Tried(code="over")
        if done.code == "over":
            # What was used up for a sign-in that has ended meanwhile is not.
            transaction.set_rollback(True)
        elif done.ok:
            # SECURITY: what cannot be recorded is not accepted.
            audit.record(kind, user=user, request=request, login=login, **done.facts)
    if done.ok:
        limits.clear(FACTOR_PERSON, *who)
    elif done.code not in _FAILURES:
        limits.refund(FACTOR_PERSON, *who)
    if done.code not in _FAILURES:
        limits.refund(FACTOR_ADDRESS, where)
    if done.ok:
        withdraw(login, reason=login.factor)
    else:
        audit.record(kind, user=user, request=request, login=login, ok=False, reason=done.code, **done.facts)
    live.tell_desk(login.pk)
    return done


def full_until(request: HttpRequest, login: Login) -> datetime | None:
    """Until when no second factor is compared here, because too many were wrong; None: the next one is."""
    person = limits.opens_at(FACTOR_PERSON, *budgets.whose(login.user, login))
    place = limits.opens_at(FACTOR_ADDRESS, budgets.where(request, login))
    return max((each for each in (person, place) if each is not None), default=None)
