"""People, and how they come by a key: always on the road that people take, never by writing a row."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts import policy
from accounts.hashing import BoundedArgon2
from accounts.models import User
from tests.given import ANDROID, FIREFOX, PASSWORD, PIN
from tests.pocket import Pocket, by_client

# One salt for all phones of the tests: the 600,000 rounds are computed once for a PIN.
SALT = b"salt of all test"

NAMES = {"dana": "Dana Chan", "eli": "Eli Wong", "mara": "Mara Lee"}


def cheapen(patch: pytest.MonkeyPatch) -> None:
    """Hashes that cost next to nothing: what they cost is not the subject here. Their number is, and stays."""
    patch.setattr(BoundedArgon2, "memory_cost", 8)
    patch.setattr(BoundedArgon2, "time_cost", 1)
    patch.setattr(policy, "ARGON2_MEMORY_KIB", 8)
    patch.setattr(policy, "ARGON2_TIME", 1)
    patch.setattr(Pocket, "iterations", 1)


def person(username: str = "mara", **fields: Any) -> User:
    """Somebody who can sign in with PASSWORD."""
    fields = {"name": NAMES.get(username, username.title()), "email": f"{username}@client.example", **fields}
    return User.objects.create_user(username, password=PASSWORD, **fields)


def desk(**headers: str) -> Client:
    """A browser at a desk, with cookies of its own."""
    return Client(headers={"host": host(), "user-agent": FIREFOX, **headers})


def phone(**options: Any) -> Pocket:
    """A phone without keys that speaks straight into this process."""
    client = Client(headers={"host": host(), "user-agent": ANDROID}, REMOTE_ADDR="198.51.100.20")
    return Pocket(settings.PORTAL_BASE_URL, by_client(client), **{"salt": SALT, **options})


def host() -> str:
    return settings.PORTAL_BASE_URL.partition("//")[2]


def give_password(browser: Client, user: User, password: str = PASSWORD) -> Any:
    """The first page of a sign-in; the answer leads to the next."""
    return browser.post("/sign-in/", {"username": user.username, "password": password})


def finish(browser: Client) -> Any:
    """What the page does by itself once the sign-in is approved."""
    return browser.post("/sign-in/finish/")


def shown_code(browser: Client) -> str:
    """The activation code that stands on the page of a browser that is signed in."""
    page = browser.get("/security/key/").content.decode()
    (code,) = set(re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", page))
    return code


def new_code(browser: Client) -> str:
    """Press "New code", and read it."""
    browser.post("/security/key/new-code/")
    return shown_code(browser)


def number(browser: Client) -> str:
    """The six digits that the page of the waiting sign-in shows, whatever the mode: the challenge code."""
    page = browser.get("/sign-in/verify/manual/").content.decode()
    (digits,) = re.findall(r"\b(\d{3}) (\d{3})\b", page)
    return "".join(digits)


def with_key(user: User, pocket: Pocket | None = None, pin: str = PIN, browser: Client | None = None) -> Pocket:
    """Activate a key for somebody who has none yet: password, code, claim, PIN. Returns the phone that holds it."""
    browser = browser or desk()
    give_password(browser, user)
    pocket = pocket or phone()
    pocket.claim(shown_code(browser))
    pocket.activate(pin, label=f"{user.name}'s Pixel", platform="android")
    return pocket
