"""Browser contexts: each is a browser of its own, with cookies and permissions of its own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage

# What a page may take for one step; a slow machine gets more by raising it here, never by waiting in a test.
PATIENCE = 10_000
# What a person permits to a whole browser alone: its shell has neither.
WHOLE = {"camera", "notifications"}


def opened(shell: Browser, request: pytest.FixtureRequest, address: str) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser contexts, and closes all of them; `shell` has no windows, and is enough for most pages."""
    made: list[BrowserContext] = []
    wrong: list[str] = []

    def open_one(**options: Any) -> BrowserContext:
        whole = WHOLE.intersection(options.get("permissions") or ())
        browser = request.getfixturevalue("whole_browser") if whole else shell
        made.append(new_context(browser, address, wrong, **options))
        return made[-1]

    yield open_one
    for context in made:
        # Chromium waits forever for the end of a page that it closes while its document is just being exchanged.
        for page in context.pages:
            page.wait_for_load_state()
        context.close()
    assert not wrong


def new_context(browser: Browser, address: str, wrong: list[str], **options: Any) -> BrowserContext:
    """A browser of its own, that notes what went `wrong` in it.

    No test passes in which a script of ours failed, or a page asked for what its own security policy forbids.
    """

    def heard(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            wrong.append(message.text)

    # What moves without end keeps a slow machine busy.
    context = browser.new_context(base_url=address, locale="en-GB", reduced_motion="reduce", **options)
    context.set_default_timeout(PATIENCE)
    context.on("weberror", lambda problem: wrong.append(str(problem.error)))
    context.on("console", heard)
    return context
