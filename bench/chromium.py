"""A real browser at the desk, without a window."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Page, Response, WebSocket, sync_playwright

from bench.road import PIN, Pair

_PATIENCE = 20_000
# When the page that is shown began, when its HTML was whole and when it was first painted: wall clock, milliseconds.
_TIMES = """() => new Promise((done) => {
  const tell = (paint) => {
    const [page] = performance.getEntriesByType("navigation");
    const origin = performance.timeOrigin;
    done({ begun: origin, html: origin + page.responseEnd,
      painted: origin + paint.startTime,
      run: origin + page.domContentLoadedEventEnd });
  };
  new PerformanceObserver((list, self) => {
    const paint = list.getEntriesByName("first-contentful-paint")[0];
    if (paint) { self.disconnect(); tell(paint); }
  }).observe({ type: "paint", buffered: true });
})"""


def seconds_to(page: Page) -> tuple[float, float]:
    """From the start of the page that is shown to its first contentful paint, and to the end of its scripts."""
    times = page.evaluate(_TIMES)
    return (times["painted"] - times["begun"]) / 1000, (times["run"] - times["begun"]) / 1000


def find() -> str | None:
    """The Chromium that PORTAL_CHROMIUM names, or the one of this machine; None where there is neither."""
    return shutil.which(os.environ.get("PORTAL_CHROMIUM") or "chromium")


@contextlib.contextmanager
def browsing(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # The portal listens on IPv4 alone; without this every connection would try IPv6 first.
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--host-resolver-rules=MAP localhost 127.0.0.1"]
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class Times:
    """When the home page was there: seconds of the wall clock."""

    begun: float
    html: float
    painted: float


class Window:
    """A desk's page for one person, whose phone is the Pair's."""

    def __init__(self, browser: Browser, pair: Pair, *, sockets: bool = True) -> None:
        self.pair = pair
        self.sockets = sockets
        self.base_url = pair.desk.wire.base_url
        self.context: BrowserContext = browser.new_context(base_url=self.base_url, locale="en-GB")
        self.context.set_default_timeout(_PATIENCE)
        if not sockets:
            self.context.route_web_socket(re.compile("/ws/"), lambda socket: socket.close())
        self.page: Page = self.context.new_page()
        self._frames = self._polls = 0
        self._opened: list[WebSocket] = []
        self.page.on("websocket", self._open)
        self.page.on("response", self._answered)

    def _open(self, socket: WebSocket) -> None:
        self._opened.append(socket)
        socket.on("framereceived", self._heard)

    def _heard(self, _frame: object) -> None:
        self._frames += 1

    def _answered(self, response: Response) -> None:
        self._polls += "/sign-in/status/" in response.url

    def reach_waiting(self) -> None:
        """Sign in as a person does, up to the page that waits."""
        page = self.page
        self.context.clear_cookies(name="session")
        self._frames = self._polls = 0
        self._opened.clear()
        page.goto("/sign-in/")
        page.get_by_label("Username").fill(self.pair.username)
        page.get_by_label("Password").fill(self.pair.desk.password)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/sign-in/verify/")

    def watch(self) -> None:
        """Go on once the page is told of changes: by the first frame, or by its first poll."""
        if not self.sockets:
            if not self._polls:
                self.page.wait_for_event("response", lambda response: "/sign-in/status/" in response.url)
            return
        socket = self._opened[-1] if self._opened else self.page.wait_for_event("websocket")
        if not self._frames:
            socket.wait_for_event("framereceived")

    def approve(self) -> float:
        """The phone answers. Gives the wall clock's time when the answer left."""
        phone = self.pair.phone
        challenge = phone.challenge()
        shown = self.page.locator(".digits") if challenge["mode"] == "number" else None
        phone.approve(challenge, PIN, "".join(shown.inner_text().split()) if shown else None)
        return time.time() - (time.perf_counter() - self.pair.line.sent_at)

    def home(self) -> Times:
        """When the page had moved on to home, by the browser's own clock."""
        self.page.wait_for_url(f"{self.base_url}/", wait_until="commit")
        times = self.page.evaluate(_TIMES)
        return Times(*(times[name] / 1000 for name in ("begun", "html", "painted")))

    def clocks_apart(self) -> float:
        """Seconds by which the page's clock may differ from ours: the best of five looks, and half its duration."""
        looks = []
        for _each in range(5):
            before = time.time()
            theirs = self.page.evaluate("() => performance.timeOrigin + performance.now()") / 1000
            after = time.time()
            looks.append((after - before, abs(theirs - (before + after) / 2)))
        duration, apart = min(looks)
        return float(apart + duration / 2)

    def close(self) -> None:
        self.context.close()
