"""From the password on the wire to the push at its service, and on to the notification, the page being closed.

What a real push service takes in between is not ours to measure.
"""

from __future__ import annotations

import queue
import time
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from bench.broken import Broken
from bench.chromium import browsing
from bench.figures import Figure, Table, number
from bench.road import PIN, Desk, Pair
from bench.server import PEOPLE, Run, serving
from tests.carriers.server import Heard, Server
from tests.e2e.pushing import PushService, WokenPhone
from tests.e2e.screens import Phone
from tests.stories.drawer import Drawer
from twofactor.protocol.webpush import Sender

ROUNDS = 3
_PATIENCE = 20


@dataclass(frozen=True)
class Size:
    signs: int
    shown: int


FULL = Size(signs=15, shown=4)
QUICK = Size(signs=3, shown=1)
# When the browser had taken a notification over, by the wall clock in milliseconds.
_NOTE = """() => {
  globalThis.moments = [];
  const { prototype } = ServiceWorkerRegistration;
  const { showNotification } = prototype;
  prototype.showNotification = async function (...all) {
    await showNotification.apply(this, all);
    moments.push(Date.now());
  };
}"""
_NEXT = """async () => {
  while (moments.length === 0) await new Promise((done) => setTimeout(done, 5));
  return moments.shift();
}"""


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
    figures = {"to the push at its service": Figure(tuple(rounds))}
    if run.chromium:
        figures["to the notification, its page closed"] = _to_the_drawer(run, run.chromium, size)
    table = Table(f"Notifications ({ROUNDS} rounds), ms", ("", "median", "rounds", "p95"))
    for name, figure in figures.items():
        cells = number(figure.median), figure.spread, number(figure.p95)
        table.add(f"password on the wire {name} (n {figure.n})", *cells)
    return [table]


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


def _to_the_drawer(run: Run, chromium: str, size: Size) -> Figure:
    service = PushService()
    environment = {"PORTAL_VAPID_KEY": Sender.new(), "PORTAL_PUSH_SERVICES": service.origin}
    with closing(service), serving(run, **environment) as server, browsing(chromium) as browser:
        shape: dict[str, Any] = {**Phone.SHAPE, "base_url": server.base_url, "permissions": ["notifications"]}
        with closing(browser.new_context(locale="en-GB", **shape)) as context:
            context.set_default_timeout(_PATIENCE * 1000)
            phone, desk = WokenPhone(context, service, server.base_url), Desk(server.base_url)
            desk.get("/sign-in/")
            desk.get(desk.give_password(PEOPLE[1]))
            phone.open("/authenticator/#" + desk.find(r"\b([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\b"))
            phone.button("Continue").click()
            phone.create_pin(PEOPLE[1].title(), PIN)
            phone.prove()
            phone.page.close()
            phone.worker.evaluate(_NOTE)
            _shown(phone, desk)  # the first of a process costs more
            return Figure(tuple(tuple(_shown(phone, desk) for _ in range(size.shown)) for _ in range(ROUNDS)))


def _shown(phone: WokenPhone, desk: Desk) -> float:
    """One sign-in; the milliseconds until its notification is there."""
    desk.leave()
    desk.get("/sign-in/")
    page = desk.give_password(PEOPLE[1])
    left = time.time() - (time.perf_counter() - desk.wire.sent_at)
    phone.wake(phone.service.next(), takes_turns=False)
    moment: float = phone.worker.evaluate(_NEXT)
    desk.get(page)
    phone.reopen()
    phone.approve(desk.number, PIN)
    phone.page.get_by_role("heading", name="Approved").wait_for()
    phone.page.close()
    desk.get(desk.submit("/sign-in/finish/"))
    return moment - left * 1000
