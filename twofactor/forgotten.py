"""Story 6: a forgotten password. A link by mail lets its owner choose a new one, and opens nothing else (R-60).

SECURITY: asking does the same work and gives the same answer for everybody: for a person, for a name that nobody has,
for one who is locked or has no address. What differs happens later, in the thread that carries mail.
"""

from __future__ import annotations

import hashlib

from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, limits, links, pending, policy, recognising, sessions
from accounts.browser import seen
from accounts.models import User, normal_username, password_changed
from twofactor import carrying, tasks
from twofactor.models import Delivery
from twofactor.policy import SEND_WAITS

KIND = "password-reset"


def can_mail() -> bool:
    """Whether this portal sends any mail; without one, the support desk is the way."""
    return carrying.can_carry("mail")


def ask(request: HttpRequest, username: str) -> None:
    """Send a link to the mail address of this person, if there is one. Raises limits.RateLimited, whoever it is."""
    name = normal_username(username)
    user = User.objects.filter(username=name).first()
    browser, now = seen(request), timezone.now()
    known = recognising.is_known(user or User(pk=0), browser)
    stranger = "name-" + hashlib.sha256(name.encode()).hexdigest()[:32]
    with transaction.atomic():
        # All or none: what one of them refuses costs the others nothing.
        limits.charge(policy.FORGOTTEN_SITE, "site")
        limits.charge(policy.FORGOTTEN_ADDRESS, limits.network(limits.client_address(request)))
        limits.charge(policy.FORGOTTEN_NAME, user.pk if user else stranger, browser.digest[:16] if known else "any")
    good = user is not None and user.is_active and bool(user.email) and user.has_usable_password()
    with transaction.atomic():
        before = transaction.savepoint()
        Delivery.objects.create(
            user_id=user.pk if user else 0,
            way="mail",
            kind=KIND,
            facts={"epoch": user.auth_epoch if user else 0},
            language=(user or User()).own_tongue,
            deadline=now + policy.RESET_LIFE,
            # Not while this is being answered: how long that takes tells nothing either.
            next_at=Now() + SEND_WAITS[0],
        )
        # The row of nobody was never there; the same number of statements either way.
        (transaction.savepoint_commit if good else transaction.savepoint_rollback)(before)
        audit.record("password.forgotten", user=user, request=request, ok=good, reason="" if good else "nobody")
        transaction.on_commit(tasks.runner.wake)


def choose(request: HttpRequest, user: User, signed: str, new_password: str) -> bool:
    """Take the new password of a link's owner, once. False: meanwhile the link is good no more.

    Every session, sign-in in progress and known browser of the person ends; the factors stay as they are. Nobody is
    signed in: what another person, or another sign-in, does in this browser goes on untouched (AT-111).
    """
    if not pending.reset_password(user, new_password, still=lambda locked: links.holds(locked, signed)):
        return False
    audit.record("password.reset", user=user, request=request)
    for tell in password_changed:
        tell(user)
    if request.session.get(SESSION_KEY) == str(user.pk):
        # A session of their own in this very browser has just ended, and what is written into it would be lost.
        sessions.leave(request)
    return True
