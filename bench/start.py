"""How long the authenticator takes to start on a slow phone: its first visit, and every later one."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from bench.chromium import browsing
from bench.figures import Figure, Table, number
from bench.server import Run, Server, serving

# A phone of some years ago at the edge of the network: 4 times as slow, a round trip of 400 ms, 400 kbit/s both ways.
_SLOWED = 4
_SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
_NONE = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
# When the first screen can be used, and when every other one can; milliseconds from the start of the page.
_WATCH = """(() => {
  const moments = {};
  const look = () => {
    const shown = (what) => document.querySelector(what);
    if (shown("[data-nav]:not([hidden])") && shown("[data-stage='welcome'] button")) {
      moments.usable ??= performance.now();
    }
    if (document.getElementById("screen-settings")) { moments.whole ??= performance.now(); }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
  globalThis.startMoments = moments;
})();"""
_WHOLE = "() => globalThis.startMoments.whole && globalThis.startMoments.usable"


@dataclass
class Case:
    """One kind of start: its line, and whether the phone has opened the page before."""

    name: str
    line: dict[str, Any] | None
    kept: bool
    usable: list[tuple[float, ...]] = field(default_factory=list)
    whole: list[tuple[float, ...]] = field(default_factory=list)


def measure(run: Run) -> list[Table]:
    if run.chromium is None:
        return []
    rounds, starts = (1, 2) if run.quick else (3, 5)
    cases = [
        Case("first visit, good line", None, kept=False),
        Case("first visit, slow line", _SLOW, kept=False),
        Case("later visit, slow line", _SLOW, kept=True),
        Case("later visit, no network at all", _NONE, kept=True),
    ]
    with serving(run) as server, browsing(run.chromium) as browser:
        _start(browser, server, cases[0])  # the server's first answer is made then
        for _round in range(rounds):
            for case in cases:
                seen = [_start(browser, server, case) for _each in range(starts)]
                case.usable.append(tuple(usable for usable, _whole in seen))
                case.whole.append(tuple(whole for _usable, whole in seen))
    return [_table(cases, rounds)]


def _start(browser: Browser, server: Server, case: Case) -> tuple[float, float]:
    """Start the page once in a browser of its own. Gives both moments, in milliseconds."""
    with closing(browser.new_context(base_url=server.base_url, locale="en-GB")) as context:
        context.set_default_timeout(60_000)
        if case.kept:
            _keep(context)
        page = context.new_page()
        page.add_init_script(_WATCH)
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWED})
        if case.line is _NONE:
            context.set_offline(True)
        elif case.line:
            wire.send("Network.emulateNetworkConditions", case.line)
        page.goto("/authenticator/", wait_until="commit")
        return _moments(page)


def _keep(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/authenticator/")
    page.wait_for_function("() => navigator.serviceWorker.controller?.state === 'activated'")
    page.close()


def _moments(page: Page) -> tuple[float, float]:
    page.wait_for_function(_WHOLE)
    moments = page.evaluate("() => globalThis.startMoments")
    return moments["usable"], moments["whole"]


def _table(cases: list[Case], rounds: int) -> Table:
    table = Table(
        f"Start of the authenticator on a phone {_SLOWED} times as slow, ms ({rounds} interleaved rounds)",
        ("", "first screen usable: median", "p95", "every screen there: median", "p95", "n"),
    )
    for case in cases:
        usable, whole = Figure(tuple(case.usable)), Figure(tuple(case.whole))
        figures = (usable.median, usable.p95, whole.median, whole.p95)
        table.add(case.name, *(number(figure) for figure in figures), str(usable.n))
    table.remarks.append("Slow line: 400 ms round trip, 400 kbit/s, nothing kept before a first visit.")
    table.remarks.append(
        "By the page's own clock, from the start of its navigation; a later visit asks the portal nothing."
    )
    return table
