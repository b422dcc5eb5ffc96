"""What staff see of texts and calls. Nine queries, however much was carried, and none of them writes.

Periods begin with a clock hour and with a day of the portal's time zone, so that the bars add up to the table.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q
from django.db.models.functions import TruncDay, TruncHour
from django.utils import timezone

from accounts import limits
from portal import charts
from portal.charts import COLUMN, Piece, cut, share, standing
from twofactor import budgets, policy
from twofactor.forms import country_name
from twofactor.models import ClosedPrefix, Delivery
from twofactor.models.delivery import routes, traffic

_LISTED = 50


@dataclass(frozen=True)
class Amount:
    """So many texts and calls of one country, or of all of them, and what became of them."""

    country: str = ""
    texts: int = 0
    calls: int = 0
    delivered: int = 0
    failed: int = 0
    codes: int = 0
    used: int = 0
    cost: int = 0

    @property
    def name(self) -> str:
        return country_name(self.country)

    @property
    def sent(self) -> int:
        return self.texts + self.calls

    @property
    def delivered_share(self) -> int | None:
        return share(self.delivered, self.sent)

    @property
    def failed_share(self) -> int | None:
        return share(self.failed, self.sent)

    @property
    def used_share(self) -> int | None:
        return share(self.used, self.codes)

    @property
    def money(self) -> Decimal:
        return _money(self.cost)

    @property
    def pieces(self) -> list[Piece]:
        return _pieces(self.sent, self.delivered, self.failed, self.sent)

    @property
    def length(self) -> int:
        return sum(piece.size for piece in self.pieces)


@dataclass(frozen=True)
class Bar:
    """One hour or one day of a chart."""

    at: datetime
    x: int
    total: int
    delivered: int
    failed: int
    pieces: list[Piece]


@dataclass(frozen=True)
class Period:
    """The last hours or days: by country, altogether, and as bars."""

    since: datetime
    countries: list[Amount]
    total: Amount
    bars: list[Bar]

    @property
    def most(self) -> int:
        return max(bar.total for bar in self.bars)

    @property
    def width(self) -> int:
        return COLUMN * len(self.bars)


def overview() -> dict[str, Any]:
    """Everything that stands on the page "Texts and calls"."""
    now = timezone.localtime()
    hours, days = charts.hours(now), charts.days(now)
    ways = [_route(row) for row in routes()]
    return {
        "day": _period(hours, TruncHour),
        "week": _period(days, TruncDay),
        "routes": ways,
        "failing": sum(route["state"] == "failing" for route in ways),
        "closed": list(ClosedPrefix.objects.filter(until__gt=now).order_by("until")[:_LISTED]),
        "reasons": _reasons(hours[0], days[0]),
        "queue": queue(),
        "money": _money_a_day(),
        "proxy_silent": limits.proxy_silent(),
    }


def _period(slots: list[datetime], trunc: type[TruncHour] | type[TruncDay]) -> Period:
    """Two queries: the countries since the first slot, and the slots one by one."""
    names = {field.name for field in fields(Amount)}
    rows: list[dict[str, Any]] = traffic(slots[0] - timedelta(microseconds=1))
    countries = [Amount(**{name: value for name, value in row.items() if name in names}) for row in rows]
    whole = {name: sum(getattr(each, name) for each in countries) for name in names - {"country"}}
    return Period(slots[0], countries, Amount(**whole), _bars(slots, trunc))


def _bars(slots: list[datetime], trunc: type[TruncHour] | type[TruncDay]) -> list[Bar]:
    rows = (
        Delivery.objects.filter(created__gte=slots[0])
        .exclude(country="")
        .annotate(slot=trunc("created"))
        .values("slot")
        .annotate(
            total=Count("pk"),
            delivered=Count("pk", filter=Q(state="delivered")),
            failed=Count("pk", filter=Q(state="failed")),
        )
        .order_by("slot")
    )
    found = {row["slot"]: (row["total"], row["delivered"], row["failed"]) for row in rows}
    counts = [found.get(slot, (0, 0, 0)) for slot in slots]
    most = max(total for total, _delivered, _failed in counts)
    return [
        Bar(slot, charts.place(number), *count, standing(_pieces(*count, most)))
        for number, (slot, count) in enumerate(zip(slots, counts, strict=True))
    ]


def _pieces(total: int, delivered: int, failed: int, whole: int) -> list[Piece]:
    """Cut a bar into what arrived, what is on its way or was never reported, and what failed."""
    return cut({"delivered": delivered, "open": total - delivered - failed, "failed": failed}, whole)


def _route(row: dict[str, Any]) -> dict[str, Any]:
    enough = row["good"] + row["bad"] >= policy.HEALTH_LEAST
    state = "failing" if row["failing"] else "working" if enough else "unknown"
    return {**row, "name": country_name(row["country"]), "state": state}


def _reasons(day: datetime, week: datetime) -> list[dict[str, Any]]:
    from twofactor.admin import REASONS  # which needs the site that shows this page

    rows = (
        Delivery.objects.filter(state="failed", created__gte=week)
        .values("reason", "carrier")
        .annotate(week=Count("pk"), day=Count("pk", filter=Q(created__gte=day)))
        .order_by("-day", "-week", "reason", "carrier")[:_LISTED]
    )
    return [{**row, "words": REASONS.get(row["reason"], row["reason"])} for row in rows]


def queue() -> dict[str, Any]:
    """What waits to be carried, mails included, and for how many seconds the oldest of it has."""
    # A withdrawal waits for the end of its question, and for no carrier.
    rows = Delivery.objects.filter(state__in=("queued", "sending")).exclude(kind="withdraw")
    found = rows.aggregate(count=Count("pk"), oldest=Min("created"))
    age = timezone.now() - found["oldest"] if found["oldest"] else timedelta()
    return {**found, "seconds": round(age.total_seconds()), "slow": age > policy.SLOW}


def _money_a_day() -> dict[str, Any]:
    """What the day's cap counts, not what was sent since midnight: its day begins with the first text."""
    gone, ends = budgets.money()
    most = round(1000 * settings.PORTAL_MONEY_A_DAY)
    part = share(min(gone, most), most)
    return {"spent": _money(gone), "most": _money(most), "share": part, "full": gone >= most, "ends": ends}


def _money(thousandths: int) -> Decimal:
    return Decimal(thousandths) / 1000
