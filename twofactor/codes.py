"""Story 3: signing in with a code by text or call, and choosing between that and the key."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest

from accounts import audit, pending
from accounts.models import Login, User
from twofactor.asking import ask, withdraw
from twofactor.carrying import Checked, Errand, check, send
from twofactor.models import Code, Delivery, Factors
from twofactor.models.factors import KEY, KINDS, TEXT
from twofactor.trying import NotOffered


def errand(request: HttpRequest, login: Login) -> Errand:
    """Where codes for this sign-in go. SECURITY: read from the rows, whatever the browser asks for (R-07).

    A code that is out stays with the number that it went to. Raises NotOffered.
    """
    number = Factors.of(login.user).number_for(login)
    if number is None:
        if login.state == "pending":
            audit.record("factor.downgrade", user=login.user, request=request, login=login, ok=False, reason="text")
        raise NotOffered
    return Errand(login.user, number, login)


def send_again(request: HttpRequest, login: Login, way: str) -> Delivery:
    """ "Send the code again" and "Call me instead". Raises NotOffered, carrying.NotCarried, limits.RateLimited."""
    return send(request, errand(request, login), way)


def type_code(request: HttpRequest, login: Login, typed: str) -> Checked:
    """The six digits, typed at the desk. Raises NotOffered, limits.RateLimited."""
    if not pending.is_open(login):
        # Nothing to compare it with, so nothing counts.
        return Checked(code="over")
    there = errand(request, login)

    def accept(user: User, code: Code) -> bool:
        still = Factors.of(user).number_for(login)
        # SECURITY: the number is still the one that signs this person in, at this very moment.
        if still is None or still.pk != code.phone_id:
            return False
        return login.approve(factor=TEXT, device_id=still.persistent_id)

    checked = check(request, there, typed, accept)
    if checked.ok:
        withdraw(login, reason="text")
    return checked


def choose(request: HttpRequest, login: Login, kind: str) -> str:
    """ "Select second factor device": go on with this kind. Returns the kind that is now waited for.

    What was asked another way stays open: whichever comes first decides, once. Raises NotOffered, and what sending
    raises.
    """
    factors = Factors.of(login.user)
    if kind not in factors.kinds:
        audit.record(
            "factor.downgrade",
            user=login.user,
            request=request,
            login=login,
            ok=False,
            reason=kind if kind in KINDS else "unknown",
        )
        raise NotOffered
    if kind == KEY and factors.key is not None:
        with transaction.atomic():
            # Pressed twice at once, it asks once. Person first: one order of locks everywhere.
            User.objects.locked(login.user_id)
            if pending.is_open(login) and not login.challenges.exists():
                ask(login, factors.key)
    elif kind == TEXT and not Code.objects.filter(login=login).exists():
        send_again(request, login, "text")
    return kind
