"""What the stories share: cheap hashes, a clock to move, and people with and without a key."""

import time

import pytest
import time_machine
from django.test import Client

from accounts import policy
from accounts.hashing import BoundedArgon2
from tests.factories import desk, person
from tests.pocket import Pocket
from tests.stories.ways import activated, sign_in, sign_out


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """Hashes that cost next to nothing: what they cost is not the subject here. Their number is, and stays."""
    monkeypatch.setattr(BoundedArgon2, "memory_cost", 8)
    monkeypatch.setattr(BoundedArgon2, "time_cost", 1)
    monkeypatch.setattr(policy, "ARGON2_MEMORY_KIB", 8)
    monkeypatch.setattr(policy, "ARGON2_TIME", 1)
    monkeypatch.setattr(Pocket, "iterations", 1)


@pytest.fixture
def clock(monkeypatch):
    """Python's clock, moved by `clock.shift(seconds)` and by a thousandth with every visit. The database's goes on."""
    # The next whole second: later than everything that a fixture has done.
    with time_machine.travel(int(time.time()) + 1, tick=False) as traveller:
        visit = Client.request

        def request(self, **given):
            traveller.shift(0.001)
            return visit(self, **given)

        monkeypatch.setattr(Client, "request", request)
        yield traveller


@pytest.fixture
def mara(db):
    """A client without a key."""
    return person("mara")


@pytest.fixture
def pocket(mara):
    """A phone with Mara's active key."""
    return activated(desk(), mara)


@pytest.fixture
def here(db):
    """A browser at a desk that nobody signed in from yet."""
    return desk()


@pytest.fixture
def known(mara, pocket):
    """A browser that finished a sign-in of Mara with her key, and signed out again."""
    browser = desk()
    sign_in(browser, mara, pocket)
    sign_out(browser)
    return browser
