"""The road in one process: desks are Django's test clients, phones are pockets that speak into the same process."""

import pytest

from tests.factories import desk as new_desk
from tests.factories import person, with_key


@pytest.fixture(autouse=True)
def rows(db):
    """Every test here reads and writes rows; they are gone after it."""


@pytest.fixture
def mara(rows):
    return person("mara")


@pytest.fixture
def eli(rows):
    return person("eli")


@pytest.fixture
def desk():
    return new_desk()


@pytest.fixture
def phone(mara):
    """Mara's phone, with her active key."""
    return with_key(mara)
