"""From the password on the wire to the notification in a phone's drawer: Chromium's, woken as by its push service."""

from __future__ import annotations

import json
import time
from contextlib import closing

from playwright.sync_api import Browser, expect

from bench.road import Desk
from bench.server import Server
from tests.e2e.pushing import PushService, WokenPhone
from tests.e2e.screens import Phone

# The wall clock, milliseconds, at which the worker's last notification was there; the browser's answer says so.
_NOTE = """() => {
  if (globalThis.shownAt) return;
  globalThis.shownAt = [];
  const { showNotification } = ServiceWorkerRegistration.prototype;
  ServiceWorkerRegistration.prototype.showNotification = async function (...all) {
    await showNotification.apply(this, all);
    shownAt.push(Date.now());
  };
}"""
_NEXT = """async (seen) => {
  while (shownAt.length <= seen) await new Promise((done) => setTimeout(done, 5));
  return shownAt;
}"""


def waits(browser: Browser, server: Server, service: PushService, username: str, signs: int) -> list[float]:
    """Sign this person in so often; gives the milliseconds from each password to the notification that was shown."""
    shape = {**Phone.SHAPE, "base_url": server.base_url, "locale": "en-GB", "permissions": ["notifications"]}
    with closing(browser.new_context(**shape)) as context:
        phone, desk = WokenPhone(context, service, server.base_url), Desk(server.base_url)
        _activate(phone, desk, username)
        found: list[float] = []
        for shown in range(signs + 1):
            phone.page.close()  # a window that is seen makes the notification a quiet one
            desk.get("/sign-in/")
            page = desk.give_password(username)
            left = time.time() - (time.perf_counter() - desk.wire.sent_at)
            data, worker = service.next(), phone.worker
            came = time.time()
            worker.evaluate(_NOTE)
            begun = time.time()
            phone.deliver_message(data)
            moments: list[float] = worker.evaluate(_NEXT, shown)
            # Watching the worker is nobody's wait.
            found.append((moments[shown] / 1000 - left - (begun - came)) * 1000)
            desk.get(page)
            phone.reopen(f"/authenticator/#c/{json.loads(data)['challenge']}")
            phone.approve(desk.number)
            expect(phone.say("Approved").first).to_be_visible()
            desk.get(desk.submit("/sign-in/finish/"))
            desk.leave()
    return found[1:]  # the first one comes from a browser that is not known, and everything happens for the first time


def _activate(phone: WokenPhone, desk: Desk, username: str) -> None:
    desk.get("/sign-in/")
    desk.get(desk.give_password(username))
    phone.bring(desk.find(r"\b([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\b"))
    phone.create_pin(username.title())
    desk.get("/")
    desk.leave()
    phone.prove()
