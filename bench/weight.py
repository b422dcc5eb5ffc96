"""What a page weighs over the wire: requests and bytes, cold and warm, by kind; and its time on a slow line."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession

from bench import reference
from bench.chromium import browsing, seconds_to
from bench.figures import Table, number
from bench.road import Desk, Pair
from bench.server import PEOPLE, Run, Server, serving

_KINDS = {"Document": "page", "Stylesheet": "css", "Script": "js", "Image": "images", "Font": "fonts"}
_COLUMNS = ("page", "css", "js", "images", "other")
# A phone far from the next mast: a round trip of 150 ms, 1.6 Mbit/s down, 750 kbit/s up.
_SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}


@dataclass
class Load:
    """One visit: every request of the page, but not its socket."""

    kinds: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    packed: set[str] = field(default_factory=set)
    painted: float = 0.0
    run: float = 0.0

    def listen(self, wire: CDPSession) -> None:
        wire.on("Network.requestWillBeSent", self._asked)
        wire.on("Network.responseReceived", self._answered)
        wire.on("Network.loadingFinished", self._loaded)
        wire.send("Network.enable")

    def _asked(self, told: dict[str, Any]) -> None:
        kind = _KINDS.get(told.get("type", ""), "other")
        self.kinds[told["requestId"]] = kind if kind in _COLUMNS else "other"

    def _answered(self, told: dict[str, Any]) -> None:
        if "content-encoding" in {name.lower() for name in told["response"]["headers"]}:
            self.packed.add(told["requestId"])

    def _loaded(self, told: dict[str, Any]) -> None:
        self.sizes[told["requestId"]] = int(told["encodedDataLength"])

    @property
    def fetched(self) -> list[str]:
        """The requests that went over the wire; what the browser had kept costs nothing."""
        return [name for name, size in self.sizes.items() if size]

    @property
    def total(self) -> int:
        return sum(self.sizes.values())

    @property
    def plain_page(self) -> int:
        """Bytes of the page itself if it came uncompressed, although the browser asked for less; else 0."""
        return sum(self.sizes[name] for name in self.fetched if self.kinds[name] == "page" and name not in self.packed)

    def by_kind(self) -> dict[str, tuple[int, int]]:
        """Requests and bytes over the wire, for each kind."""
        counts: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for name in self.fetched:
            many, size = counts[self.kinds[name]]
            counts[self.kinds[name]] = many + 1, size + self.sizes[name]
        return counts


@dataclass(frozen=True)
class Subject:
    name: str
    path: str
    cookies: dict[str, str]
    budget: tuple[int, int]


def measure(run: Run) -> list[Table]:
    if run.chromium is None:
        return []
    with serving(run) as server, browsing(run.chromium) as browser, ExitStack() as stack:
        subjects = _subjects(server, stack)
        loads = [(subject, *_visit(browser, server, subject, slow=not run.quick)) for subject in subjects]
    return [_totals(loads), _kinds(loads)]


def _subjects(server: Server, stack: ExitStack) -> list[Subject]:
    """The pages of the road, each with the cookies of somebody who stands there."""
    waiting = stack.enter_context(closing(Pair(server.base_url, PEOPLE[0])))
    waiting.reach_waiting()
    without = Desk(server.base_url)
    stack.callback(without.wire.close)
    without.get("/sign-in/")
    without.get(without.give_password(PEOPLE[1]))
    return [
        Subject("sign in", "/sign-in/", {}, reference.PAGE_BUDGET),
        Subject("waiting", "/sign-in/verify/", waiting.desk.wire.cookies, reference.PAGE_BUDGET),
        Subject("home with the banner", "/", without.wire.cookies, reference.PAGE_BUDGET),
        Subject("authenticator", "/authenticator/", {}, reference.AUTHENTICATOR_BUDGET),
    ]


def _visit(browser: Browser, server: Server, subject: Subject, *, slow: bool) -> tuple[Load, Load, Load]:
    """A first visit, a second one in the same browser, and a first one over a slow line."""
    with closing(_fresh(browser, server, subject)) as context:
        cold, warm = (_load(context, subject) for _visit in ("first", "second"))
    if not slow:
        return cold, warm, Load()
    with closing(_fresh(browser, server, subject)) as context:
        return cold, warm, _load(context, subject, line=_SLOW)


def _fresh(browser: Browser, server: Server, subject: Subject) -> BrowserContext:
    context = browser.new_context(base_url=server.base_url, locale="en-GB")
    context.set_default_timeout(60_000)
    for name, value in subject.cookies.items():
        context.add_cookies([{"name": name, "value": value, "url": server.base_url}])
    return context


def _load(context: BrowserContext, subject: Subject, line: dict[str, Any] | None = None) -> Load:
    load, page = Load(), context.new_page()
    wire = context.new_cdp_session(page)
    load.listen(wire)
    if line:
        wire.send("Network.emulateNetworkConditions", line)
    page.goto(subject.path, wait_until="networkidle")
    load.painted, load.run = seconds_to(page)
    page.close()
    return load


def _totals(loads: list[tuple[Subject, Load, Load, Load]]) -> Table:
    table = Table(
        "Pages over the wire (headers of the answers included)",
        (
            "",
            "cold: requests",
            "bytes",
            "budget",
            "warm: requests",
            "bytes",
            "budget",
            "slow line: painted",
            "scripts run",
        ),
    )
    for subject, cold, warm, slow in loads:
        table.add(
            subject.name,
            str(len(cold.fetched)),
            f"{cold.total:,}",
            "{} / {:,}".format(*subject.budget),
            str(len(warm.fetched)),
            f"{warm.total:,}",
            "{} / {:,}".format(*reference.WARM_BUDGET),
            *(f"{number(moment)} s" if moment else "" for moment in (slow.painted, slow.run)),
        )
    pages = [f"{subject.name} {cold.plain_page:,}" for subject, cold, *_rest in loads if cold.plain_page]
    if pages:
        table.remarks.append(f"Sent uncompressed: the HTML itself ({', '.join(pages)} bytes).")
    table.remarks.append(
        "Slow line: 150 ms round trip, 1.6 Mbit/s, nothing kept; first contentful paint, all scripts run."
    )
    return table


def _kinds(loads: list[tuple[Subject, Load, Load, Load]]) -> Table:
    table = Table("The same by kind, cold: requests and bytes", ("", *_COLUMNS))
    for subject, cold, *_rest in loads:
        kinds = cold.by_kind()
        table.add(subject.name, *("{} / {:,}".format(*kinds[kind]) if kind in kinds else "-" for kind in _COLUMNS))
    return table
