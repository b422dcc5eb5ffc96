"""The page on the phone, from its first opening to its last key."""

import pytest
from playwright.sync_api import expect

from tests.e2e.gallery.hand import Hand
from tests.e2e.locks import Lock
from tests.e2e.screens import Phone
from tests.factories import PIN, finish, give_password, number, shown_code
from tests.factories import desk as client
from tests.given import ANDROID, FIREFOX, IPHONE
from tests.stories.lost import moved_to
from tests.stories.sealing import grown, send
from tests.stories.ways import ask_old, sign_out
from twofactor.models import Challenge


@pytest.fixture
def hand(phone) -> Hand:
    return Hand(phone)


@pytest.fixture
def here(mara):
    """A browser in which Mara has given her password."""
    browser = client()
    give_password(browser, mara)
    return browser


@pytest.fixture
def keyed(hand, here) -> Hand:
    """Mara's key is on the phone, and she is signed in nowhere."""
    hand.bring(shown_code(here))
    hand.fill(pin_new=PIN, pin_again=PIN)
    hand.press("go", "done")
    sign_out(here)
    return hand


def test_before_anybody_is_registered(transactional_db, hand, stop):
    hand.phone.open()
    hand.sees("register")
    stop("authenticator/welcome", hand.page)
    for name in ("authenticate", "accounts", "settings"):
        hand.place(name)
        stop(f"authenticator/{name}-of-nobody", hand.page)
    for name in ("requirements", "notifications", "messages"):
        hand.press(name)
        expect(hand.page.locator("h1:visible")).to_be_visible()
        stop(f"authenticator/{name}-of-nobody", hand.page)
        hand.place("settings")


def test_an_activation(here, hand, stop):
    hand.phone.open()
    hand.press("register")
    hand.sees("code")
    stop("authenticator/add", hand.page)
    hand.fill(code="K7QF-3M9T-W2HD")
    hand.press("go")
    hand.sees("code-wrong")
    stop("authenticator/add-wrong", hand.page)
    hand.bring(shown_code(here))
    stop("authenticator/name-and-pin", hand.page)
    for new, again, name in (("1234", "1234", "poor-pin"), (PIN, "24x8", "pins-differ")):
        hand.fill(pin_new=new, pin_again=again)
        hand.press("go")
        hand.sees("pin-wrong")
        stop(f"authenticator/{name}", hand.page)
    hand.fill(pin_new=PIN, pin_again=PIN)
    hand.press("go")
    hand.sees("done")
    stop("authenticator/activated", hand.page)
    hand.press("done")
    stop("authenticator/home", hand.page)


def test_biometrics_are_offered(here, hand, stop):
    Lock(hand.page)
    hand.bring(shown_code(here))
    hand.fill(pin_new=PIN, pin_again=PIN)
    hand.press("go")
    hand.sees("biometrics")
    stop("authenticator/biometrics-offered", hand.page)


def test_a_phone_without_a_camera(transactional_db, hand, stop):
    hand.phone.open()
    hand.press("register", "scan")
    hand.sees("trouble")
    stop("authenticator/no-camera", hand.page)


def test_a_question_with_a_number(mara, keyed, stop):
    hand, here = keyed, client()
    give_password(here, mara)
    hand.sees("approve")
    stop("request/with-a-number", hand.page)
    right = number(here)
    hand.fill(number=f"{(int(right) + 1) % 10**6:06d}", pin=PIN)
    hand.press("approve")
    hand.sees("problem")
    stop("request/wrong-number", hand.page)
    hand.press("refuse")
    hand.sees("not-me")
    stop("request/why-refused", hand.page)
    hand.press("back")
    hand.fill(number=right, pin=PIN)
    hand.press("approve")
    hand.sees("done")
    stop("request/approved", hand.page)
    finish(here)
    sign_out(here)
    # The question takes the place of what has been said of the one before.
    give_password(here, mara)
    hand.sees("pin")
    stop("request/with-a-tap", hand.page)
    hand.fill(pin="9z9z")
    hand.press("approve")
    hand.sees("problem")
    stop("request/wrong-pin", hand.page)
    hand.press("refuse", "cancel")
    hand.sees("done")
    stop("request/refused", hand.page)


def test_a_question_that_was_reported(mara, here, keyed, stop):
    hand = keyed
    give_password(here, mara)
    hand.press("refuse", "not-me")
    hand.sees("done")
    stop("request/reported", hand.page)


