"""Counters that hold: in the database, counted before anything is compared, refusing when they cannot count (R-51)."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cache
from socket import AF_INET, inet_ntop, inet_pton
from typing import Any, cast

from django.conf import settings
from django.db import connection
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone

from accounts import watching
from accounts.models import Tally
from accounts.policy import PROXY_SILENT, Backoff, Limit
from accounts.prepared import Prepared, ask, update

_log = logging.getLogger("portal.limits")
# Of whom that is counted.
_PROXY = ("proxy",)


class RateLimited(Exception):
    """Not now. `retry_at` is when to try again; every page and answer that refuses says so."""

    def __init__(self, retry_at: datetime, limit: str) -> None:
        super().__init__(f"{limit} until {retry_at:%H:%M:%S}")
        # Here, because it is raised in many places and caught in as many.
        watching.tell("refusal", limit=limit)
        self.retry_at = retry_at
        self.limit = limit

    @property
    def retry_after(self) -> int:
        """Whole seconds from now, at least one: the Retry-After header."""
        return max(1, round((self.retry_at - timezone.now()).total_seconds()))


def charge(limits: Iterable[Limit], *who: object, amount: int = 1) -> None:
    """Count one event for this subject against all of `limits`, or raise RateLimited and count it against none.

    Called before the comparison, so that twenty guesses released at once are counted before any is looked at. An event
    may weigh more than one: `amount`, in the unit of the limit.
    """
    all_of, subject, now = tuple(limits), _subject(who), timezone.now()
    taken = _take([limit for limit in all_of if amount <= limit.count], subject, now, amount)
    full = next((limit for limit in all_of if limit.name not in taken), None)
    if full is not None:
        # In one statement, and so without a transaction: of several, some may have had room. Nobody lost any by that
        # meanwhile, for whoever counts against those finds this one full, too.
        refund([limit for limit in all_of if limit.name in taken], *who, amount=amount)
        raise RateLimited(_full_until(full, subject, now, amount), full.name)


def firsts(limit: Limit, subjects: Collection[str]) -> set[str]:
    """Those of these that were never counted against the limit, which is one; from now on they are. In one statement.

    Whoever comes a second time is not among them, at this process or another, in this moment or until their row goes.
    """
    ends = connection.ops.adapt_datetimefield_value(timezone.now() + timedelta(seconds=limit.seconds))
    # In one order everywhere, so that two of these never wait for each other.
    named = sorted(set(subjects))
    # Few statements are planned, not one for each number: what is missing to a power of two repeats the last.
    named += named[-1:] * ((1 << (len(named) - 1).bit_length()) - len(named))
    rows = [part for subject in named for part in (limit.name, subject, ends)]
    places = ", ".join(["(%s, %s, 1, %s)"] * len(named))
    return {subject for (subject,) in ask(f"{_INSERT} {places} {_IF_NEW}", rows)[0]}


def refund(limits: Iterable[Limit], *who: object, amount: int = 1) -> None:
    """Take one event back: it was a success, which is never counted (decision 18), or was never compared."""
    for limit in limits:
        update(Tally, Q(name=limit.name, subject=_subject(who), count__gte=amount), count=F("count") - amount)


def clear(limits: Iterable[Limit | Backoff], *who: object) -> None:
    """Forget what was counted for this subject, after a success of the same factor."""
    forget(limits, [who])


def forget(limits: Iterable[Limit | Backoff], everybody: Iterable[tuple[object, ...]]) -> None:
    """The same for several subjects, in one statement."""
    names, subjects = [limit.name for limit in limits], [_subject(who) for who in everybody]
    ask(_forgetting(len(subjects), len(names), connection.vendor), [*subjects, *names])


def opens_at(limits: Iterable[Limit], *who: object) -> datetime | None:
    """When there is room again in all of `limits`, or None if there is room now. Counts nothing."""
    all_of = tuple(limits)
    most = {name: value for at, limit in enumerate(all_of) for name, value in _at(at, limit).items()}
    rows = _full(len(all_of)).rows(subject=_subject(who), now=timezone.now(), **most)
    return max((resets for (resets,) in rows), default=None)


def _at(place: int, limit: Limit) -> dict[str, Any]:
    return {f"name{place}": limit.name, f"count{place}": limit.count}


@cache
def _full(count: int) -> Prepared[Tally]:
    """When those of so many limits end that are full for a subject."""

    def build(subject: Any, now: Any, **given: Any) -> Any:
        full = Q()
        for at in range(count):
            full |= Q(name=given[f"name{at}"], count__gte=given[f"count{at}"])
        return Tally.objects.filter(full, subject=subject, resets__gt=now).values_list("resets")

    return Prepared(build, ["subject", "now", *(f"{part}{at}" for at in range(count) for part in ("name", "count"))])


def charge_backoff(backoff: Backoff, *who: object) -> datetime:
    """Count one failure, or raise RateLimited while the wait for the last one runs. Until when it waits now."""
    subject = _subject(who)
    while True:
        now = timezone.now()
        if _begin(backoff, subject, now):
            return _waits(backoff, 1, now)[0]
        row = _ROW.first(name=backoff.name, subject=subject)
        if row is None:
            # Forgotten a moment ago: a success.
            continue
        if row.opens and row.opens > now:
            raise RateLimited(row.opens, backoff.name)
        count = 1 + (row.count if row.resets > now else 0)
        opens, ends = _waits(backoff, count, now)
        unchanged = Q(pk=row.pk, count=row.count, resets=row.resets, opens=row.opens)
        if update(Tally, unchanged, count=count, opens=opens, resets=ends):
            return opens


def refund_backoff(backoff: Backoff, opens: datetime, *who: object) -> None:
    """Take one failure back that was never compared, and its wait: the one before was over when it was counted.

    SECURITY: a wait that another failure has earned meanwhile stays; it is told by its moment.
    """
    row = Q(name=backoff.name, subject=_subject(who), count__gte=1)
    if not update(Tally, row & Q(opens=opens), count=F("count") - 1, opens=None):
        update(Tally, row, count=F("count") - 1)


def _begin(backoff: Backoff, subject: str, now: datetime) -> bool:
    """Count the first failure, as nearly always, in one statement. False: it is not the first."""
    adapt = connection.ops.adapt_datetimefield_value
    moments = [adapt(moment) for moment in _waits(backoff, 1, now)]
    return bool(ask(_BEGIN, [backoff.name, subject, *moments])[0])


def _waits(backoff: Backoff, count: int, now: datetime) -> tuple[datetime, datetime]:
    """When the next may be tried after so many failures, and when they are forgotten."""
    opens = now + timedelta(seconds=backoff.wait(count))
    return opens, opens + timedelta(seconds=backoff.window)


_ROW = Prepared(lambda name, subject: Tally.objects.filter(name=name, subject=subject))
_RESETS = Prepared(lambda name, subject: Tally.objects.filter(name=name, subject=subject).values_list("resets"))
_BEGIN = """
    INSERT INTO accounts_tally (name, subject, count, opens, resets) VALUES (%s, %s, 1, %s, %s)
    ON CONFLICT DO NOTHING RETURNING count
