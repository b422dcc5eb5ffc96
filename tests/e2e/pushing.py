"""A push service on this machine, and a phone whose browser gets its addresses from it.

Browsers of tests cannot reach a real one, so the page's `subscribe` is a stand-in with key pairs of ours. Everything
else is real: the portal seals and sends, an independent reader opens, and the browser wakes the service worker.
"""

import base64
import json
import queue
import secrets
from http.server import BaseHTTPRequestHandler
from typing import Any

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import BrowserContext, Worker, expect

from tests.carriers.server import Heard, Server, saying
from tests.e2e.screens import Phone

PATIENCE = 20  # seconds; as long as all that the service worker waits for

WAITING, MAYBE, ENDED = "A sign-in is waiting", "A sign-in may be waiting", "Nothing is waiting"
TESTED = "The test has arrived"

# What a network that is there and leads nowhere does to a worker.
FAILING, HANGING = "() => Promise.reject(new TypeError())", "() => new Promise(() => {})"

# Whoever looks into Chromium's drawer while it is just putting a notification there makes it forget that notification:
# it deletes what is noted and not displayed yet. So looking and showing take turns, and a show gets time to be
# displayed.
TURNS = """() => {
  if (globalThis.turn) return;
  globalThis.turn = Promise.resolve();
  const { prototype } = ServiceWorkerRegistration;
  const { showNotification, getNotifications } = prototype;
  const inTurn = (work) => (turn = turn.then(work, work));
  const displayed = () => new Promise((done) => setTimeout(done, 200));
  prototype.getNotifications = function (...all) { return inTurn(() => getNotifications.apply(this, all)); };
  prototype.showNotification = function (...all) {
    return inTurn(() => showNotification.apply(this, all).then(displayed));
  };
}"""

DRAWER = """async ([titles, patience]) => {
  const over = Date.now() + patience;
  for (;;) {
    const all = (await registration.getNotifications()).sort((one, other) => one.data.at - other.data.at);
    const shown = all.map(({ title, body, tag, data, silent, requireInteraction, icon, badge, actions }) =>
      ({ title, body, tag, data, silent, requireInteraction, icon, badge, actions: actions ?? [] }));
    if (String(shown.map(({ title }) => title)) === String(titles) || Date.now() > over) return shown;
    await new Promise((done) => setTimeout(done, 20));
  }
}"""
# What a tap is to the worker. No person has tapped, so the browser would open no window: what would be opened is noted.
TAP = """async (tag) => {
  const opened = [];
  clients.openWindow = async (url) => void opened.push(String(url));
  const [notification] = await registration.getNotifications(tag ? { tag } : {});
  let work = Promise.resolve();
  const event = new NotificationEvent("notificationclick", { notification });
  event.waitUntil = (promise) => (work = promise);
  dispatchEvent(event);
  await work;
  return opened;
}"""

# Each `subscribe` gives the next of the addresses; which one is held is the browser's own affair and outlives a reload.
STAND_IN = """
(() => {
  if (!("PushManager" in window)) return;
  const given = GIVEN;
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const held = () => {
    const at = localStorage.getItem("push-held");
    if (at === null) return null;
    const { endpoint, ...keys } = given[at];
    return {
      endpoint,
      options: { applicationServerKey: bytes(localStorage.getItem("push-key")).buffer, userVisibleOnly: true },
      toJSON: () => ({ endpoint, expirationTime: null, keys }),
      unsubscribe: async () => (localStorage.removeItem("push-held"), true),
    };
  };
  const text = (data) => btoa(String.fromCharCode(...data)).replace(/[+]/g, "-").replace(/[/]/g, "_").replace(/=/g, "");
  PushManager.prototype.getSubscription = async () => held();
  PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
    if (localStorage.getItem("push-fails")) throw new DOMException("no push service", "AbortError");
    if (Notification.permission !== "granted" || !userVisibleOnly) throw new DOMException("", "NotAllowedError");
    if (held()) return held();
    const made = Number(localStorage.getItem("push-made") ?? 0);
    localStorage.setItem("push-made", made + 1);
    localStorage.setItem("push-held", made);
    localStorage.setItem("push-key", text(applicationServerKey));
    return held();
  };
})();
"""

AGE = """async () => {
  for (const { title, tag, data } of await registration.getNotifications()) {
    await registration.showNotification(title, { tag, data: { ...data, at: data.at - 60000 } });
  }
}"""


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Address:
    """One subscription as its browser knows it."""

    def __init__(self, origin: str) -> None:
        self.path = f"/wake/{secrets.token_hex(8)}"
        self.endpoint = origin + self.path
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._auth = secrets.token_bytes(16)

    @property
    def told(self) -> dict[str, str]:
        form = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        point = self._private.public_key().public_bytes(*form)
        return {"endpoint": self.endpoint, "p256dh": b64(point), "auth": b64(self._auth)}

    def open(self, body: bytes) -> str:
        opened: bytes = http_ece.decrypt(body, private_key=self._private, auth_secret=self._auth)
        return opened.decode()


