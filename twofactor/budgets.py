"""What texts and calls may cost, counted before anything is handed to a carrier (R-24, R-26)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from accounts import audit, limits
from accounts.models import Tally, User
from accounts.policy import Limit
from twofactor import policy
from twofactor.models import ClosedPrefix, Delivery, Phone
from twofactor.models.delivery import CODES, closed_until, conversion

_PERHAPS_TAKEN = frozenset({"unreachable", "malformed"})


def charge(user: User, phone: Phone, way: str, network: str) -> int:
    """Count one text or call against every budget, in the caller's transaction: all or none.

    Returns its price in thousandths of the operator's money. Raises limits.RateLimited.
    """
    number = phone.fingerprint[:32]
    limits.charge(policy.CARRIED_SITE, "site")
    limits.charge(policy.CARRIED_COUNTRY, phone.country)
    if way == "call":
        limits.charge(policy.CALL_NUMBER, number)
    else:
        limits.charge(policy.TEXT_NUMBER, number)
        limits.charge(policy.TEXT_PERSON, user.pk)
    limits.charge(policy.TEXT_ADDRESS, network)
    _charge_new_number(network, number)
    price = _price(way, phone.country)
    limits.charge((_money(),), "site", amount=price)
    return price


def charge_notice(phone: Phone) -> int:
    """Count one notice by text. It has a budget of its own: codes must not be able to use it up and silence it (R-61).

    Returns its price. Raises limits.RateLimited.
    """
    limits.charge(policy.CARRIED_SITE, "site")
    limits.charge(policy.CARRIED_COUNTRY, phone.country)
    limits.charge(policy.NOTICE_NUMBER, phone.fingerprint[:32])
    price = _price("text", phone.country)
    limits.charge((_money(),), "site", amount=price)
    return price


def _charge_new_number(network: str, number: str) -> None:
    """One address may ask for so many different numbers; the same number again costs it nothing more (P-17)."""
    try:
        limits.charge(policy.NUMBER_SEEN, network, number[:16])
    except limits.RateLimited:
        return
    limits.charge(policy.NUMBERS_ADDRESS, network)


def refund(delivery: Delivery) -> None:
    """It was not carried, so it takes no room from the next one (FI-10).

    The address keeps its count: who asks for texts that cannot be carried may not ask for ever. So does the money where
    the carrier may have taken the message all the same: after a time-out, or an answer that made no sense.
    """
    if delivery.phone is None or not delivery.cost:
        return
    number = delivery.phone.fingerprint[:32]
    limits.refund(policy.CARRIED_SITE, "site")
    limits.refund(policy.CARRIED_COUNTRY, delivery.country)
    if delivery.kind not in (*CODES, "test"):
        limits.refund(policy.NOTICE_NUMBER, number)
    elif delivery.way == "call":
        limits.refund(policy.CALL_NUMBER, number)
    else:
        limits.refund(policy.TEXT_NUMBER, number)
        limits.refund(policy.TEXT_PERSON, delivery.user_id)
    if delivery.reason not in _PERHAPS_TAKEN:
        limits.refund((_money(),), "site", amount=delivery.cost)
        Delivery.objects.filter(pk=delivery.pk).update(cost=0)


def opens_at(user: User, phone: Phone, way: str) -> datetime | None:
    """When the budgets that a person can understand have room again; None: now. The page shows it."""
    number = phone.fingerprint[:32]
    own = policy.CALL_NUMBER if way == "call" else policy.TEXT_NUMBER
    times = [limits.opens_at(own, number), closed_until(phone.prefix)]
    if way == "text":
        times.append(limits.opens_at(policy.TEXT_PERSON, user.pk))
    return max((moment for moment in times if moment), default=None)


def close_pumped(prefix: str, country: str) -> datetime | None:
    """Until when nothing is sent to this prefix, closing it first when too few codes come back from it (P-21).

    Outside of the caller's transaction: what is refused is rolled back, and this must stay.
    """
    until = closed_until(prefix)
    if until:
        return until
    sent, used = conversion(prefix)
    if sent < policy.PREFIX_SENDS or used >= policy.PREFIX_SHARE * sent:
        return None
    until = timezone.now() + policy.PREFIX_CLOSED
    ClosedPrefix.objects.create(prefix=prefix, country=country, until=until, sends=sent, used=used)
    audit.alert("prefix.close", country=country, prefix=prefix)
    return until


def money() -> tuple[int, datetime | None]:
    """What is counted against the day's cap, in thousandths, and when that count ends; None: nothing is counted yet."""
    row = Tally.objects.filter(name=_money().name, subject="site", resets__gt=timezone.now()).first()
    return (row.count, row.resets) if row else (0, None)


def _price(way: str, country: str) -> int:
    prices = settings.PORTAL_CALL_PRICES if way == "call" else settings.PORTAL_TEXT_PRICES
    return max(1, round(1000 * float(prices.get(country, prices.get("*", 0)))))


def _money() -> Limit:
    return Limit("money/24h", round(1000 * settings.PORTAL_MONEY_A_DAY), policy.MONEY_DAY)
