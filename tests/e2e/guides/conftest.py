"""The people, desks and phones of the articles, who see everything in the article's language."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.e2e.guides.articles import LANGUAGES
from tests.e2e.guides.pictures import SHARP, Album
from tests.e2e.guides.screens import SMALL, SpokenDesk, SpokenPhone, SpokenWokenPhone
from tests.e2e.guides.walk import Walk
from tests.given import FIREFOX, LONG
from twofactor.gateways import demo

LOCALES = {"en": "en-GB", "zh-hant": "zh-TW"}


def pytest_addoption(parser):
    parser.addoption("--pictures", action="store_true", help="take the pictures of the help (make guides)")


def pytest_generate_tests(metafunc):
    """Both languages where there is time; else every other story is told in Chinese."""
    if "language" not in metafunc.fixturenames:
        return
    every = LONG or metafunc.config.getoption("pictures", default=False)
    alone = LANGUAGES[sum(map(ord, metafunc.definition.name)) % 2]
    metafunc.parametrize("language", LANGUAGES if every else [alone])


@pytest.fixture
def pictured(request) -> bool:
    """Whether pictures are taken."""
    return bool(request.config.getoption("pictures", default=False))


@pytest.fixture
def windows_of(contexts, language: str, pictured: bool) -> Callable[..., BrowserContext]:
    """Makes browsers whose people speak the language."""

    def open_one(**options) -> BrowserContext:
        sharp = {"device_scale_factor": SHARP} if pictured else {}
        return contexts(locale=LOCALES[language], **sharp, **options)

    return open_one


@pytest.fixture
def desk(windows_of, language: str) -> SpokenDesk:
    return SpokenDesk(windows_of(viewport={"width": 640, "height": 800}, user_agent=FIREFOX).new_page(), language)


@pytest.fixture
def phone(request, windows_of, language: str) -> SpokenPhone:
    permissions = getattr(request.module, "PERMISSIONS", None)
    return SpokenPhone(windows_of(**SMALL, permissions=permissions).new_page(), language)


@pytest.fixture
def other_phone(windows_of, language: str) -> SpokenPhone:
    return SpokenPhone(windows_of(**SMALL).new_page(), language)


@pytest.fixture
def woken(service, windows_of, portal: str, language: str) -> SpokenWokenPhone:
    return SpokenWokenPhone(windows_of(**SMALL, permissions=["notifications"]), service, portal, language)


@pytest.fixture
def held(mara, desk: SpokenDesk, phone: SpokenPhone):
    """Mara with her key on the phone, and signed in nowhere."""
    desk.give_password("mara")
    phone.bring(desk.activation_code())
    phone.create_pin("Mara Lee")
    desk.sign_out()
    return mara


@pytest.fixture
def handset(settings, monkeypatch, carried_here) -> demo.Handset:
    """Where everything arrives that the portal sends by text or mail."""
    settings.PORTAL_CARRIERS = ["demo"]
    settings.PORTAL_COUNTRY = "HK"
    settings.PORTAL_COUNTRIES = frozenset({"HK"})
    monkeypatch.setattr(demo, "handset", demo.Handset())
    monkeypatch.setattr(demo, "listeners", [])
    return demo.handset


@pytest.fixture
def walk(language: str, pictured: bool) -> Iterator[Callable[[str], Walk]]:
    """Opens an article; at the end of the story all of its steps have been walked."""
    opened: dict[str, Walk] = {}

    def article(name: str) -> Walk:
        if name not in opened:
            opened[name] = Walk(name, language, Album(name, language) if pictured else None)
        return opened[name]

    yield article
    for each in opened.values():
        each.end()
