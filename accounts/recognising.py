"""The password step: who somebody is, told from a name and a password, with the same work for whoever it is not."""

from __future__ import annotations

import base64
import hashlib
import secrets
from contextlib import nullcontext

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, limits, policy, temporary
from accounts.browser import Browser, seen
from accounts.hashing import HashersBusy
from accounts.models import KnownBrowser, RefusedOrigin, TemporaryPassword, User, normal_username
from accounts.prepared import Prepared

_NAMED = Prepared(lambda username: User.objects.filter(username=username))
_KNOWN = Prepared(
    lambda user, digest, auth_epoch, oldest: KnownBrowser.objects.filter(
        user=user, digest=digest, auth_epoch=auth_epoch, used__gt=oldest
    )
)
_DISOWNED = Prepared(
    lambda user, now, digest: RefusedOrigin.objects.filter(user=user, until__gt=now, digest=digest).order_by("-until")
)
_DISOWNED_FROM = Prepared(
    lambda user, now, digest, network: RefusedOrigin.objects.filter(
        Q(digest=digest) | Q(network=network), user=user, until__gt=now
    ).order_by("-until")
)
# This machine itself: everybody at once, or nobody's network, so it tells nothing about who asks.
_OWN_NETWORKS = ("127.0.0.1", "::/64", "unknown")


class NotRecognised(Exception):
    """Unknown name, wrong password, inactive or without a password: one refusal for all (R-46)."""


class Refused(Exception):
    """The person disowned this browser or address; `until` says how long it stays refused (P-09)."""

    def __init__(self, until: object) -> None:
        self.until = until


def recognise(request: HttpRequest, username: str, password: str) -> tuple[User, TemporaryPassword | None]:
    """The password step. Returns the person, and the temporary password if it was one, which `pending.begin` takes.

    Raises NotRecognised, Refused or limits.RateLimited.
    SECURITY: the same work for every outcome: one counter, one look-up, one hash, one event. An unknown name is counted
    like a known one and its password compared with a decoy of the same cost. While a temporary password is awake, what
    has its form is compared with that alone.
    """
    name = normal_username(username)
    user = _NAMED.first(username=name)
    browser = seen(request)
    known = is_known(user or User(pk=0), browser)
    stranger = "name-" + hashlib.sha256(name.encode()).hexdigest()[:32]
    subject = counted(user, browser, known=known) if user else (stranger, "any")
    # SECURITY: a browser that is known is counted by itself alone, and can guess at one name only: nobody shuts owners
    # out by filling the count of their network or of the whole site.
    shared = [] if known else _shared(limits.network(limits.client_address(request)))
    # All or none: what one of them refuses was not compared, so it costs the others nothing.
    with transaction.atomic() if shared else nullcontext():
        for most, who in shared:
            limits.charge(most, who)
        opens = limits.charge_backoff(policy.PASSWORD, *subject)

    typed = temporary.read(password)
    awake = TemporaryPassword.awake(user) if typed else None
    usable = user is not None and user.is_active and (awake is not None or user.has_usable_password())
    try:
        if awake is not None and usable:
            fits = check_password(typed, awake.hash)
        else:
            fits = (user if user and usable else User(password=_decoy())).check_password(password)
    except HashersBusy:
        # Nothing was compared, so nothing counts, and nobody waits for it.
        limits.refund_backoff(policy.PASSWORD, opens, *subject)
        _refund(shared)
        raise
    if user is None or not usable or not fits:
        audit.record("password.check", user=user, request=request, ok=False, reason="wrong")
        raise NotRecognised
    limits.clear((policy.PASSWORD,), *subject)
    _refund(shared)
    _refuse_disowned(request, user, browser, known=known)
    if awake is None:
        audit.record("password.check", user=user, request=request)
    else:
        audit.record("password.check", user=user, request=request, by="temporary")
    return user, awake


def _shared(network: str) -> list[tuple[tuple[policy.Limit, ...], str]]:
    """The counts in which this try takes room from others, in the order in which they are locked (P-26)."""
    return [(policy.PASSWORD_SITE, "site"), (policy.PASSWORD_ADDRESS, network)]


def _refund(shared: list[tuple[tuple[policy.Limit, ...], str]]) -> None:
    for most, who in shared:
        limits.refund(most, who)


def has_known(user: User, password: str) -> bool:
    """Whether this is no new password: the one of now, one that staff took away, or a temporary one of late."""
    if user.check_password(password):
        return True
    taken = user.password.removeprefix(UNUSABLE_PASSWORD_PREFIX)
    if not user.has_usable_password() and check_password(password, taken):
        return True
    typed = temporary.read(password)
    rows = TemporaryPassword.objects.filter(user=user) if typed else TemporaryPassword.objects.none()
    return any(check_password(typed, row.hash) for row in rows.order_by("-pk")[: policy.TEMPORARY_PERSON[0].count])


def _decoy() -> str:
    """A hash that costs what every other costs, and that no password fits: its digest is random."""
    salt, digest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    cost = f"m={policy.ARGON2_MEMORY_KIB},t={policy.ARGON2_TIME},p={policy.ARGON2_LANES}"
    return f"argon2$argon2id$v=19${cost}${salt}${digest}"


def _refuse_disowned(request: HttpRequest, user: User, browser: Browser, *, known: bool) -> None:
    network = limits.network(limits.client_address(request))
    given = {"user": user.pk, "now": timezone.now(), "digest": browser.digest}
    if known or network in _OWN_NETWORKS:
        row = _DISOWNED.first(**given)
    else:
        row = _DISOWNED_FROM.first(**given, network=network)
    if row:
        audit.record("password.check", user=user, request=request, ok=False, reason="disowned")
        raise Refused(row.until)


def is_known(user: User, browser: Browser) -> bool:
    """Whether this browser finished a sign-in of this person within 90 days and since the last change of factors."""
    oldest = timezone.now() - policy.KNOWN_BROWSER_LIFE
    return _KNOWN.any(user=user.pk, digest=browser.digest, auth_epoch=user.auth_epoch, oldest=oldest)


def counted(user: User, browser: Browser, *, known: bool) -> tuple[object, ...]:
    """For whom wrong passwords and sign-ins begun count: browsers that are known have counts of their own (R-50)."""
    return (user.pk, browser.digest[:16] if known else "any")
