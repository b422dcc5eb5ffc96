import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.factories import PIN, SALT
from tests.pocket import Pocket, by_http
from tests.running.portal import Browser, Portal

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items):
    """In one process of several, so that the portal is started once for all."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.xdist_group("running"))


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
def person(portal) -> str:
    """The username of somebody new, with mara's password and no second factor.

    For one test alone: who has given up a key does not come in without it, so the demo's few people would not do.
    """
    username = f"person{next(_numbers)}"
    with closing(sqlite3.connect(portal.data / "portal.sqlite3")) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(accounts_user)")]
        same = ", ".join(f'"{name}"' for name in columns if name not in ("id", "username"))
        database.execute(
            f"INSERT INTO accounts_user (username, {same}) SELECT ?, {same} FROM accounts_user WHERE username = 'mara'",
            [username],
        )
    return username


@pytest.fixture
def phone(portal) -> Pocket:
    """A phone without a key."""
    return Pocket(portal.address, by_http(portal.address), salt=SALT)


@pytest.fixture
def activate(portal, desk, phone, person):
    """Gives the person a key on the phone and signs them out at the desk."""

    def give() -> Pocket:
        desk.give_password(person)
        phone.claim(desk.code())
        phone.activate(PIN)
        desk.get("/")
        desk.post("/sign-out/")
        return phone

    return give