"""
_CLEAR = """
    DELETE FROM accounts_tally WHERE id IN
        (SELECT id FROM accounts_tally WHERE subject IN ({subjects}) AND name IN ({names})
            ORDER BY name, subject {locked})
"""
_INSERT = "INSERT INTO accounts_tally (name, subject, count, resets) VALUES"
_IF_NEW = "ON CONFLICT DO NOTHING RETURNING subject"
# One statement counts and decides; where there was no room, no row comes back. The same on SQLite and PostgreSQL.
_TAKE = """
    INSERT INTO accounts_tally (name, subject, count, resets) VALUES {rows}
    ON CONFLICT (name, subject) DO UPDATE SET
        count = excluded.count + CASE WHEN accounts_tally.resets <= %s THEN 0 ELSE accounts_tally.count END,
        resets = CASE WHEN accounts_tally.resets <= %s THEN excluded.resets ELSE accounts_tally.resets END
    WHERE accounts_tally.resets <= %s OR accounts_tally.count + excluded.count <= CASE excluded.name {most} END
    RETURNING name
"""


@cache
def _forgetting(subjects: int, limits: int, vendor: str) -> str:
    # Locked by their names, as `_take` does: two who lock the same ones in another order wait for each other.
    locked = "FOR UPDATE" if connection.features.has_select_for_update else ""
    places = {"subjects": ", ".join(["%s"] * subjects), "names": ", ".join(["%s"] * limits)}
    return _CLEAR.format(**places, locked=locked)


@cache
def _taking(limits: int) -> str:
    return _TAKE.format(rows=", ".join(["(%s, %s, %s, %s)"] * limits), most=" ".join(["WHEN %s THEN %s"] * limits))


def _take(limits: list[Limit], subject: str, now: datetime, amount: int) -> set[str]:
    """Count one event against each that has room: their names."""
    if not limits:
        return set()
    limits = sorted(limits, key=lambda limit: limit.name)
    adapt = connection.ops.adapt_datetimefield_value
    ends = {limit: adapt(now + timedelta(seconds=limit.seconds)) for limit in limits}
    values: list[Any] = [part for limit in limits for part in (limit.name, subject, amount, ends[limit])]
    values += [adapt(now)] * 3
    values += [part for limit in limits for part in (limit.name, limit.count)]
    return {name for (name,) in ask(_taking(len(limits)), values)[0]}


def _full_until(limit: Limit, subject: str, now: datetime, amount: int) -> datetime:
    if amount > limit.count:
        return now + timedelta(seconds=limit.seconds)
    ((resets,),) = _RESETS.rows(name=limit.name, subject=subject)
    return cast(datetime, resets)


def _subject(who: tuple[object, ...]) -> str:
    return ":".join(str(part) for part in who)


def client_address(request: HttpRequest) -> str | None:
    """The address of the client of a page (R-52). A proxy that does not say it is told of (FI-22)."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    address = address_of(request.META.get("REMOTE_ADDR", ""), forwarded)
    if settings.PORTAL_PROXIES and (address is None or len(_hops(forwarded)) < settings.PORTAL_PROXIES):
        _tell_of_proxy()
    return address


