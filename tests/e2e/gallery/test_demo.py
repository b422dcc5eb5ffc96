"""The demonstration: its phone, and the page on plain http that leads a phone to it."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from portal.demo.plain import Lead
from tests.e2e.browsers import contexts_of
from tests.e2e.demo import DemoDesk, VirtualPhone
from tests.e2e.gallery.spoken import speaking
from tests.given import ANDROID, FIREFOX, IPHONE

# `make scenes` and `make gallery` have them all; of those in every run see the others beside this one.
pytestmark = pytest.mark.long


@pytest.fixture
def opened(demo, browser, language) -> Iterator[Callable[[], Page]]:
    """Windows of somebody who reads this language, in front of the demo."""
    for make in contexts_of(browser, demo.address):
        yield lambda make=make: speaking(make, language).new_page()


def test_the_phone_of_the_demo(demo, opened, stop):
    page = opened()
    page.goto("/demo/phone/")
    stop("demo/phone-empty", page)
    desk, phone = DemoDesk(opened()), VirtualPhone(page)
    desk.give_password("eli")
    expect(phone.received).not_to_have_count(0)
    stop("demo/phone-with-a-text", page)
    demo.later(61)
    desk.page.goto("/sign-in/verify/code/")
    stop("demo/code", desk.page)
    desk.press("Call me instead")
    expect(phone.button("Answer")).to_be_visible()
    stop("demo/code-by-call", desk.page)
    stop("demo/phone-rings", page)
    phone.button("Answer").click()
    keypad = page.get_by_role("group", name="Keypad")
    expect(keypad).to_be_visible()
    stop("demo/phone-asks-for-a-key", page)
    keypad.get_by_role("button", name="5", exact=True).click()
    expect(phone.spoken.first).to_be_visible()
    stop("demo/phone-speaks", page)
    phone.button("Hang up").click()
    phone.button("Switch reception off").click()
    expect(phone.button("Switch reception on")).to_be_visible()
    stop("demo/phone-without-reception", page)


def test_the_page_on_plain_http(transactional_db, shown, stop, language):
    """It is served by itself, and its certificate is made by an authority of its own."""
    authority = SimpleNamespace(fingerprint="5E:1F:8A:90:C2:7B:34:D6", title="Client Portal demo", der=b"")
    lead = Lead(SimpleNamespace(base_url="https://192.168.1.5:8000", is_named=False), authority)
    for name, agent in {"android": ANDROID, "iphone": IPHONE, "computer": FIREFOX}.items():
        asked = SimpleNamespace(path=b"/", getHeader={"accept-language": language, "user-agent": agent}.get)
        stop(f"demo/plain-http-{name}", shown(lead._page(asked).body))
