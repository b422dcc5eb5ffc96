"""The stops of a walk: each is a scene, judged by the tests, and drawn by `make gallery`."""

import os
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page

from tests.e2e.browsers import contexts_of
from tests.e2e.gallery.judging import judge
from tests.e2e.gallery.pictures import draw
from tests.e2e.gallery.spoken import LANGUAGES, speaking
from tests.e2e.screens import Phone
from tests.factories import person
from tests.given import LONG
from tests.stories.carried import given_number
from tests.stories.conftest import cheap as cheap
from twofactor.gateways import demo

SCHEMES = ("light", "dark")
# Where the pictures go; without it the scenes are judged.
FOLDER = os.environ.get("PORTAL_GALLERY", "")


def pytest_generate_tests(metafunc):
    """Both languages for `make gallery` and `make long`; otherwise they alternate from walk to walk."""
    if "language" in metafunc.fixturenames:
        which = zlib.crc32(metafunc.function.__name__.encode()) % len(LANGUAGES)
        chosen = [*LANGUAGES] if FOLDER or LONG else [[*LANGUAGES][which]]
        metafunc.parametrize("language", chosen, scope="function")


@pytest.fixture(autouse=True)
def their_language(settings, language):
    """Also where nobody has said which: of what is written to people, and of their other browsers."""
    settings.LANGUAGE_CODE = language


@pytest.fixture(autouse=True)
def same_pictures(carried_here, same_words):
    """How far a message has come is a part of them, too."""


@pytest.fixture
def contexts(transactional_db, portal, browser, language) -> Iterator[Callable[..., BrowserContext]]:
    """The browsers of somebody who reads this language."""
    for made in contexts_of(browser, portal):
        yield partial(speaking, made, language)


@pytest.fixture
def window(contexts, portal) -> Callable[..., Page]:
    """A browser's window, which may go on where another of the person's has come to."""

    def opened(client: Client | None = None, path: str = "", **options) -> Page:
        context = contexts(**options)
        kept = client.cookies.values() if client else ()
        context.add_cookies([{"name": each.key, "value": each.value, "url": portal} for each in kept])
        page = context.new_page()
        if path:
            page.goto(path)
        return page

    return opened


@pytest.fixture
def shown(window) -> Callable[[bytes | str], Page]:
    """A window in front of a page that no address of the portal would give."""
    page = window()

    def show(html: bytes | str) -> Page:
        page.route("**/shown/", lambda route: route.fulfill(body=html, content_type="text/html"), times=1)
        page.goto("/shown/")
        return page

    return show


@pytest.fixture
def phone(contexts) -> Phone:
    """The same, on a phone."""
    return Phone(contexts(**Phone.SHAPE).new_page())


@pytest.fixture
def eli(transactional_db, settings, monkeypatch):
    """A client who signs in with codes by text, in a portal whose carrier takes everything."""
    settings.PORTAL_CARRIERS = ["demo"]
    settings.PORTAL_COUNTRY = "HK"
    settings.PORTAL_COUNTRIES = frozenset({"HK", "US", "GB", "IN"})
    monkeypatch.setattr(demo, "handset", demo.Handset())
    monkeypatch.setattr(demo, "listeners", [])
    user = person("eli")
    given_number(user)
    return user


@pytest.fixture
def stop(language) -> Callable[[str, Page], None]:
    """A scene: its name and the page that shows it now."""
    made: list[str] = []

    def stopped(scene: str, page: Page) -> None:
        made.append(scene)
        page.wait_for_load_state()
        if FOLDER:
            draw(page, scene, language, Path(FOLDER))
            return
        # Another one from stop to stop.
        for scheme in SCHEMES if LONG else [SCHEMES[len(made) % 2]]:
            judge(page, scene, language, scheme)

    return stopped