class PushService:
    """Takes what the portal pushes, and opens it with a reader that is not ours."""

    def __init__(self) -> None:
        self._server = Server(self._take)
        self.origin = f"http://localhost:{self._server.port}"
        self.addresses = [Address(self.origin) for _ in range(8)]
        self._lost: set[str] = set()
        self._ended: set[str] = set()
        self._coming: queue.Queue[str] = queue.Queue()

    def _take(self, server: Server, handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        address = next(each for each in self.addresses if each.path == heard.path)
        saying(410 if address.endpoint in self._ended else 201)(server, handler, heard)
        if address.endpoint not in self._lost | self._ended:
            self._coming.put(address.open(heard.body))

    def lose(self, endpoint: str) -> None:
        """From now on this address takes everything, and nothing arrives."""
        self._lost.add(endpoint)

    def end(self, endpoint: str) -> None:
        """From now on this address says that it has ended."""
        self._ended.add(endpoint)

    def next(self) -> str:
        """The next message, opened; waits for it."""
        return self._coming.get(timeout=PATIENCE)

    def close(self) -> None:
        self._server.close()


class WokenPhone(Phone):
    """A phone that can be woken: its window may be closed, its service worker is there."""

    def __init__(self, context: BrowserContext, service: PushService, origin: str) -> None:
        given = json.dumps([address.told for address in service.addresses])
        context.add_init_script(STAND_IN.replace("GIVEN", given))
        self.context, self.service, self.origin = context, service, origin
        # A window that stays when the authenticator's is closed: through it the browser is told what has come.
        self._cdp = context.new_cdp_session(context.new_page())
        self._registrations: dict[str, str] = {}
        self._cdp.on("ServiceWorker.workerRegistrationUpdated", self._registered)
        self._cdp.send("ServiceWorker.enable")
        super().__init__(context.new_page())

    def _registered(self, event: dict[str, Any]) -> None:
        for each in event["registrations"]:
            self._registrations[each["scopeURL"]] = each["registrationId"]

    @property
    def worker(self) -> Worker:
        """Its service worker, as soon as it runs."""
        running = self.context.service_workers
        return running[-1] if running else self.context.wait_for_event("serviceworker")

    def ready(self) -> None:
        """Wait until the authenticator's page has its service worker."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => null)")

    def wake(self, data: str) -> None:
        """What the browser does with a message that has come for the authenticator."""
        self.worker.evaluate(TURNS)
        self.deliver_message(data)

    def deliver_message(self, data: str) -> None:
        """The same, and nothing else."""
        registration = self._registrations[f"{self.origin}/authenticator/"]
        told = {"origin": self.origin, "registrationId": registration, "data": data}
        self._cdp.send("ServiceWorker.deliverPushMessage", told)

    def deliver(self) -> dict[str, Any]:
        """The next message of the portal reaches this phone. Returns what it says."""
        data = self.service.next()
        self.wake(data)
        read: dict[str, Any] = json.loads(data)
        return read

    def drawer(self, *titles: str) -> list[dict[str, Any]]:
        """What stands in the drawer, as soon as it is exactly this, oldest first."""
        shown: list[dict[str, Any]] = self.worker.evaluate(DRAWER, [list(titles), PATIENCE * 1000])
        found = [each["title"] for each in shown]
        assert found == list(titles), f"the drawer holds {found}"
        return shown

    def tap(self, challenge: str | None = None) -> list[str]:
        """Tap on the notification of this challenge, or the only one; returns which windows would be opened."""
        opened: list[str] = self.worker.evaluate(TAP, challenge)
        return opened

    def without_a_network(self, how: str) -> None:
        """From now on whatever the service worker asks for ends like this; `asked` counts it."""
        self.worker.evaluate(f"() => {{ globalThis.asked = 0; globalThis.fetch = () => (asked++, ({how})()); }}")

    def age_drawer(self) -> None:
        """What stands in the drawer has stood there for a minute."""
        self.worker.evaluate(AGE)

    def reopen(self, address: str = "/authenticator/") -> None:
        """Open the authenticator in a new window."""
        if not self.page.is_closed():
            self.page.close()
        self.page = self.context.new_page()
        self.open(address)

    def prove(self, ended: str = "") -> None:
        """The push that only has to arrive, arrives; nobody sees it.

        `ended`: a question that is taken back just now, at the newest address; that may come first.
        """
        self.ready()
        data = self.service.next()
        while json.loads(data)["challenge"] == ended:
            data = self.service.next()
        self.wake(data)
        expect(self.say("You may close this page")).to_be_visible()
