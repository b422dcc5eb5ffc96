"""What staff see of sign-ins and of this service: five queries, however much has happened, and none of them writes.

Sign-ins come from the record of events, of which only the period is read. What a process knows by itself is that of
the one that has answered: Prometheus has all of them (`portal.metrics`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Q, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import TruncDay, TruncHour
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import policy
from accounts.models import AuditEvent, Login
from portal import charts, figures, metrics, outcomes, seen
from portal.charts import COLUMN, Piece
from portal.outcomes import BEGUN, CANCELLED, DENIED, DONE, LAPSED, WRONG
from twofactor import sockets
from twofactor.models import Delivery
from twofactor.models.factors import KEY, PASSCODE, PASSKEY, RECOVERY, TEXT, TOTP

_LISTED = 20
# How each part of a bar is drawn, and what counts to it.
_PARTS = {"delivered": (DONE,), "open": (CANCELLED, LAPSED), "failed": (WRONG, DENIED)}
_KINDS = sorted({kind for kind, _outcome in outcomes.OUTCOMES})
_NAMES = {
    KEY: _("Key on the phone"),
    PASSKEY: _("Passkey"),
    TOTP: _("Authenticator app"),
    TEXT: _("Code by text or call"),
    RECOVERY: _("Recovery code"),
    PASSCODE: _("Temporary passcode"),
    outcomes.PASSWORD: _("Password"),
}
_STEPS = ("asked", "handed", "delivered", "failed")
_WAYS = {"push": _("Notification"), "text": _("Text"), "call": _("Call"), "mail": _("E-mail")}


@dataclass(frozen=True)
class Bar:
    """One hour or one day: sign-ins completed, left before their end, and tries that were wrong or denied."""

    at: datetime
    x: int
    done: int
    left: int
    wrong: int
    pieces: list[Piece]


@dataclass(frozen=True)
class Factor:
    """One way to sign in: how often it did, of all that did, and how often it was wrong."""

    name: Any
    done: int
    wrong: int
    share: int | None


@dataclass(frozen=True)
class Period:
    """The last hours or days: as bars, by factor, and how many of those that began came to their end."""

    bars: list[Bar]
    factors: list[Factor]
    begun: int
    done: int
    most: int

    @property
    def share(self) -> int | None:
        return charts.share(min(self.done, self.begun), self.begun)

    @property
    def width(self) -> int:
        return COLUMN * len(self.bars)

    @property
    def is_empty(self) -> bool:
        return not (self.begun or self.most)


def overview() -> dict[str, Any]:
    """Everything that stands on the page."""
    now = timezone.localtime()
    hours, days = charts.hours(now), charts.days(now)
    processes = seen.processes()
    return {
        "day": _period(hours, TruncHour),
        "week": _period(days, TruncDay),
        "hops": _hops(hours[0], days[0]),
        "waiting": _waiting(now),
        "queue": figures.queue(),
        "here": _here(),
        "processes": processes,
        "codes": len({process.code for process in processes}),
    }


def _period(slots: list[datetime], trunc: type[TruncHour] | type[TruncDay]) -> Period:
    became: dict[datetime, Counter[str]] = {slot: Counter() for slot in slots}
    done, wrong = Counter[str](), Counter[str]()
    for row in _events(slots[0], trunc):
        found = outcomes.of_event(row["kind"], row["outcome"], row["by"] or "")
        if found is None:
            continue
        outcome, factor = found
        became[row["slot"]][outcome] += row["number"]
        if outcome in (DONE, WRONG):
            (done if outcome == DONE else wrong)[factor] += row["number"]
    most = max(sum(_parts(each).values()) for each in became.values())
    return Period(
        bars=[_bar(number, slot, became[slot], most) for number, slot in enumerate(slots)],
        factors=_factors(done, wrong),
        begun=sum(each[BEGUN] for each in became.values()),
        done=done.total(),
        most=most,
    )


def _events(since: datetime, trunc: type[TruncHour] | type[TruncDay]) -> Iterable[Mapping[str, Any]]:
    """What the record says of sign-ins, counted. Who of the staff did it is nobody's matter here, so `by` is not read
    where it may say so."""
    factor = Case(
        When(kind="login.claim", then=KeyTextTransform("by", "facts")), default=Value(""), output_field=TextField()
    )
    return (
        AuditEvent.objects.filter(at__gte=since, kind__in=_KINDS)
        .annotate(slot=trunc("at"), by=factor)
        .values("slot", "kind", "outcome", "by")
        .annotate(number=Count("pk"))
        .order_by()
    )


def _parts(became: Counter[str]) -> dict[str, int]:
    return {part: sum(became[each] for each in what) for part, what in _PARTS.items()}


def _bar(number: int, slot: datetime, became: Counter[str], most: int) -> Bar:
    parts = _parts(became)
    done, left, wrong = parts.values()
    return Bar(slot, charts.place(number), done, left, wrong, charts.standing(charts.cut(parts, most)))


def _factors(done: Counter[str], wrong: Counter[str]) -> list[Factor]:
    """Those that were used, the most frequent first."""
    used = sorted({*done, *wrong} & _NAMES.keys(), key=lambda each: (-done[each], -wrong[each], each))
    return [Factor(_NAMES[each], done[each], wrong[each], charts.share(done[each], done.total())) for each in used]


def _hops(day: datetime, week: datetime) -> list[dict[str, Any]]:
    """How far messages have come, by their way, in both periods. One query."""
    in_day = Q(created__gte=day)
    counts: dict[str, Count] = {}
    for period, when in (("day", in_day), ("week", Q())):
        counts |= {
            f"{period}_asked": Count("pk", filter=when),
            f"{period}_handed": Count("pk", filter=when & Q(handed_at__isnull=False)),
            f"{period}_delivered": Count("pk", filter=when & Q(state="delivered")),
            f"{period}_failed": Count("pk", filter=when & Q(state="failed")),
        }
    rows = Delivery.objects.filter(created__gte=week).values("way").annotate(**counts).order_by("way")
    found = {row["way"]: row for row in rows}
    return [_hop(words, found[way]) for way, words in _WAYS.items() if way in found]


def _hop(words: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    periods = {name: {step: row[f"{name}_{step}"] for step in _STEPS} for name in ("day", "week")}
    return {"words": words, **periods}


def _waiting(now: datetime) -> int:
    """Sign-ins whose password was right, and whose second factor is awaited at this moment, in all processes."""
    # Those of before are over, and not even looked at.
    recent = Login.objects.filter(created__gte=now - policy.LOGIN_LIFE)
    return recent.filter(state="pending", expires__gt=now).count()


def _here() -> dict[str, Any]:
    """What the process that answers knows of itself since it began."""
    refusals = metrics.refusals()
    number, milliseconds, away = metrics.hashing()
    return {
        "since": metrics.began(),
        "sockets": sum(sockets.present.values()),
        "hashing": {"number": number, "milliseconds": milliseconds, "away": away},
        "refused": sum(refusals.values()),
        "refusals": sorted(refusals.items(), key=lambda each: (-each[1], each[0]))[:_LISTED],
    }
