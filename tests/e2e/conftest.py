"""Two browsers and a running portal: Daphne in a thread of this process, sharing settings and rows with the tests."""

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from daphne.server import Server, twisted_loop
from django.conf import settings
from django.core.signals import setting_changed
from django.template.autoreload import reset_loaders
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from accounts.models import User
from portal.collecting import collect_static
from tests.conftest import PORT
from tests.e2e import locks
from tests.e2e.camera import ARGUMENTS, Camera
from tests.e2e.demo import Demo, DemoDesk, VirtualPhone
from tests.e2e.locks import Lock
from tests.e2e.pushing import PushService, WokenPhone
from tests.e2e.rounds import one_round
from tests.e2e.screens import Desk, Phone
from tests.factories import cheapen, finish, give_password, number, person, shown_code
from tests.factories import desk as client
from tests.given import LONG
from tests.prepared import STAMP, give_static
from twofactor import pairs, tasks
from twofactor.protocol.webpush import Sender

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
def contexts(transactional_db, portal: str, browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts; all are closed before the rows of the test go."""
    yield from _contexts(browser, portal)


def _contexts(browser: Browser, address: str) -> Iterator[Callable[..., BrowserContext]]:
    opened: list[BrowserContext] = []
    wrong: list[str] = []

    def open_one(**options: Any) -> BrowserContext:
        opened.append(_context(browser, address, wrong, **options))
        return opened[-1]

    yield open_one
    for context in opened:
        # Chromium waits forever for the end of a page that it closes while its document is just being exchanged.
        for page in context.pages:
            page.wait_for_load_state()
        context.close()
    assert not wrong


def _context(
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


@pytest.fixture
def mara(transactional_db):
    """A client without a key."""
    return person("mara")


@contextmanager
def at_a_desk(user: User) -> Iterator[str]:
    """The code that stands at a desk, which is signed out afterwards.

    No browser shows that desk: it is not the subject, and a picture of it costs half a second.
    """
    there = client()
    give_password(there, user)
    yield shown_code(there)
    there.post("/sign-out/")


@pytest.fixture
def active(mara, phone: Phone):
    """Mara with her key on the phone, and signed in nowhere."""
    with at_a_desk(mara) as code:
        phone.bring(code)
        phone.create_pin("Mara Lee")
    return mara


@pytest.fixture
def unseen() -> Client:
    """A desk that no browser shows: where a sign-in there is not the subject, its pages would cost a second."""
    return client()


def come_and_go(unseen: Client) -> None:
    """The phone has approved the sign-in."""
    finish(unseen)
    unseen.post("/sign-out/")


def show(unseen: Client, desk: Desk, portal: str) -> None:
    """From now on a browser is what it was."""
    kept = [each for each in unseen.cookies.values() if each.value]
    desk.page.context.add_cookies([{"name": each.key, "value": each.value, "url": portal} for each in kept])


@pytest.fixture
def known(active, unseen: Client, desk: Desk, phone: Phone, portal: str):
    """Mara with a key, at a desk that has finished a sign-in with it before."""
    give_password(unseen, active)
    phone.approve(number=number(unseen))
    expect(phone.button("Done")).to_be_visible()
    come_and_go(unseen)
    show(unseen, desk, portal)
    return active


@pytest.fixture
def service(settings, transactional_db) -> Iterator[PushService]:
    """A push service, and a portal that is introduced to it."""
    made = PushService()
    settings.PORTAL_VAPID = Sender(Sender.new())
    settings.PORTAL_CARRIERS = ["webpush"]
    settings.PORTAL_PUSH_SERVICES = [made.origin]
    yield made
    made.close()


@pytest.fixture
def woken(service: PushService, contexts, portal: str) -> WokenPhone:
    """A browser on a phone that may show notifications."""
    return WokenPhone(contexts(**Phone.SHAPE, permissions=["notifications"]), service, portal)


@pytest.fixture
def lock(phone: Phone) -> Lock:
    """The phone has a lock that knows its user."""
    return Lock(phone.page)


@pytest.fixture
def without(mara, lock: Lock, phone: Phone):
    """Mara with her key on a phone that has a lock, and a PIN alone."""
    with at_a_desk(mara) as code:
        locks.bring(phone, code)
        phone.button("Done").click()
    return mara


@pytest.fixture
def enrolled(mara, lock: Lock, phone: Phone):
    """Mara with her key on the phone, and biometrics on."""
    with at_a_desk(mara) as code:
        locks.bring(phone, code)
        locks.turn_on(phone)
        phone.button("Done").click()
    return mara


@pytest.fixture
def known_lock(enrolled, unseen: Client, desk: Desk, phone: Phone, portal: str):
    """The same, at a desk that has finished a sign-in with it."""
    give_password(unseen, enrolled)
    phone.field("Number shown on the sign-in page").fill(number(unseen))
    phone.button("Use biometrics").click()
    expect(phone.button("Done")).to_be_visible()
    come_and_go(unseen)
    show(unseen, desk, portal)
    return enrolled


@pytest.fixture
def asked(active, desk: Desk, phone: Phone) -> Phone:
    """The phone of somebody who has just given the password, with the question for the number on its screen."""
    desk.give_password("mara")
    phone.expect_asked()
    return phone


@pytest.fixture
def inside(known, unseen: Client, desk: Desk, phone: Phone, portal: str) -> Desk:
    """Mara at her desk, signed in with her phone."""
    give_password(unseen, known)
    phone.approve()
    phone.button("Done").click()
    finish(unseen)
    show(unseen, desk, portal)
    desk.page.goto("/")
    desk.expect_signed_in()
    return desk


@pytest.fixture
def called(mara, woken: WokenPhone) -> WokenPhone:
    """Mara's phone is her key, may show notifications, and has proved that they arrive. Nobody is signed in."""
    with at_a_desk(mara) as code:
        woken.bring(code)
        woken.create_pin("Mara Lee")
    woken.prove()
    return woken


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
    yield from _contexts(browser, demo.address)


@pytest.fixture(scope="session")
def windows(started: Demo, engine: Browser) -> Iterator[Callable[[str], Iterator[Page]]]:
    """Windows that stay open from test to test, one for each name: a new one costs more than most tests. Only what they
    have fetched stays in them, and no cookie.
    """
    kept: dict[str, tuple[Page, list[str]]] = {}

    def lend(name: str) -> Iterator[Page]:
        if name not in kept:
            wrong: list[str] = []
            kept[name] = _context(engine, started.address, wrong).new_page(), wrong
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
