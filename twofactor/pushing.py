"""Waking the phone: a push for each question, its withdrawal when the question has ended, and proof that pushes arrive.

A push says which key and which question, and nothing of what it is about (protocol section 9). It decides nothing: an
open authenticator hears by its socket, and whoever hears nothing answers by hand.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit, limits
from accounts.models import User
from twofactor import gateways, live, policy, tasks
from twofactor.gateways import webpush
from twofactor.models import Challenge, Delivery, PortalKey, Subscription
from twofactor.protocol import statements
from twofactor.protocol.webpush import Subscription as Where


def subscribe(key: PortalKey, given: object) -> str:
    """Keep where this phone can be woken, or with None forget it; a new address is proved by a silent push.

    Returns its state. Raises statements.Refused (malformed) for what is no subscription or not at an allowed service,
    limits.RateLimited.
    """
    if given is None:
        held = Subscription.of(key)
        if held is not None and held.move("forget", sealed=""):
            audit.record("push.forget", user=key.user, kid=key.kid)
            live.tell_person(key.user_id)
        return "none"
    where = Where.read(given)
    if not webpush.is_allowed(where.endpoint):
        raise statements.Refused("malformed", "not at a push service that is allowed")
    limits.charge(policy.SUBSCRIPTIONS, key.pk)
    with transaction.atomic():
        # One order of locks everywhere: the person before questions and keys, as whatever ends the key takes them.
        User.objects.locked(key.user_id)
        held = Subscription.of(key)
        if held is not None and held.state in ("new", "works") and held.where == where:
            return held.state
        # The row stays and changes: the pages that watch it go by its version, which must never fall.
        kept = held or Subscription.objects.create(key=key, state="none")
        kept.move("bring", host=_host(where), sealed=kept.seal(where), created=timezone.now(), proved_at=None)
        audit.record("push.subscribe", user=key.user, kid=key.kid, host=kept.host)
        probe(key)
    live.tell_person(key.user_id)
    return kept.state


def _host(where: Where) -> str:
    return (urlsplit(where.endpoint).hostname or "")[:253]


def probe(key: PortalKey) -> None:
    """A push that only has to arrive: its question is in no inbox, and its receipt proves the subscription (N6)."""
    for old in Challenge.objects.filter(key=key, silent=True, state="pending"):
        old.move("supersede", reason="replaced")
    challenge = Challenge.fresh(
        key, mode="tap", purpose="test", display={"lang": "en", "title": ""}, silent=True, notified_at=timezone.now()
    )
    _carry(challenge, "probe", challenge.expires)


def wake(challenge: Challenge) -> None:
    """Push this question to the phone, if the phone can be pushed to; and be ready to take it out of the drawer."""
    if not gateways.carriers_for("push") or Subscription.alive(challenge.key) is None:
        return
    challenge.touch(push="queued", push_reason="")
    _carry(challenge, "ask", challenge.expires)
    if not _withdrawals(challenge).exists():
        _carry(challenge, "withdraw", challenge.expires + policy.PUSH_WITHDRAWN, when=challenge.expires)


def withdraw(challenge: Challenge) -> None:
    """The question has ended: its notification is taken out of the drawer, unless the phone itself has answered."""
    if not challenge.push or challenge.standing == "pending":
        return
    waiting = _withdrawals(challenge).filter(state="queued")
    if challenge.by == "online":
        waiting.delete()
        return
    for each in waiting:
        each.touch(next_at=Now())
        tasks.enqueue(each)


def _withdrawals(challenge: Challenge) -> QuerySet[Delivery]:
    return Delivery.objects.filter(challenge=challenge, kind="withdraw")


def _carry(challenge: Challenge, kind: str, deadline: datetime, when: datetime | None = None) -> None:
    user = challenge.key.user
    delivery = Delivery(user=user, way="push", kind=kind, challenge=challenge, language=user.tongue, deadline=deadline)
    if when is not None:
        delivery.next_at = when
    delivery.save(force_insert=True)
    tasks.enqueue(delivery)


def doubt(key: PortalKey) -> None:
    """The person answered by hand, so perhaps no notification came: the phone makes itself a new address."""
    subscription = Subscription.of(key)
    if subscription is not None and subscription.move("doubt"):
        audit.record("push.doubt", user=key.user, kid=key.kid, host=subscription.host)


def arrived(challenge: Challenge) -> None:
    """The phone has reported a push that was in no inbox, so the push itself has brought it."""
    if not challenge.silent:
        return
    proved = Q(created__lte=challenge.created)
    subscription = Subscription.of(challenge.key)
    if subscription is not None and subscription.move("prove", when=proved, proved_at=timezone.now()):
        audit.record("push.prove", user=challenge.key.user, kid=challenge.key.kid, host=subscription.host)
    challenge.move("supersede", reason="arrived", decided_at=timezone.now())
    live.tell_person(challenge.key.user_id)
    live.tell_key(challenge.key.kid)
