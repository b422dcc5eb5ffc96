"""The browsers of the tests: one engine for all, and a context of its own for each desk and each phone."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, expect

from tests.e2e.camera import ARGUMENTS, Camera
from tests.e2e.rounds import one_round
from tests.e2e.screens import Desk, Phone

# What a page may take for one step; a slow machine gets more by raising it here, never by waiting in a test.
PATIENCE = 10_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The browser of the system where there is one: as root Playwright adds --no-sandbox by itself."""
    found = os.environ.get("PORTAL_CHROMIUM") or shutil.which("chromium")
    which = {"executable_path": found} if found else {"channel": "chromium"}
    # The page behind its address bar, which is loaded anew for every window, costs more than most of ours.
    lean = "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup"
    given = browser_type_launch_args.get("args", [])
    return {**browser_type_launch_args, **which, "args": [*given, *ARGUMENTS, lean]}


@pytest.fixture(scope="session")
def whole_browser(launch_browser) -> Iterator[Browser]:
    """The browser as people have it, started by the first test that needs it."""
    yield from _running(launch_browser())


@pytest.fixture(scope="session")
def engine(launch_browser) -> Iterator[Browser]:
    """Chromium's engine without windows, in which a test costs two thirds; for want of it the whole browser."""
    found = not os.environ.get("PORTAL_CHROMIUM") and shutil.which("chromium-headless-shell")
    yield from _running(launch_browser(**{"executable_path": found} if found else {}))


def _running(browser: Browser) -> Iterator[Browser]:
    yield browser
    browser.close()


@pytest.fixture
def browser(request) -> Browser:
    """The engine alone, unless the test is marked whole_browser: it has no camera, no notifications and no pushes."""
    whole = request.node.get_closest_marker("whole_browser")
    return request.getfixturevalue("whole_browser" if whole else "engine")


@pytest.fixture
def contexts(transactional_db, portal: str, browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts; all are closed before the rows of the test go."""
    yield from contexts_of(browser, portal)


def contexts_of(browser: Browser, address: str) -> Iterator[Callable[..., BrowserContext]]:
    opened: list[BrowserContext] = []
    wrong: list[str] = []

    def open_one(**options: Any) -> BrowserContext:
        opened.append(context_of(browser, address, wrong, **options))
        return opened[-1]

    yield open_one
    for context in opened:
        # Chromium waits forever for the end of a page that it closes while its document is just being exchanged.
        for page in context.pages:
            page.wait_for_load_state()
        context.close()
    assert not wrong


def context_of(
    browser: Browser, address: str, wrong: list[str], *, all_rounds: bool | None = False, **options: Any
) -> BrowserContext:
    """A browser of its own, that notes what went `wrong` in it.

    No test passes in which a script of ours failed, or a page asked for what its own security policy forbids.
    """

    def heard(message: ConsoleMessage) -> None:
        # What tests bring into a page, as axe, has no address.
        if "Content Security Policy" in message.text and message.location.get("url"):
            wrong.append(message.text)

    # What moves without end keeps a slow machine busy.
    context = browser.new_context(**{"base_url": address, "locale": "en-GB", "reduced_motion": "reduce", **options})
    context.set_default_timeout(PATIENCE)
    if not all_rounds:
        one_round(context)
    context.on("weberror", lambda problem: wrong.append(str(problem.error)))
    context.on("console", heard)
    return context


@pytest.fixture
def desk(contexts) -> Desk:
    """A browser at a desk."""
    return Desk(contexts().new_page())


@pytest.fixture
def phone(request, contexts) -> Phone:
    """A browser on a phone; a module of tests may name the PERMISSIONS that its person has given.

    Where it says ALL_ROUNDS, a PIN costs what it costs people.
    """
    permissions, all_rounds = (getattr(request.module, name, None) for name in ("PERMISSIONS", "ALL_ROUNDS"))
    return Phone(contexts(**Phone.SHAPE, permissions=permissions, all_rounds=all_rounds).new_page())


@pytest.fixture
def camera() -> Camera:
    """What the cameras of all phones see."""
    return Camera()
