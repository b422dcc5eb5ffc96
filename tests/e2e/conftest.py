"""Two browsers and a running portal: Daphne in a thread of this process, sharing settings and rows with the tests."""

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from daphne.server import Server, twisted_loop
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, expect

from tests.conftest import PORT
from tests.e2e.screens import Desk, Phone, activate
from tests.factories import person

# What a page may take for one step; a slow machine gets more by raising it here, never by waiting in a test.
PATIENCE = 10_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The browser of the system where there is one: as root Playwright adds --no-sandbox by itself."""
    found = os.environ.get("PORTAL_CHROMIUM") or shutil.which("chromium")
    return {**browser_type_launch_args, **({"executable_path": found} if found else {"channel": "chromium"})}


@pytest.fixture(scope="session")
def portal(django_db_setup) -> str:
    """The address of the running portal."""
    settings.STORAGES["staticfiles"]["BACKEND"] = "portal.storage.HashedModules"
    call_command("collectstatic", interactive=False, verbosity=0)
    port = urlsplit(settings.PORTAL_BASE_URL).port
    assert port
    PORT.close()
    ready = threading.Event()
    # A daemon: the reactor of Twisted runs once in a process and ends with it.
    threading.Thread(target=_serve, args=(port, ready), daemon=True).start()
    assert ready.wait(30), "the portal did not start"
    return settings.PORTAL_BASE_URL


def _serve(port: int, ready: threading.Event) -> None:
    from portal.asgi import application  # not before the static files are there: they are listed when it is made

    asyncio.set_event_loop(twisted_loop)
    endpoint = f"tcp:port={port}:interface=127.0.0.1"
    Server(application, endpoints=[endpoint], signal_handlers=False, ready_callable=ready.set).run()


@pytest.fixture
def contexts(transactional_db, portal: str, browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts; all are closed before the rows of the test go.

    No test passes in which a script of ours failed, or a page asked for what its own security policy forbids.
    """
    opened: list[BrowserContext] = []
    wrong: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            wrong.append(message.text)

    def open_one(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=portal, locale="en-GB", **options)
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda problem: wrong.append(str(problem.error)))
        context.on("console", heard)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()
    assert not wrong


@pytest.fixture
def desk(contexts) -> Desk:
    """A browser at a desk."""
    return Desk(contexts().new_page())


@pytest.fixture
def phone(contexts) -> Phone:
    """A browser on a phone."""
    return Phone(contexts(**Phone.SHAPE).new_page())


@pytest.fixture
def mara(transactional_db):
    """A client without a key."""
    return person("mara")


@pytest.fixture
def active(mara, desk: Desk, phone: Phone):
    """Mara with her key on the phone, signed out again at the desk."""
    activate(desk, phone, "mara", "Mara Lee")
    desk.sign_out()
    return mara


@pytest.fixture
def known(active, desk: Desk, phone: Phone):
    """Mara with a key, at a desk that has finished a sign-in with it before."""
    desk.give_password("mara")
    phone.approve(number=desk.number())
    desk.expect_signed_in()
    desk.sign_out()
    return active
