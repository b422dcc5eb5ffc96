"""The outbox: what is to be carried, how far it has come, and whether routes work."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from accounts.models import Moving, User, new_id
from twofactor import policy
from twofactor.lifecycle import DELIVERY
from twofactor.models.challenge import Challenge
from twofactor.models.phone import Code, Phone

CODES = ("sign-in", "confirm")
_OPEN = ("queued", "sending")
# Reasons that speak of the number, its owner or the sign-in, and not of the route.
_NOT_THE_ROUTE = ("number", "blocked", "unanswered", "expired")


class Deliveries(models.Manager["Delivery"]):
    def due(self) -> models.QuerySet[Delivery]:
        """What somebody should carry now: queued and ripe, or left behind by whoever had taken it."""
        ripe = Q(state="queued", next_at__lte=Now())
        left = Q(state="sending", leased_until__lte=Now())
        return self.filter(ripe | left).order_by("next_at")

    def of_login(self, login_id: str) -> models.QuerySet[Delivery]:
        return self.filter(code__login=login_id).order_by("created", "pk")


class Delivery(Moving):
    """One thing to carry to one person. What it says is made when it is sent; no row, queue or log holds it (R-22)."""

    machine = DELIVERY

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    state = models.CharField(_("state"), max_length=16, default=DELIVERY.start, editable=False)
    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="deliveries")
    way = models.CharField(_("way"), max_length=4)
    # `sign-in` and `confirm` carry a code; `ask`, `withdraw` and `probe` push; all else is a notice of that name.
    kind = models.CharField(_("what"), max_length=32)
    # Where to; None: to the person's e-mail address.
    phone = models.ForeignKey(Phone, null=True, on_delete=models.CASCADE, related_name="deliveries")
    code = models.ForeignKey(Code, null=True, on_delete=models.CASCADE, related_name="deliveries")
    # What a push is about. It goes to wherever the phone with that key can be woken when it is sent.
    challenge = models.ForeignKey(Challenge, null=True, on_delete=models.CASCADE, related_name="deliveries")
    # The number that a notice speaks of, and what else it says: from where and how. Nothing secret.
    about = models.ForeignKey(Phone, null=True, on_delete=models.CASCADE, related_name="+")
    facts = models.JSONField(default=dict)
    language = models.CharField(max_length=10)
    country = models.CharField(_("country"), max_length=2, blank=True)
    # As in Phone: a keyed digest.
    prefix = models.CharField(max_length=64, blank=True)
    # In thousandths of the operator's money.
    cost = models.PositiveIntegerField(default=0)
    network = models.CharField(max_length=64, blank=True)
    carrier = models.CharField(_("carrier"), max_length=16, blank=True)
    carrier_id = models.CharField(max_length=128, blank=True)
    reports = models.BooleanField(default=False)
    # A carrier may have taken it over and not have said so: after a time-out, or an answer that makes no sense.
    unknown = models.BooleanField(default=False)
    reason = models.CharField(_("reason"), max_length=16, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created = models.DateTimeField(_("asked"), default=timezone.now, db_index=True)
    # Never carried after this: a code does not outlive itself.
    deadline = models.DateTimeField()
    # By the database's clock, which judges it.
    next_at = models.DateTimeField(db_default=Now())
    leased_until = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(_("handed over"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    failed_at = models.DateTimeField(_("failed"), null=True)

    objects = Deliveries()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering: ClassVar = ["-created"]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], condition=Q(state__in=_OPEN), name="outbox"),
            models.Index(fields=["country", "way", "created"], name="traffic_of_country"),
            models.Index(fields=["prefix", "created"], name="traffic_of_prefix"),
            models.Index(fields=["user", "-created"], name="deliveries_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.way} {self.state}"

    def take(self, rows: models.QuerySet[Delivery] | None = None) -> bool:
        """One worker gets it, for as long as a lease; whoever dies with it loses it to the next.

        It is read anew, with what `rows` select beside it.
        """
        mine = Q(state="queued", next_at__lte=Now()) | Q(state="sending", leased_until__lte=Now())
        won = Delivery.objects.filter(mine, pk=self.pk).update(
            state="sending",
            # By the clock that judges it: the database's.
            leased_until=Now() + policy.SEND_LEASE,
            attempts=F("attempts") + 1,
            # Whoever had it and died may have handed it over.
            unknown=Case(When(state="sending", then=Value(True)), default=F("unknown")),
            version=F("version") + 1,
        )
        if not won:
            return False
        try:
            self.refresh_from_db(from_queryset=rows)
        except Delivery.DoesNotExist:
            # Its person has been removed at this very moment, and what was to be carried with them.
            return False
        return True

    def is_mine(self) -> Q:
        """That nobody has taken it since we did: each taking has a number of its own."""
        return Q(attempts=self.attempts)

    @property
    def is_open(self) -> bool:
        return self.state in _OPEN

    @property
    def is_slow(self) -> bool:
        """Whether it is time to offer another way, whatever becomes of this one (FI-08)."""
        return self.is_open and self.created + policy.SLOW <= timezone.now()


class ClosedPrefix(models.Model):
    """A prefix to which nothing is sent until then, because too few codes came back from it (P-21).

    It stands here in clear and nowhere else: staff must know what they open again.
    """

    prefix = models.CharField(_("prefix"), max_length=10)
    country = models.CharField(_("country"), max_length=2)
    since = models.DateTimeField(_("since"), default=timezone.now)
    until = models.DateTimeField(_("until"))
    sends = models.PositiveIntegerField(_("codes sent"))
    used = models.PositiveIntegerField(_("codes used"))

    class Meta:
        verbose_name = _("closed prefix")
        verbose_name_plural = _("closed prefixes")

    def __str__(self) -> str:
        return self.prefix


def closed_until(prefix: str) -> datetime | None:
    """Until when the prefix with this digest is closed; None: it is open."""
    return _closed(prefix, timezone.now())


def _closed(prefix: str, since: datetime) -> datetime | None:
    """When the last closing that ended after `since` does. Few are closed at a time, so each is digested anew: beside
    the prefix itself, its digest would show whose numbers begin with it."""
    rows = ClosedPrefix.objects.filter(until__gt=since).values_list("prefix", "until")
    closed = (until for readable, until in rows if constant_time_compare(Phone.print_of_prefix(readable), prefix))
    return max(closed, default=None)


def conversion(prefix: str) -> tuple[int, int]:
    """Codes sent to the prefix with this digest within the window, and how many of them came back right (P-21).

    Counted from the end of the last closing, so that a prefix that opens again starts afresh.
    """
    since = timezone.now() - policy.PREFIX_WINDOW
    since = _closed(prefix, since) or since
    # What no carrier took cost nothing and says nothing; nor does what nobody has had the time to type.
    done = Q(code__state="used") | Q(created__lt=timezone.now() - policy.PREFIX_GRACE)
    sent = Delivery.objects.filter(done, prefix=prefix, kind__in=CODES, created__gt=since)
    sent_count = sent.exclude(state="failed", handed_at=None).count()
    used = Code.objects.filter(phone__prefix=prefix, used_at__gt=since).count()
    return sent_count, used


def routes() -> list[dict[str, Any]]:
    """How every route (country and way) has worked within the last hour: good, bad, and whether it is failing (N13).

    Counted are people: one who types five wrong numbers, or asks five times, is one. A code that was used has arrived.
    What a carrier without reports has taken over and nobody has used says nothing.
    """
    now = timezone.now()
    arrived = Q(state="delivered") | Q(code__state="used")
    silent = Q(state="handed", reports=True, handed_at__lt=now - timedelta(minutes=2))
    lost = silent | (Q(state="failed") & ~Q(reason__in=_NOT_THE_ROUTE))
    rows = (
        Delivery.objects.filter(kind__in=CODES, created__gt=now - policy.HEALTH_WINDOW)
        .values("country", "way")
        .annotate(
            good=Count("user", filter=arrived, distinct=True), bad=Count("user", filter=lost & ~arrived, distinct=True)
        )
        .order_by("country", "way")
    )
    return [{**row, "failing": _fails(row["good"], row["bad"])} for row in rows]


def _fails(good: int, bad: int) -> bool:
    return good + bad >= policy.HEALTH_LEAST and good < policy.HEALTH_SHARE * (good + bad)


def is_failing(country: str, way: str) -> bool:
    return any(row["failing"] for row in routes() if (row["country"], row["way"]) == (country, way))


def spent(since: datetime) -> int:
    """Thousandths of the operator's money."""
    return Delivery.objects.filter(created__gt=since).aggregate(sum=Sum("cost"))["sum"] or 0


def traffic(since: datetime) -> list[dict[str, Any]]:
    """By country since then: texts, calls, delivered, failed, waiting, cost, and codes sent and used."""
    code = Q(kind__in=CODES)
    rows = (
        Delivery.objects.filter(created__gt=since)
        .exclude(country="")
        .values("country")
        .annotate(
            texts=Count("pk", filter=Q(way="text")),
            calls=Count("pk", filter=Q(way="call")),
            delivered=Count("pk", filter=Q(state="delivered")),
            failed=Count("pk", filter=Q(state="failed")),
            cost=Sum("cost"),
            codes=Count("code", filter=code, distinct=True),
            used=Count("code", filter=code & Q(code__state="used"), distinct=True),
        )
        .order_by("-texts", "country")
    )
    return [dict(row) for row in rows]
