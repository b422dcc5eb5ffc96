"""Steps of people whose phone is gone, and the sheet that they hold in their hand."""

import re
from typing import Any

from django.test import Client

from accounts.models import User
from tests.factories import give_password
from tests.stories.ways import is_in, login_of
from twofactor import recovery

_SIXTEEN = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
SHEET = "/security/recovery-codes/"


def sixteens(page: Any) -> list[str]:
    """What is shown in four groups of four on a page."""
    return _SIXTEEN.findall(page.content.decode())


def new_sheet(browser: Client) -> list[str]:
    """Press "Make recovery codes", and write them down."""
    browser.post(f"{SHEET}make/")
    return sixteens(browser.get(SHEET))


def prove(browser: Client, code: str) -> Any:
    return browser.post(f"{SHEET}prove/", {"code": code})


def sheet_of(browser: Client) -> list[str]:
    """From a browser with a fresh sign-in, the whole road to ten codes that count."""
    codes = new_sheet(browser)
    assert prove(browser, codes[0]).status_code == 302
    return codes


def type_recovery(browser: Client, code: str, **extra: Any) -> Any:
    return browser.post("/sign-in/verify/recovery/", {"code": code}, **extra)


def type_passcode(browser: Client, code: str, **extra: Any) -> Any:
    return browser.post("/sign-in/verify/passcode/", {"code": code}, **extra)


def recovered(browser: Client, user: User, code: str) -> None:
    """The whole road with a recovery code."""
    give_password(browser, user)
    type_recovery(browser, code)
    assert is_in(browser)


def issued(browser: Client, user: User, staff: User, **fields: Any) -> str:
    """A caller at the desk's page, staff who press the button; gives what stands on the caller's page."""
    give_password(browser, user)
    recovery.issue_passcode(login_of(browser), staff=staff, reason="lost the phone on a ferry", **fields)
    (code,) = sixteens(browser.get("/sign-in/verify/desk/"))
    return code
