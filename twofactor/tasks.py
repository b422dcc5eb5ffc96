"""Errands: carry one row of the outbox, sweep up what was left, take in what carriers report. They carry ids only."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit, requests, watching
from twofactor import budgets, gateways, live, policy, wording
from twofactor.gateways import Call, DeliveryFailed, Report
from twofactor.models import Delivery, PortalKey, Subscription
from twofactor.protocol.sealing import Unsealable
from twofactor.publisher import Publisher
from twofactor.runner import Runner

_log = logging.getLogger("portal.outbox")
_AT_ONCE = 200


# What falls due beside the outbox: each looks after its own, and says when the next of it will be. The rooms above put
# themselves here; we know none of them.
chores: list[Callable[[], datetime | None]] = []

# For whom errands of this process are, by row: taken out when one of its threads begins.
_asked_by: dict[str, requests.Caller] = {}
_NAMES_KEPT = 10_000


def enqueue(delivery: Delivery) -> None:
    """Let somebody carry this row as soon as it is committed. Lost on the way, the sweep finds the row (R-90)."""
    transaction.on_commit(lambda: _start(delivery.pk))


def _start(delivery_id: str) -> None:
    if settings.PORTAL_ERRANDS == "celery":
        publisher.put(delivery_id, requests.Caller.here())
    elif len(_asked_by) < _NAMES_KEPT:
        _asked_by[delivery_id] = requests.Caller.here()
    runner.wake()


def publish(delivery_id: str, asked_by: requests.Caller = requests.NOBODY) -> None:
    """Tell the workers of this row, and for whom it is."""
    from celery import current_app  # only where there is Redis

    # Not as an argument: a worker of the version before would refuse one that it does not know.
    given = {"args": [delivery_id], "headers": asked_by.headers}
    try:
        with requests.named(asked_by.name):
            current_app.send_task("twofactor.deliver", ignore_result=True, **given)
    except Exception:  # noqa: BLE001 - a broker that is away delays, it does not refuse what is committed
        _log.warning("the broker did not take an errand; the sweep will", exc_info=True)


def begin() -> None:
    """This process serves pages: look after the outbox from now on, beginning with what an earlier one left."""
    runner.wake()


def deliver(delivery_id: str, asked_by: requests.Caller = requests.NOBODY) -> bool:
    """Carry this row now, if nobody else does. Returns whether it was ours to carry.

    What is tried again later, or left behind by another process, has a name of its own in the log.
    """
    asked_by = asked_by if asked_by.name else _asked_by.pop(delivery_id, requests.NOBODY)
    with requests.named(asked_by.name or requests.fresh()), watching.step("errand", within=asked_by.trace):
        return _deliver(delivery_id)


def _deliver(delivery_id: str) -> bool:
    rows = Delivery.objects.select_related(
        "user", "phone", "code__phone", "code__login", "about__replaces", "challenge__key"
    )
    delivery = rows.filter(pk=delivery_id).first()
    if delivery is None or not delivery.take(rows):
        return False
    names = gateways.carriers_for(delivery.way)
    # What it says must still be worth hearing: never carried after its end, however long it lay.
    if delivery.kind == "withdraw" and not _may_withdraw(delivery):
        pass
    elif _is_over(delivery):
        _fail(delivery, "expired")
    elif not names:
        _fail(delivery, "setup")
    elif delivery.challenge is not None and Subscription.alive(delivery.challenge.key) is None:
        _fail(delivery, "gone")
    else:
        _carry(delivery, names)
    return True


def _is_over(delivery: Delivery) -> bool:
    """Its time has passed, its code is used or replaced, or the sign-in that it was for has been decided."""
    code, challenge = delivery.code, delivery.challenge
    if delivery.deadline <= timezone.now():
        return True
    if challenge is not None:
        return delivery.kind != "withdraw" and challenge.standing != "pending"
    if code is None:
        return False
    return code.standing != "live" or (code.login is not None and code.login.state != "pending")


def _may_withdraw(delivery: Delivery) -> bool:
    """Whether there may be something in the drawer to take out. If not, the row goes; if nobody knows yet, it waits."""
    asked = Delivery.objects.filter(challenge=delivery.challenge, kind="ask")
    if asked.filter(state="sending").exists():
        delivery.move("retry", when=delivery.is_mine(), next_at=Now() + policy.SEND_WAITS[0], leased_until=None)
        transaction.on_commit(runner.wake)
        return False
    # After a time-out the service may have it all the same.
    if asked.filter(Q(handed_at__isnull=False) | Q(unknown=True)).exists():
        return True
    delivery.delete()
    return False


def _carry(delivery: Delivery, names: list[str]) -> None:
    name = delivery.carrier if delivery.carrier in names else names[0]
    try:
        carrier_id = gateways.send(name, wording.compose(delivery))
    except Unsealable:
        # Staff have heard of it where it was opened; in a minute it would open no better.
        _fail(delivery, "setup")
        return
    except DeliveryFailed as failed:
        _try_again(delivery, names, name, failed)
        return
    now = timezone.now()
    reports = gateways.carrier(name).reports()
    handed = {"carrier": name, "carrier_id": carrier_id[:128], "reports": reports, "handed_at": now}
    if not delivery.move("hand", when=delivery.is_mine(), reason="", **handed):
        # Its report was here before us, or we were away so long that somebody else has carried it, too.
        delivery.touch(**handed)
    _note(delivery, "accepted", accepted_at=now)
    audit.record("delivery.hand", user=delivery.user, way=delivery.way, carrier=name, country=delivery.country)
    _tell(delivery)


def _try_again(delivery: Delivery, names: list[str], name: str, failed: DeliveryFailed) -> None:
    """A growing wait, then the next carrier, each of them once; never beyond the end of what is carried.

    What a carrier may have taken although no answer came is offered once more: to the next one, if there is one. Only a
    carrier that knows a message again when it sees it is asked on and on.
    """
    others = names[names.index(name) + 1 :]
    hopeless = failed.permanent and failed.reason in ("number", "blocked")
    doubtful = failed.unknown and not gateways.carrier(name).IDEMPOTENT
    moves_on = bool(others) and not hopeless and (failed.permanent or doubtful or delivery.attempts >= 2)
    last = doubtful and delivery.unknown
    delivery.unknown |= failed.unknown
    # A notice has a day: its second attempt comes when an outage is likely to be over.
    notice = doubtful and delivery.code is None
    wait = policy.SEND_WAITS[-1 if notice else min(delivery.attempts, len(policy.SEND_WAITS)) - 1]
    wait = max(wait, failed.retry_after or timedelta())
    audit.record(
        "delivery.try", user=delivery.user, ok=False, reason=failed.reason, way=delivery.way, carrier=name,
        country=delivery.country,
    )  # fmt: skip
    if moves_on and not last:
        name, wait = others[0], timedelta()
    if last or (failed.permanent and not moves_on) or timezone.now() + wait >= delivery.deadline:
        _fail(delivery, failed.reason, carrier=name)
        return
    again = {"carrier": name, "reason": failed.reason, "next_at": Now() + wait, "leased_until": None}
    if not delivery.move("retry", when=delivery.is_mine(), unknown=delivery.unknown, **again):
        return
    _note(delivery, "queued", failed.reason)
    transaction.on_commit(runner.wake)
    _tell(delivery)


def _fail(delivery: Delivery, reason: str, carrier: str = "") -> None:
    with transaction.atomic():
        failed = {"reason": reason, "carrier": carrier or delivery.carrier, "failed_at": timezone.now()}
        if not delivery.move("fail", when=delivery.is_mine(), unknown=delivery.unknown, **failed):
            return
        budgets.refund(delivery)
        if reason == "gone" and delivery.challenge is not None:
            _end_subscription(delivery.challenge.key, delivery)
    _note(delivery, "failed", reason)
    audit.record(
        "delivery.fail", user=delivery.user, ok=False, reason=reason, way=delivery.way, country=delivery.country
    )
    _tell(delivery)


def _end_subscription(key: PortalKey, delivery: Delivery) -> None:
    subscription = Subscription.of(key)
    if subscription is None or delivery.leased_until is None:
        return
    # One that the phone has brought since we took this row is another one.
    ours = Q(created__lte=delivery.leased_until - policy.SEND_LEASE)
    if subscription.move("end", when=ours):
        audit.record("push.end", user=delivery.user, ok=False, reason="gone", kid=key.kid, host=subscription.host)
        live.tell_key(key.kid)


def report(delivery_id: str, told: Report, carrier: str) -> bool:
    """Take in what a carrier reports later. In any order and any number of times: what is final stays. False: unknown.

    SECURITY: it moves the delivery and nothing else; no report signs anybody in or uses up a code (R-87).
    """
    delivery = Delivery.objects.select_related("user", "code").filter(pk=delivery_id).first()
    if delivery is None or (delivery.carrier and delivery.carrier != carrier):
        return False
    now = timezone.now()
    if told.state == "delivered":
        moved = delivery.move("deliver", delivered_at=now, reason="")
    else:
        moved = delivery.move("fail", failed_at=now, reason=told.reason or "unreachable")
    if moved:
        audit.record(
            f"delivery.{'arrive' if told.state == 'delivered' else 'fail'}", user=delivery.user,
            ok=told.state == "delivered", reason=delivery.reason, way=delivery.way, carrier=carrier,
            country=delivery.country,
        )  # fmt: skip
        _tell(delivery)
    return True


def script(delivery_id: str, carrier: str) -> Call | None:
    """What a call says, for a carrier that asks while it calls. None: unknown, another carrier's, or over."""
    rows = Delivery.objects.select_related("code__phone", "code__login", "user", "phone")
    mine = rows.filter(Q(carrier="") | Q(carrier=carrier), pk=delivery_id, way="call")
    delivery = mine.first()
    return wording.script(delivery) if delivery and not _is_over(delivery) else None


