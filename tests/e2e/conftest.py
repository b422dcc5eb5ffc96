"""Two browsers and a running portal: Daphne in a thread of this process, sharing settings and rows with the tests."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from daphne.server import Server, twisted_loop
from django.conf import settings
from django.core.signals import setting_changed
from django.template.autoreload import reset_loaders
from playwright.sync_api import Browser, BrowserContext, Page

from portal.collecting import collect_static
from tests.conftest import PORT
from tests.e2e.browsers import (
    browser,
    browser_type_launch_args,
    camera,
    context_of,
    contexts,
    contexts_of,
    desk,
    engine,
    phone,
    whole_browser,
)
from tests.e2e.demo import Demo, DemoDesk, VirtualPhone
from tests.e2e.people import (
    active,
    asked,
    called,
    enrolled,
    inside,
    known,
    known_lock,
    lock,
    mara,
    service,
    unseen,
    without,
    woken,
)
from tests.factories import cheapen
from tests.given import LONG
from tests.prepared import STAMP, give_static
from twofactor import pairs, tasks

__all__ = [
    "active",
    "asked",
    "browser",
    "browser_type_launch_args",
    "called",
    "camera",
    "contexts",
    "desk",
    "engine",
    "enrolled",
    "inside",
    "known",
    "known_lock",
    "lock",
    "mara",
    "phone",
    "service",
    "unseen",
    "whole_browser",
    "without",
    "woken",
]


@pytest.fixture(scope="session", autouse=True)
def cheap() -> Iterator[None]:
    """Hashes that cost next to nothing in this process; those of the demo, which is one of its own, are real."""
    with pytest.MonkeyPatch.context() as patch:
        if not LONG:
            cheapen(patch)
        yield


@pytest.fixture(scope="session")
def portal(django_db_setup) -> str:
    """The address of the running portal."""
    settings.STORAGES["staticfiles"]["BACKEND"] = "portal.storage.HashedModules"
    # Whatever a test of another folder has rendered in this process, it was with the other storage.
    setting_changed.send(sender=None, setting="STORAGES", value=settings.STORAGES, enter=True)
    reset_loaders()
    give_static(settings.PORTAL_DATA)
    collect_static(settings.PORTAL_DATA / STAMP, clear=False)
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
def carried_here(monkeypatch):
    """What is due goes out when the test asks for it, in its own thread: those of the portal find nothing to carry.

    Otherwise one of them has taken a text over while the test, for which nothing is due any more, looks for it.
    """
    monkeypatch.setattr(tasks.runner, "_find", lambda: ([], None))


@pytest.fixture
def same_words(monkeypatch):
    """Whoever calls the support desk hears the same two words every day."""
    drawn = pairs.pair
    monkeypatch.setattr(pairs, "pair", lambda _name, language="": drawn("the same", language))


# --- The demo, as a process of its own -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def started(tmp_path_factory) -> Iterator[Demo]:
    """One start for all tests: it takes seconds."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    demo.portal.stop()


@pytest.fixture
def demo(started: Demo) -> Demo:
    """The demo on its first morning: Dana has a number, Eli has texts switched on, Mara has nothing."""
    started.begin_again()
    return started


@pytest.fixture
def browsers(demo: Demo, browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts in front of the demo."""
    yield from contexts_of(browser, demo.address)


@pytest.fixture(scope="session")
def windows(started: Demo, engine: Browser) -> Iterator[Callable[[str], Iterator[Page]]]:
    """Windows that stay open from test to test, one for each name: a new one costs more than most tests. Only what they
    have fetched stays in them, and no cookie.
    """
    kept: dict[str, tuple[Page, list[str]]] = {}

    def lend(name: str) -> Iterator[Page]:
        if name not in kept:
            wrong: list[str] = []
            kept[name] = context_of(engine, started.address, wrong).new_page(), wrong
        page, wrong = kept[name]
        yield page
        # A page on which nothing goes on, so that nothing is under way when the next test begins.
        page.goto("/health/live")
        page.context.clear_cookies()
        page.context.clear_permissions()
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 720})
        noted = wrong.copy()
        wrong.clear()
        assert not noted

    yield lend
    for page, _ in kept.values():
        page.context.close()


@pytest.fixture
def at_desk(demo, windows) -> Iterator[DemoDesk]:
    """A browser at a desk in front of the demo."""
    yield from map(DemoDesk, windows("desk"))


@pytest.fixture
def virtual(demo, windows) -> Iterator[VirtualPhone]:
    """The virtual phone, open before anything is sent."""
    yield from map(VirtualPhone, windows("phone"))
