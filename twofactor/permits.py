"""Story: the first key of somebody who administrates needs a code that the console prints (AT-106).

A superuser is made by a command, with a password and nothing else; whoever guesses or reads that password must not be
able to make themselves the key that opens the administration.
"""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts import audit, limits, marks, sessions
from accounts.models import User
from accounts.policy import FACTOR_ADDRESS, FACTOR_PERSON
from twofactor.models import Factors, Permit
from twofactor.protocol import activation


class NotNeeded(Exception):
    """This person needs no code: they neither administrate nor come back after a long time, or have a key already."""


def issue(user: User) -> Permit:
    """A code for the console to print. The one before it is worth nothing any more. Raises NotNeeded."""
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        asked = locked.is_active and (locked.is_staff or locked.dormant_at)
        if not asked or Factors.of(locked).is_strong:
            raise NotNeeded
        permit = Permit.fresh(locked)
        audit.record("permit.issue", user=locked)
    return permit


def type_code(request: HttpRequest, user: User, typed: str) -> bool:
    """The code, typed by somebody whose password was right. Used once, by one session.

    Raises limits.RateLimited: wrong ones count like wrong codes of any second factor, before they are compared.
    """
    where = limits.network(limits.client_address(request))
    with transaction.atomic():
        limits.charge(FACTOR_PERSON, user.pk)
        limits.charge(FACTOR_ADDRESS, where)
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        permit = Permit.objects.filter(user=user, state="fresh").first()
        fits = permit is not None and permit.try_once() and _fits(permit, typed) and permit.use()
        if fits:
            wake(locked)
    if fits:
        limits.refund(FACTOR_PERSON, user.pk)
        limits.refund(FACTOR_ADDRESS, where)
        # What it may do has grown, so a copy of its cookie does not grow with it.
        sessions.rename(request.session)
        marks.permit(request)
    audit.record("permit.use", user=user, request=request, ok=fits, reason="" if fits else "wrong")
    return fits


def wake(user: User) -> bool:
    """The account is in use again: somebody who may say so has seen to it that its owner is back (P-48).

    The caller has the person's lock. Returns whether it was forgotten before.
    """
    return bool(User.objects.filter(pk=user.pk).exclude(dormant_at=None).update(dormant_at=None))


def _fits(permit: Permit, typed: str) -> bool:
    return constant_time_compare(activation.read_code(typed) or "", permit.code)