def due() -> list[str]:
    """The ids of what is due and nobody has taken, or left behind."""
    return _due(timedelta())[0]


def deliver_due() -> int:
    """Carry all that is due, here and now. Returns how many rows were ours to carry."""
    return sum(deliver(each) for each in due())


def _due(patience: timedelta) -> tuple[list[str], datetime | None]:
    """The ids that are ripe since `patience`, and when the next one will be."""
    ripe = Delivery.objects.due().filter(next_at__lte=Now() - patience if patience else Now())
    ids = list(ripe.values_list("pk", flat=True)[:_AT_ONCE])
    coming = Delivery.objects.filter(state__in=("queued", "sending")).exclude(pk__in=ids)
    ahead = coming.aggregate(next=Min("next_at", filter=Q(state="queued")), left=Min("leased_until"))
    moments = [moment + patience for moment in (ahead["next"], ahead["left"]) if moment]
    return ids, min(moments, default=None)


def do_chores() -> datetime | None:
    """Let everything be done that is due. Returns when to come back; None: nothing is ahead."""
    moments = []
    for chore in chores:
        try:
            moments.append(chore())
        except Exception:  # noqa: BLE001 - whatever one of them meets, codes and notices go out
            _log.error("a chore failed", exc_info=True)
            moments.append(timezone.now() + policy.UNTAKEN)
    return min((moment for moment in moments if moment), default=None)


def _find() -> tuple[list[str], datetime | None]:
    chore_at = do_chores()
    ids, next_at = _waiting()
    return ids, min((moment for moment in (chore_at, next_at) if moment), default=None)


def _waiting() -> tuple[list[str], datetime | None]:
    # Where workers carry, a process that serves pages only takes what none of them has.
    return _due(policy.UNTAKEN if settings.PORTAL_ERRANDS == "celery" else timedelta())


def _note(delivery: Delivery, push: str, reason: str = "", **more: Any) -> None:
    """Where the push of a question stands, on the question itself: the desk's page reads that row anyway."""
    if delivery.kind == "ask" and delivery.challenge is not None:
        delivery.challenge.touch(push=push, push_reason=reason, **more)


def _tell(delivery: Delivery) -> None:
    live.tell_desk(delivery.code.login_id if delivery.code else None)
    live.tell_desk(delivery.challenge.login_id if delivery.challenge else None)
    live.tell_person(delivery.user_id)


publisher = Publisher(publish)
runner = Runner(_find, deliver, beat=5.0 if settings.PORTAL_ERRANDS == "celery" else None)
