"""What texts and calls may cost, counted before anything is handed to a carrier (R-24, R-26)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, limits
from accounts.models import Login, Tally, User
from accounts.policy import FACTOR_PERSON, Limit
from twofactor import numbers, policy
from twofactor.models import ClosedPrefix, Delivery, Phone
from twofactor.models.delivery import CODES, closed_until, conversion

_MONEY = "money/24h"
# What somebody asks for; everything else is a notice.
_ASKED = (*CODES, "test")
_Count = tuple[Iterable[Limit], tuple[object, ...]]


def charge(kind: str, user: User, phone: Phone, way: str, *, network: str = "", login: Login | None = None) -> int:
    """Count one text or call against every budget, in the caller's transaction: all or none.

    Args: `kind` as in Delivery; `network`: who asks, as limits.network says it; `login`: the sign-in that it is for.
    Returns its price in thousandths of the operator's money. Raises limits.RateLimited.
    """
    for most, who in (*_shared(kind, phone.country), *_own(kind, way, phone, whose(user, login))):
        limits.charge(most, *who)
    if _counts_address(network, login):
        limits.charge(policy.TEXT_ADDRESS, network)
        _charge_new_number(network, phone.fingerprint)
    price = _price(way, phone.country)
    limits.charge(_moneys(kind), "site", amount=price)
    return price


def charge_notice(kind: str, user: User, phone: Phone | None, *, proposal: object = "") -> int:
    """Count one notice: by text, or by mail where there is no `phone`. A test is counted like what else one asks for.

    Args: `proposal` of the support desk it tells of, if of any: each is counted by itself, so that no number of them
    that come to nothing keeps the next one from being told.

    SECURITY: notices have budgets of their own, and neither takes room from the other: whoever empties the site's with
    codes could otherwise change a number unheard (R-61), and whoever causes notices keep others from signing in.
    Returns its price, as `charge` does. Raises limits.RateLimited.
    """
    if kind == "test" and phone is not None:
        return charge(kind, user, phone, "text")
    price = _price("text", phone.country) if phone else 0
    place = phone.fingerprint[:32] if phone else f"mail-{user.pk}"
    most, who = _notice(kind, place, mail=phone is None, proposal=proposal)
    limits.charge(most, *who)
    return price


def _shared(kind: str, country: str) -> list[_Count]:
    """What everybody's texts and calls draw on. Asking for anything but a sign-in is for half of it."""
    counts: list[_Count] = [(policy.CARRIED_SITE, ("site",)), (policy.CARRIED_COUNTRY, (country,))]
    if _is_adding(kind):
        counts += [(policy.ADDING_SITE, ("site",)), (policy.ADDING_COUNTRY, (country,))]
    return counts


def whose(user: User, login: Login | None) -> tuple[object, ...]:
    """For whom a sign-in counts: the person, and apart from that the person at browsers that are known (R-50)."""
    return (user.pk, "known") if login is not None and login.known_browser else (user.pk,)


def where(request: HttpRequest, login: Login | None) -> str:
    """From where a second factor is given: an address, or a browser that is known, which is a place of its own (P-24).

    SECURITY: so nobody behind the owner's address shuts the owner out by failing there (R-50).
    """
    if login is not None and login.known_browser:
        return f"browser-{login.browser_digest[:16]}"
    return limits.network(limits.client_address(request))


def _own(kind: str, way: str, phone: Phone, who: tuple[object, ...]) -> list[_Count]:
    """What one person's texts and calls, and those to one number, draw on.

    SECURITY: a sign-in shares its counts with no other person's, and at a known browser with no stranger's: nobody
    shuts it by typing the number, or by knowing the password.
    """
    number, calls = phone.fingerprint[:32], way == "call"
    if kind == "test":
        return [(policy.TEST_TEXT, who)]
    person = (policy.CALL_PERSON if calls else policy.TEXT_PERSON, who)
    if kind == "confirm":
        return [(policy.CONFIRM_CALLS if calls else policy.CONFIRM_NUMBER, (number,)), person]
    return [(policy.CALL_NUMBER if calls else policy.TEXT_NUMBER, (number, *who)), person]


def _notice(kind: str, place: str, *, mail: bool = False, proposal: object = "") -> _Count:
    """What really changed is counted by itself, so that no other notice silences it."""
    if kind in policy.CHANGES:
        return policy.CHANGE_NOTICE, (place, kind, proposal) if proposal else (place, kind)
    return policy.MAIL_PERSON if mail else policy.NOTICE_NUMBER, (place,)


def _is_adding(kind: str) -> bool:
    return kind in _ASKED and kind != "sign-in"


def _counts_address(network: str, login: Login | None) -> bool:
    """Not for browsers that are known, which have counts of their own: an office behind one address is many people."""
    known = login is not None and login.known_browser
    return bool(network) and not known


