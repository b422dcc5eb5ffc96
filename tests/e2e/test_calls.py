"""A voice says the code, and only to whoever takes the call and presses a key."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.demo import CALL_HOPS, DemoDesk

RINGS = "The phone is ringing: Client Portal calls +852 6123 4567."


@pytest.fixture
def texted(at_desk, virtual) -> str:
    """Eli has given his password, and got this code by text."""
    at_desk.give_password("eli")
    return virtual.code()


@pytest.fixture
def called(texted, demo, at_desk) -> DemoDesk:
    """A minute later Eli has asked for a call."""
    button = at_desk.button("Call me instead")
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(re.compile(r"We can call from \d\d:\d\d:\d\d"))
    demo.later(61)
    at_desk.page.reload()
    button.click()
    return at_desk


def test_a_call_says_the_code_after_a_key_was_pressed(called, texted, virtual):
    # It rings by itself, also for whoever cannot see it.
    expect(virtual.page.get_by_role("alert")).to_have_text(re.compile(re.escape(RINGS)))
    expect(called.page.get_by_text("Take the call and press any key: a voice says the code twice.")).to_be_visible()
    expect(called.hops(CALL_HOPS).last).to_have_text(re.compile("The code has not been said yet"))
    virtual.take_call()
    # Nothing of the code is anywhere on the phone yet: an answering machine would have heard nothing.
    expect(virtual.spoken).to_have_count(0)
    assert virtual.press_key("5") == texted
    expect(virtual.page.get_by_role("group", name="Code, said again")).to_have_text(virtual.spoken.inner_text())
    expect(called.hops(CALL_HOPS).last).to_have_text(re.compile("The code was said at"))
    called.give_code(texted)
    called.expect_signed_in()


def test_a_declined_call_says_nothing_and_the_desk_says_what_helps(called, texted, virtual):
    virtual.button("Decline").click()
    expect(virtual.message("Declined call").get_by_text("The code was not said.")).to_be_visible()
    expect(called.hops(CALL_HOPS).last).to_have_text(re.compile("Nobody took the call, or no key was pressed"))
    expect(called.page.get_by_text("take the next call, and press any key when the voice asks")).to_be_visible()
    # The next one may not ring at once.
    expect(called.button("Call me instead")).to_be_disabled()
    # What came by text before it is still good.
    called.give_code(texted)
    called.expect_signed_in()


@pytest.mark.long
def test_whoever_hangs_up_before_a_key_hears_no_code(called, virtual):
    virtual.take_call()
    virtual.button("Hang up").click()
    expect(virtual.message("Missed call").get_by_text("so the code was not said")).to_be_visible()
    expect(called.hops(CALL_HOPS).last).to_have_text(re.compile("Nobody took the call, or no key was pressed"))


@pytest.mark.long
def test_where_texts_are_refused_a_call_takes_their_place_at_once(at_desk, virtual):
    virtual.refuse("text", "blocked")
    at_desk.give_password("eli")
    at_desk.press("Call me instead")
    virtual.take_call()
    at_desk.give_code(virtual.press_key("#"))
    at_desk.expect_signed_in()


def test_a_number_is_confirmed_by_a_call(at_desk, virtual):
    virtual.refuse("text", "number")
    at_desk.give_password("mara")
    at_desk.page.goto("/security/phone/")
    at_desk.give_number("9876 5432")
    expect(at_desk.hops().last).to_have_text(re.compile("This number takes no texts"))
    at_desk.press("Call me instead")
    virtual.take_call()
    at_desk.confirm(virtual.press_key("1"))
    expect(at_desk.page.get_by_role("heading", name="+852 •••• 32")).to_be_visible()