def _tell_of_proxy() -> None:
    try:
        charge(PROXY_SILENT, *_PROXY)
    except RateLimited:
        return
    _log.error("ALERT proxy.silent: X-Forwarded-For has fewer addresses than PORTAL_PROXIES says, or none that is one")


def proxy_silent() -> bool:
    """Whether a proxy in front has not said within the hour whom it serves: all whom it hides count as one."""
    return bool(settings.PORTAL_PROXIES) and opens_at(PROXY_SILENT, *_PROXY) is not None


def address_of(remote: str, forwarded: str) -> str | None:
    """The address of the client, counted from our side over the configured number of proxies; None if it is none.

    SECURITY: with no proxy configured, forwarded headers are never read; with n, only the n-th entry from the right.
    """
    address = remote
    if settings.PORTAL_PROXIES:
        hops = _hops(forwarded)
        if len(hops) >= settings.PORTAL_PROXIES:
            address = hops[-settings.PORTAL_PROXIES]
    if _is_plain(address):
        return address
    try:
        # Without the zone of a link-local address (RFC 4007): it names a card of this machine, and no column takes it.
        return str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return None


def _is_plain(address: str) -> bool:
    """Whether this is an IPv4 address as everybody writes it: to read one takes longer than to count it."""
    try:
        return inet_ntop(AF_INET, inet_pton(AF_INET, address)) == address
    except (OSError, ValueError):
        return False


def _hops(forwarded: str) -> list[str]:
    return [hop.strip() for hop in forwarded.split(",") if hop.strip()]


def network(address: str | None) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 subscriber owns (P-24)."""
    if not address:
        return "unknown"
    if _is_plain(address):
        return address
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def neighbours(address: str | None) -> str:
    """What counts as one customer where all share a total: an IPv4 address, or the /48 of 65,536 subscribers' /64."""
    parsed = ipaddress.ip_address(address) if address else None
    if isinstance(parsed, ipaddress.IPv6Address) and not parsed.ipv4_mapped:
        return str(ipaddress.ip_network((parsed, 48), strict=False))
    return network(address)


def is_near(address: str | None, other: str | None) -> bool:
    """Whether both are of one network. A machine that speaks with itself does so by several addresses."""
    own = [each is not None and ipaddress.ip_address(each).is_loopback for each in (address, other)]
    return all(own) or network(address) == network(other)