def test_a_question_that_is_answered_too_late(mara, here, keyed, stop):
    hand = keyed
    give_password(here, mara)
    hand.sees("approve")
    Challenge.objects.update(state="expired")
    hand.fill(number="000000", pin=PIN)
    hand.press("approve")
    hand.sees("done")
    stop("request/too-late", hand.page)


def test_several_questions(mara, keyed, here, stop):
    for _ in range(2):
        give_password(client(), mara)
    hand = keyed
    hand.press("others")
    expect(hand.page.locator(".choices")).to_be_visible()
    stop("request/several", hand.page)


def test_something_else_that_is_asked(mara, here, keyed, stop):
    hand = keyed
    give_password(here, mara)
    hand.fill(number=number(here), pin=PIN)
    hand.press("approve", "done")
    finish(here)
    ask_old(here)
    hand.sees("approve")
    stop("request/move-to-a-new-phone", hand.page)
    hand.fill(pin=PIN)
    hand.press("approve")
    hand.sees("done")
    moved_to(here)
    expect(hand.page.locator("h1:visible")).to_contain_text("Portal Key")
    stop("authenticator/moved", hand.page)


def test_by_hand(keyed, stop):
    hand = keyed
    hand.place("authenticate")
    hand.sees("question")
    stop("authenticator/by-hand", hand.page)
    hand.fill(question="12")
    hand.press("go")
    hand.sees("wrong")
    stop("authenticator/by-hand-wrong", hand.page)
    hand.fill(question="481 502", pin=PIN)
    hand.press("go")
    hand.sees("response")
    stop("authenticator/by-hand-response", hand.page)


def test_accounts_and_settings(mara, keyed, stop):
    hand = keyed
    hand.place("accounts")
    stop("authenticator/accounts", hand.page)
    hand.press("open")
    hand.sees("forget")
    stop("authenticator/account", hand.page)
    hand.press("forget")
    hand.sees("no")
    stop("authenticator/forget", hand.page)
    hand.place("settings")
    stop("authenticator/settings", hand.page)
    for part in ("requirements", "notifications", "biometrics", "changing"):
        hand.press(part)
        expect(hand.page.locator("h1:visible")).to_be_visible()
        stop(f"authenticator/{part}", hand.page)
        hand.place("settings")
    hand.press("changing")
    hand.fill(pin_old=PIN, pin_next="1234", pin_repeated="1234")
    hand.press("go")
    hand.sees("next-wrong")
    stop("authenticator/changing-wrong", hand.page)
    hand.press("forgotten")
    expect(hand.page.locator("section.ways")).to_be_visible()
    stop("authenticator/forgotten-pin", hand.page)


def test_a_sealed_password(mara, keyed, stop):
    hand = keyed
    grown(mara)
    send(mara)
    expect(hand.page.locator("[data-call]")).to_be_visible()
    stop("authenticator/a-message-waits", hand.page)
    hand.page.locator("[data-call-show]").click()
    stop("authenticator/messages", hand.page)
    hand.page.locator(".choices button", has=hand.page.locator("[data-part=unread]:visible")).last.click()
    hand.sees("pin")
    stop("authenticator/sealed-password", hand.page)
    hand.fill(pin=PIN)
    hand.press("go")
    hand.sees("secret")
    stop("authenticator/sealed-password-open", hand.page)


def test_without_a_network(keyed, stop):
    hand = keyed
    hand.phone.lose_network()
    hand.sees("no-network")
    stop("authenticator/home-without-a-network", hand.page)


def test_a_key_that_is_switched_off(mara, keyed, stop):
    hand = keyed
    mara.portal_keys.update(state="revoked")
    hand.page.reload()
    hand.sees("done")
    stop("authenticator/switched-off", hand.page)


def test_a_browser_that_cannot_hold_keys(contexts, stop):
    context = contexts(**Phone.SHAPE)
    context.add_init_script("delete Window.prototype.indexedDB; delete window.indexedDB")
    page = context.new_page()
    page.goto("/authenticator/")
    expect(page.locator("main h1")).to_be_visible()
    stop("authenticator/cannot-run-here", page)


def test_where_a_picture_leads(contexts, stop):
    for name, agent in {"android": ANDROID, "iphone": IPHONE, "computer": FIREFOX}.items():
        page = contexts(**{**Phone.SHAPE, "user_agent": agent}).new_page()
        page.goto("/a#damaged")
        stop(f"landing/{name}-without-a-code", page)
        # Android goes straight on.
        if name != "android":
            page.goto("about:blank")
            page.goto("/a#K7QF3M9TW2HD")
            stop(f"landing/{name}", page)
