"""Home, the security overview, and each page behind it: empty, usual, full, and with what is wrong."""

import pytest

from tests.factories import desk as client
from tests.factories import give_password, with_key
from tests.stories import app_codes
from tests.stories.carried import given_number
from tests.stories.recovering import sheet_of
from tests.stories.ways import sign_in, sign_out
from tests.stories.webauthn import add_passkey

PAGES = {
    "key": "/security/key/",
    "phone": "/security/phone/",
    "passkeys": "/security/passkeys/",
    "app": "/security/app/",
    "recovery-codes": "/security/recovery-codes/",
    "sessions": "/security/sessions/",
    "activity": "/security/activity/",
    "password": "/security/password/",
}


@pytest.fixture
def beginner(mara):
    """Mara has a password and nothing else, and has just signed in."""
    here = client()
    give_password(here, mara)
    return here


@pytest.fixture
def usual(mara):
    """Mara has a key, and has just signed in with it."""
    here = client()
    here.pocket = with_key(mara, browser=here)
    sign_out(here)
    sign_in(here, mara, here.pocket)
    return here


@pytest.fixture
def full(mara, usual):
    """And whatever else there is, in several browsers."""
    given_number(mara)
    add_passkey(usual)
    add_passkey(usual, label="A key whose name somebody has given a great deal of thought")
    app_codes.set_up(usual)
    sheet_of(usual)
    for agent in ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) Safari/605.1.15", "curl/8"):
        there = client(**{"user-agent": agent})
        sign_in(there, mara, usual.pocket)
    return usual


def test_with_a_password_alone(beginner, window, stop):
    page = window(beginner, "/")
    stop("home/first-time", page)
    page.goto("/security/")
    stop("security/beginner", page)
    for name, path in PAGES.items():
        page.goto(path)
        stop(f"{name}/beginner", page)


def test_with_a_key(usual, window, stop):
    page = window(usual, "/")
    stop("home/usual", page)
    page.goto("/security/")
    stop("security/usual", page)
    for name, path in PAGES.items():
        page.goto(path)
        stop(f"{name}/usual", page)
    for name in ("deactivate", "move"):
        page.goto(f"/security/key/{name}/")
        stop(f"key/{name}", page)


def test_with_everything(full, window, stop):
    page = window(full, "/")
    stop("home/full", page)
    page.goto("/security/")
    stop("security/full", page)
    for name in ("phone", "passkeys", "app", "recovery-codes", "sessions", "activity"):
        page.goto(PAGES[name])
        stop(f"{name}/full", page)
    page.goto("/security/phone/remove/")
    stop("phone/remove", page)
    page.goto("/security/phone/?change=1")
    stop("phone/change", page)
    page.goto("/security/app/remove/")
    stop("app/remove", page)