def _charge_new_number(network: str, fingerprint: str) -> None:
    """One address may ask for so many different numbers; the same number again costs it nothing more (P-17)."""
    try:
        limits.charge(policy.NUMBER_SEEN, network, fingerprint[:16])
    except limits.RateLimited:
        return
    limits.charge(policy.NUMBERS_ADDRESS, network)


def refund(delivery: Delivery) -> None:
    """It was not carried, so it takes no room from the next one (FI-10).

    The address keeps its count: who asks for texts that cannot be carried may not ask for ever. So does all the rest
    where a carrier may have taken the message all the same: after a time-out, or an answer that made no sense.
    """
    phone, kind = delivery.phone, delivery.kind
    if phone is None or not delivery.cost or delivery.unknown:
        return
    if kind in _ASKED:
        for most, who in _shared(kind, delivery.country):
            limits.refund(most, *who)
        limits.refund(_moneys(kind), "site", amount=delivery.cost)
        login = delivery.code.login if delivery.code else None
        for most, who in _own(kind, delivery.way, phone, whose(delivery.user, login)):
            limits.refund(most, *who)
    else:
        most, who = _notice(kind, phone.fingerprint[:32], proposal=delivery.facts.get("proposal", ""))
        limits.refund(most, *who)
    Delivery.objects.filter(pk=delivery.pk).update(cost=0)


def opens_at(
    kind: str, user: User, phone: Phone, way: str, *, network: str = "", login: Login | None = None
) -> datetime | None:
    """When the budgets that a person can understand have room again; None: now. The page shows it.

    A code that could not be typed, after too many wrong ones, is not sent either.
    """
    who = whose(user, login)
    times = [limits.opens_at(most, *subject) for most, subject in _own(kind, way, phone, who)]
    times.append(limits.opens_at(FACTOR_PERSON, *who))
    if _counts_address(network, login):
        times.append(limits.opens_at(policy.TEXT_ADDRESS, network))
    if not is_trusted(phone):
        times.append(closed_until(phone.prefix))
    return max((moment for moment in times if moment), default=None)


def is_trusted(there: Phone | numbers.Number) -> bool:
    """Whether this number has been confirmed for so long that the breaker lets it go on: it closes what is pumped, and
    must not be what shuts out everybody whose number begins alike."""
    since = there.verified_at if isinstance(there, Phone) else None
    return since is not None and since <= timezone.now() - policy.PREFIX_TRUSTS


def close_pumped(there: Phone | numbers.Number) -> datetime | None:
    """Until when nothing is sent to this prefix, closing it first when too few codes come back from it (P-21).

    Outside of the caller's transaction: what is refused is rolled back, and this must stay.
    """
    prefix = there.prefix if isinstance(there, Phone) else Phone.print_of_prefix(there.prefix)
    until = closed_until(prefix)
    if until:
        return until
    sent, used = conversion(prefix)
    if sent < policy.PREFIX_SENDS or used >= policy.PREFIX_SHARE * sent:
        return None
    readable = numbers.known(there.number, there.country).prefix if isinstance(there, Phone) else there.prefix
    try:
        with transaction.atomic():
            # Of several that meet here one closes it, and staff are told once.
            limits.charge(policy.PREFIX_CLOSING, prefix)
            until = timezone.now() + policy.PREFIX_CLOSED
            ClosedPrefix.objects.create(prefix=readable, country=there.country, until=until, sends=sent, used=used)
            audit.alert("prefix.close", country=there.country, prefix=readable)
    except limits.RateLimited:
        return closed_until(prefix)
    return until


def reopen(closed: ClosedPrefix) -> bool:
    """Open it again now. False: it was open already. What is counted against it begins anew where its closing ended."""
    now = timezone.now()
    if not ClosedPrefix.objects.filter(pk=closed.pk, until__gt=now).update(until=now):
        return False
    limits.clear(policy.PREFIX_CLOSING, Phone.print_of_prefix(closed.prefix))
    return True


def money() -> tuple[int, datetime | None]:
    """What is counted against the day's cap, in thousandths, and when that count ends; None: nothing is counted yet."""
    row = Tally.objects.filter(name=_MONEY, subject="site", resets__gt=timezone.now()).first()
    return (row.count, row.resets) if row else (0, None)


def _price(way: str, country: str) -> int:
    prices = settings.PORTAL_CALL_PRICES if way == "call" else settings.PORTAL_TEXT_PRICES
    return max(1, round(1000 * float(prices.get(country, prices.get("*", 0)))))


def _moneys(kind: str) -> list[Limit]:
    most = round(1000 * settings.PORTAL_MONEY_A_DAY)
    share = round(policy.ADDING_SHARE * most)
    adding = [Limit("adding-money/24h", share, policy.MONEY_DAY)] if _is_adding(kind) else []
    return [Limit(_MONEY, most, policy.MONEY_DAY), *adding]
