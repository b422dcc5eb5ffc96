"""From the password on the wire to the push at its service, and on to the notification that a phone shows."""

from __future__ import annotations

import queue
import time
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from bench import notified
from bench.broken import Broken
from bench.chromium import browsing
from bench.figures import Figure, Table, number
from bench.road import PIN, Pair
from bench.server import PEOPLE, Run, serving
from tests.carriers.server import Heard, Server
from tests.e2e.pushing import PushService
from tests.stories.drawer import Drawer
from twofactor.protocol.webpush import Sender

ROUNDS = 3
_PATIENCE = 20


@dataclass(frozen=True)
class Size:
    signs: int


FULL = Size(signs=15)
QUICK = Size(signs=3)


class Service:
    """A push service that takes everything, and when it came."""

    def __init__(self) -> None:
        self._came: queue.Queue[float] = queue.Queue()

    def __call__(self, server: Server, handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        self._came.put(time.perf_counter())
        handler.send_response(201)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def next(self) -> float:
        try:
            return self._came.get(timeout=_PATIENCE)
        except queue.Empty:
            raise Broken("a push did not come") from None


def measure(run: Run) -> list[Table]:
    size = QUICK if run.quick else FULL
    service = Service()
    drawer = Drawer(service)
    try:
        environment = {"PORTAL_VAPID_KEY": Sender.new(), "PORTAL_PUSH_SERVICES": drawer.origin}
        with serving(run, **environment) as server, closing(Pair(server.base_url, PEOPLE[0])) as pair:
            pair.phone.push(drawer.subscription)
            service.next()  # the proof; and the first push of a process, which costs more
            rounds = [tuple(_waits(pair, service, size)) for _ in range(ROUNDS)]
    finally:
        drawer.service.close()
    table = Table(f"Notifications ({ROUNDS} rounds), ms", ("", "median", "rounds", "p95", "n"))
    _add(table, "password on the wire to the push at its service", rounds)
    if run.chromium is not None:
        _add(table, "password on the wire to the notification on the phone", _shown(run, size))
        table.remarks.append("On the phone: Chromium is woken as by its push service, whose own way is not ours.")
    return [table]


def _shown(run: Run, size: Size) -> list[tuple[float, ...]]:
    service = PushService()
    try:
        environment = {"PORTAL_VAPID_KEY": Sender.new(), "PORTAL_PUSH_SERVICES": service.origin}
        with serving(run, **environment) as server, browsing(run.chromium or "") as browser:
            return [tuple(notified.waits(browser, server, service, name, size.signs)) for name in PEOPLE[:ROUNDS]]
    finally:
        service.close()


def _add(table: Table, name: str, rounds: list[tuple[float, ...]]) -> None:
    figure = Figure(tuple(rounds))
    table.add(name, number(figure.median), figure.spread, number(figure.p95), str(figure.n))


def _waits(pair: Pair, service: Service, size: Size) -> list[float]:
    found = []
    for _ in range(size.signs):
        pair.desk.get("/sign-in/")
        page = pair.desk.give_password(pair.username)
        left = pair.desk.wire.sent_at
        found.append((service.next() - left) * 1000)
        pair.desk.get(page)
        pair.phone.approve(pair.phone.challenge(), PIN, pair.desk.number)
        pair.finish()
    return found
