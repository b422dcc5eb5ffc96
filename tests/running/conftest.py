from collections.abc import Iterator

import pytest

from tests.factories import PIN, SALT
from tests.pocket import Pocket, by_http
from tests.running.portal import Browser, Portal


@pytest.fixture(scope="session")
def portal(tmp_path_factory) -> Iterator[Portal]:
    """One running portal for all tests here; each test signs in somebody else."""
    running = Portal(tmp_path_factory.mktemp("data"))
    yield running
    running.stop()


@pytest.fixture
def desk(portal) -> Iterator[Browser]:
    browser = Browser(portal.address)
    yield browser
    browser.http.close()


@pytest.fixture
def phone(portal) -> Pocket:
    """A phone without a key."""
    return Pocket(portal.address, by_http(portal.address), salt=SALT)


@pytest.fixture
def activate(portal, desk, phone):
    """Gives somebody a key on the phone and signs them out at the desk."""

    def give(username: str) -> Pocket:
        desk.give_password(username)
        phone.claim(desk.code())
        phone.activate(PIN)
        desk.get("/")
        desk.post("/sign-out/")
        return phone

    return give
