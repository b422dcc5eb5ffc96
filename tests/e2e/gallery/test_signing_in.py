"""The door, and every state of a sign-in that a phone decides."""

import pytest

from accounts.models import Login
from tests.e2e.screens import Desk, Phone
from tests.factories import desk as client
from tests.factories import give_password, with_key
from tests.stories.ways import sign_in, sign_out
from twofactor.models import Challenge

# How a sign-in ends, as its question and the sign-in itself have it: state and reason of each.
ENDS = {
    "refused": ("denied", "cancel"),
    "other-number": ("denied", "number"),
    "wrong-pin": ("failed", "pin"),
    "wrong-response": ("failed", "response"),
    "too-late": ("expired", ""),
}
OVER = {
    "cancelled": ("cancelled", ""),
    "replaced": ("superseded", "replaced"),
    "cannot-go-on": ("failed", ""),
}


@pytest.fixture
def here(mara):
    """A browser that Mara has signed in with before; and the phone that is her key."""
    browser = client()
    browser.pocket = with_key(mara, browser=browser)
    sign_out(browser)
    return browser


def test_the_door(mara, window, stop):
    desk = Desk(window(None, "/sign-in/"))
    stop("sign-in/empty", desk.page)
    desk.give_password("mara", "not her password")
    stop("sign-in/wrong", desk.page)
    while not desk.page.locator("[role=alert] time").count():
        desk.give_password("mara", "not her password")
    stop("sign-in/too-often", desk.page)


def test_a_session_that_has_ended(mara, here, window, stop):
    sign_in(here, mara, here.pocket)
    page = window(here, "/security/")
    sign_out(here)
    page.reload()
    stop("sign-in/session-ended", page)


def test_the_number_to_carry(mara, here, window, stop):
    give_password(here, mara)
    page = window(here, "/sign-in/verify/")
    stop("waiting/number", page)
    page.locator("summary").first.click()
    stop("waiting/number-as-square", page)
    page.goto("/sign-in/")
    stop("sign-in/one-goes-on", page)


def test_a_tap_is_enough(mara, here, window, stop):
    sign_in(here, mara, here.pocket)
    sign_out(here)
    give_password(here, mara)
    page = window(here, "/sign-in/verify/")
    stop("waiting/tap", page)
    challenge = here.pocket.challenge()
    here.pocket.seen(challenge, "shown")
    page.goto("/sign-in/verify/")
    stop("waiting/shown-on-the-phone", page)
    Phone(page).lose_network()
    page.locator("[data-remark]:not(:empty)").wait_for()
    stop("waiting/connection-lost", page)


def test_how_a_sign_in_ends(mara, here, window, stop):
    give_password(here, mara)
    page = window(here)
    for name, (state, reason) in ENDS.items():
        Challenge.objects.update(state=state, reason=reason)
        page.goto("/sign-in/verify/")
        stop(f"ended/{name}", page)
    for name, (state, reason) in OVER.items():
        Login.objects.update(state=state, reason=reason)
        page.goto("/sign-in/verify/")
        stop(f"ended/{name}", page)


def test_a_sign_in_that_is_reported(mara, here, window, stop):
    give_password(here, mara)
    here.pocket.not_me(here.pocket.challenge())
    stop("ended/reported", window(here, "/sign-in/verify/"))


def test_by_hand(mara, here, window, stop):
    give_password(here, mara)
    page = window(here, "/sign-in/verify/manual/")
    stop("by-hand/empty", page)
    desk = Desk(page)
    desk.give_response("0000 0000")
    stop("by-hand/wrong", page)
    desk.give_response("12")
    stop("by-hand/too-short", page)
    desk.give_response("0000 0000")
    desk.give_response("0000 0000")
    stop("by-hand/wrong-too-often", page)


def test_a_locked_key(mara, here, window, stop):
    mara.portal_keys.update(state="locked")
    give_password(here, mara)
    page = window(here, "/sign-in/verify/")
    stop("waiting/locked", page)
    page.goto("/sign-in/verify/manual/")
    stop("by-hand/locked", page)
