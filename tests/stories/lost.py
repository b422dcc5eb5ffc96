"""An account with all that helps when the phone is gone, and whoever has its password and reads its texts."""

from typing import Any

from django.test import Client

from accounts.models import User
from tests.factories import PIN, desk, finish, give_password, number, phone
from tests.pocket import Pocket
from tests.stories.carried import NUMBER, choose, code_to, type_code
from tests.stories.ways import code_at, is_in

MOVE = "/security/key/move/"
DUE, PASSWORD_PAGE = "/security/password/due/", "/security/password/"
NEW = "four entirely different words"


def at(address: str) -> Client:
    """A browser that nobody knows, at this address."""
    browser = desk()
    browser.defaults["REMOTE_ADDR"] = address
    return browser


def by_sim(browser: Client, user: User, word: str | None = None) -> None:
    """Sign in with the password, and with a code to the number at which texts rest for the key."""
    give_password(browser, user, *([word] if word else []))
    browser.post("/sign-in/verify/lost/text/")
    type_code(browser, code_to(NUMBER))


def with_phone(browser: Client, user: User, pocket: Pocket, word: str | None = None) -> None:
    """Sign in with the key, wherever the session may go then."""
    give_password(browser, user, *([word] if word else []))
    if not pocket.challenges():
        choose(browser, "key")
    pocket.approve(pocket.challenges()[0], PIN, number=number(browser))
    finish(browser)


def way(browser: Client) -> str:
    """How this browser comes to a code for a new phone, as the page about moving has it."""
    name: str = browser.get(MOVE).context["way"].name
    return name


def take(browser: Client) -> str:
    """Press "Show the code", as the page does by itself."""
    browser.post(MOVE)
    return code_at(browser)


def activate_at(browser: Client, pocket: Pocket | None = None, pin: str = PIN, label: str = "Second") -> Pocket:
    """Activate a phone with the code that this browser shows; one that nobody has seen before, or this one."""
    pocket = pocket or phone()
    pocket.claim(code_at(browser))
    pocket.activate(pin, label=label, platform="android")
    return pocket


def moved_to(browser: Client, label: str = "Second") -> Pocket:
    """Show a code, and activate a phone that nobody has seen before with it."""
    take(browser)
    return activate_at(browser, label=label)


def choose_password(browser: Client, new: str = NEW) -> Any:
    return browser.post(PASSWORD_PAGE, {"password": new, "again": new})


def has(user: User, word: str) -> bool:
    user.refresh_from_db()
    return user.check_password(word)


def is_led_on(browser: Client) -> bool:
    """Whether this browser is signed in, and reaches nothing but the page that says how to come by a new password."""
    return not is_in(browser) and all(
        each.status_code == 302 and each["Location"] == DUE
        for path in ("/", PASSWORD_PAGE, MOVE, "/security/key/", "/security/phone/", "/security/activity/")
        for each in (browser.get(path), browser.post(path))
    )
