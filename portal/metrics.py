"""Figures of this process for Prometheus: counted as things happen, and read at /metrics by whoever has the token.

SECURITY: a label holds words of our own and nothing else: no person, no number, no address, nothing that was typed.
So there is also an end to how many series there are.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from accounts import vocabulary, watching
from portal import figures, outcomes
from portal.draining import draining
from portal.headers import GetResponse
from twofactor import gateways, sockets

PATH = "/metrics"
# What stands in the outbox is the same for all processes: none of them asks the database more often than that.
_QUEUE_KEPT = 5.0
# Where a line is worth drawing. A page is good for 15 ms; a hash takes 25 and waits for a core; a carrier has 3 seconds
# to be reached and 10 in all.
_PAGE_SECONDS = (0.005, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_HASH_SECONDS = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1)
_CARRIER_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10)

# When each of them began is known from the process.
disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry(auto_describe=False)
_began = timezone.now()
_kept: dict[str, Any] = {"registry": REGISTRY}

REQUESTS = Counter("portal_requests", "Answers, by the name of the page and their class", ["route", "status"], **_kept)
REQUEST_SECONDS = Histogram(
    "portal_request_seconds", "Until an answer was ready", ["route"], buckets=_PAGE_SECONDS, **_kept
)
SIGN_INS = Counter("portal_sign_ins", "What became of sign-ins, and with which factor", ["outcome", "factor"], **_kept)
EVENTS = Counter("portal_events", "What was recorded", ["kind", "outcome"], **_kept)
DELIVERIES = Counter("portal_deliveries", "How far messages have come", ["hop", "way", "carrier"], **_kept)
CARRIED_SECONDS = Histogram(
    "portal_carrier_seconds",
    "Until a carrier had answered",
    ["carrier", "way", "outcome"],
    buckets=_CARRIER_SECONDS,
    **_kept,
)
REFUSALS = Counter("portal_limit_refusals", "Refused because a limit was reached", ["limit"], **_kept)
HASH_SECONDS = Histogram("portal_hash_seconds", "One password hash, on its core", buckets=_HASH_SECONDS, **_kept)
HASH_REFUSALS = Counter("portal_hash_refusals", "Sent away with a password because their turn came too late", **_kept)

_WAYS = ("text", "call", "mail", "push")
# What the record calls each hop of a delivery.
_HOPS = {"hand": "handed", "try": "failed-once", "fail": "failed", "arrive": "delivered"}


def begin() -> None:
    """Count what happens in this process from now on."""
    ProcessCollector(registry=REGISTRY)
    GCCollector(registry=REGISTRY)
    REGISTRY.register(_Now())
    # A rate does not see the first of what has not been there before it.
    for outcome, factor in outcomes.OUTCOMES.values():
        for each in outcomes.FACTORS if outcome == outcomes.DONE else [factor or "none"]:
            SIGN_INS.labels(outcome, each)
    for kind in vocabulary.ALERTS:
        EVENTS.labels(kind, "refused")
    watching.listeners.append(count)


def count(what: str, amount: float, words: Mapping[str, str]) -> None:
    """Take in one thing that happened. What nobody wants to know is let pass."""
    if what == "event":
        _count_event(words)
    elif what == "request":
        answers, seconds = _of_page(words["route"], words["status"])
        answers.inc()
        seconds.observe(amount)
    elif what == "carry":
        outcome = words.get("reason") or ("broken" if "problem" in words else "taken")
        CARRIED_SECONDS.labels(words["carrier"], words["way"], outcome).observe(amount)
    elif what == "refusal":
        REFUSALS.labels(words["limit"]).inc(amount)
    elif what == "hash":
        HASH_SECONDS.observe(amount)
    elif what == "hash-refusal":
        HASH_REFUSALS.inc(amount)


@cache
def _of_page(route: str, status: str) -> tuple[Counter, Histogram]:
    """Looked up once: there are as many as pages have names."""
    return REQUESTS.labels(route, status), REQUEST_SECONDS.labels(route)


def _count_event(words: Mapping[str, str]) -> None:
    kind, outcome = words["kind"], words["outcome"]
    EVENTS.labels(kind, outcome).inc()
    sign_in = outcomes.of_event(kind, outcome, words.get("by", ""))
    if sign_in is not None:
        SIGN_INS.labels(*sign_in).inc()
    noun, _dot, verb = kind.partition(".")
    if noun == "delivery" and verb in _HOPS:
        # Nobody has carried what fails before it is offered to anybody.
        way, carrier = words.get("way", ""), words.get("carrier", "")
        DELIVERIES.labels(
            _HOPS[verb], way if way in _WAYS else "none", carrier if carrier in gateways.NAMES else "none"
        ).inc()


def began() -> datetime:
    """Since when this process counts."""
    return _began


def hashing() -> tuple[int, int, int]:
    """How many passwords were hashed here, how many milliseconds one took, and how many people were sent away."""
    number, seconds = _sample(HASH_SECONDS, "_count"), _sample(HASH_SECONDS, "_sum")
    return int(number), round(1000 * seconds / number) if number else 0, int(_sample(HASH_REFUSALS, "_total"))


def refusals() -> dict[str, int]:
    """How often each limit has refused somebody here."""
    (family,) = REFUSALS.collect()
    return {each.labels["limit"]: int(each.value) for each in family.samples if each.name.endswith("_total")}


def _sample(figure: Counter | Histogram, part: str) -> float:
    (family,) = figure.collect()
    return next(each.value for each in family.samples if each.name.endswith(part))


class _Now(Collector):
    """How things stand when somebody asks: open sockets, and the queue that all processes share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._queue: tuple[int, int] | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        open_now = GaugeMetricFamily(
            "portal_sockets", "Open sockets of this process, by what they are for", labels=["kind"]
        )
        for kind, number in list(sockets.present.items()):
            open_now.add_metric([kind], number)
        yield open_now
        yield GaugeMetricFamily("portal_draining", "1: this process ends and takes nobody new", int(draining.is_set()))
        queue = self._queue_now()
        if queue is not None:
            yield GaugeMetricFamily("portal_queue_rows", "Messages that wait to be carried", queue[0])
            yield GaugeMetricFamily("portal_queue_age_seconds", "How long the oldest of them has waited", queue[1])

    def _queue_now(self) -> tuple[int, int] | None:
        """None while the database does not answer: a gap says more than an old figure."""
        with self._lock:
            if time.monotonic() - self._read_at > _QUEUE_KEPT:
                try:
                    found = figures.queue()
                    self._queue = (found["count"], found["seconds"])
                except DatabaseError:
                    self._queue = None
                self._read_at = time.monotonic()
            return self._queue


class Metrics:
    """The page for Prometheus. It is asked for at each process's own address, so no Host of ours is expected of it.

    SECURITY: without the token there is no such page: the answer is that of any address that does not exist.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path != PATH or not is_allowed(request.headers.get("Authorization", "")):
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})
        return HttpResponse(page(), content_type=CONTENT_TYPE_LATEST)


def is_allowed(authorization: str) -> bool:
    """Whether this header bears the token."""
    token = settings.PORTAL_METRICS_TOKEN
    scheme, _blank, given = authorization.partition(" ")
    return bool(token) and scheme.lower() == "bearer" and constant_time_compare(given.strip(), token)


def page() -> bytes:
    """Every figure, in the text form of Prometheus."""
    return generate_latest(REGISTRY)
