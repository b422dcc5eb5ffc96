"""An authenticator app in Python: set up from the page, and what it shows."""

import base64
import re
import time

from twofactor.protocol import totp

PAGE, VERIFY = "/security/app/", "/sign-in/verify/app/"


def secret_at(browser):
    """The secret as the page spells it out for typing."""
    found = re.search(r'<code translate="no">([A-Z2-7 ]+)</code>', browser.get(PAGE).content.decode())
    return base64.b32decode(found[1].replace(" ", "")) if found else b""


def shown(secret, steps=0):
    """What an app with this secret shows now, or some steps later."""
    return totp.code(secret, int(time.time()) // 30 + steps)


def set_up(browser):
    """From a browser that is signed in, the whole road to an app that counts; gives its secret."""
    browser.post(f"{PAGE}make/")
    secret = secret_at(browser)
    assert browser.post(f"{PAGE}prove/", {"code": shown(secret)}).status_code == 302
    return secret


def type_app(browser, code):
    return browser.post(VERIFY, {"code": code})
