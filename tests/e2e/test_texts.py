"""Signing in with a code by text. Every code is read off the virtual phone."""

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from tests.e2e.demo import DemoDesk, VirtualPhone
from tests.e2e.screens import Phone

ANOTHER = {"0": "1", "1": "2", "2": "3", "3": "4", "4": "5", "5": "6", "6": "7", "7": "8", "8": "9", "9": "0"}


def wrong(code: str) -> str:
    """Another code than this one."""
    return ANOTHER[code[0]] + code[1:]


@pytest.fixture
def waiting(at_desk, virtual) -> DemoDesk:
    """Eli has given his password, and a code is out."""
    at_desk.give_password("eli")
    expect(at_desk.code).to_be_visible()
    return at_desk


def test_a_code_arrives_by_itself_and_signs_in(waiting, virtual):
    expect(waiting.page.get_by_role("heading", level=1)).to_have_text("Check your phone")
    # The number is named by its ends alone.
    expect(waiting.page.get_by_text("We sent a text to +852 •••• 67.")).to_be_visible()
    expect(virtual.message("is your security code to sign in to Client Portal.")).to_be_visible()
    expect(waiting.hops().last).to_have_text(re.compile("Reached the phone at"))
    waiting.give_code(virtual.code())
    waiting.expect_signed_in()


@pytest.mark.parametrize("shape", ["{0} {1}", "{0}{1} is your security code.\n\n@localhost #{0}{1}"])
def test_a_pasted_code_goes_off_by_itself_and_nothing_else_does(waiting, virtual, shape):
    code = virtual.code()
    waiting.paste(waiting.code, "12345")
    waiting.paste(waiting.code, " or 123456 or 654321")
    expect(waiting.code).to_have_value("12345 or 123456 or 654321")
    waiting.code.fill("")
    waiting.paste(waiting.code, shape.format(code[:3], code[3:]))
    waiting.expect_signed_in()


def test_a_code_that_the_browser_fills_in_goes_off_by_itself(waiting, virtual):
    expect(waiting.code).to_have_attribute("autocomplete", "one-time-code")
    expect(waiting.code).to_have_attribute("inputmode", "numeric")
    expect(waiting.code).to_have_attribute("type", "text")
    fill = "(field, code) => { field.value = code; field.dispatchEvent(new Event('input', { bubbles: true })); }"
    waiting.code.evaluate(fill, virtual.code())
    waiting.expect_signed_in()


def test_a_wrong_code_is_refused_at_its_field_and_the_right_one_still_counts(waiting, virtual):
    code = virtual.code()
    waiting.give_code("12345")
    waiting.expect_wrong("Security code", "Type all 6 digits.")
    expect(waiting.code).to_have_value("12345")
    waiting.give_code(wrong(code))
    waiting.expect_wrong("Security code", "You have 4 more tries")
    expect(waiting.page.get_by_text("4 tries left")).to_be_visible()
    waiting.give_code(f"{code[:3]} {code[3:]}")
    waiting.expect_signed_in()


@pytest.mark.long
def test_a_reload_after_a_wrong_code_costs_no_try_and_the_way_back_is_a_page(waiting, virtual):
    code = virtual.code()
    waiting.give_code(wrong(code))
    waiting.expect_wrong("Security code", "You have 4 more tries")
    waiting.page.reload()
    expect(waiting.page.get_by_text("4 tries left")).to_be_visible()
    waiting.give_code(wrong(code))
    waiting.expect_wrong("Security code", "You have 3 more tries")
    waiting.page.goto("/help/")
    waiting.page.go_back()
    expect(waiting.page.get_by_text("3 tries left")).to_be_visible()
    waiting.give_code(code)
    waiting.expect_signed_in()


def test_the_code_can_be_sent_again_after_a_minute_and_is_the_same_one(demo, waiting, virtual):
    button = waiting.button("Send the code again")
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(re.compile(r"It can be sent again from \d\d:\d\d:\d\d"))
    first = virtual.code()
    demo.later(61)
    waiting.page.reload()
    button.click()
    assert virtual.code() == first
    expect(waiting.hops().first).to_have_text(re.compile("with the same code"))
    # The reload had sent nothing.
    expect(waiting.hops("Sent before")).to_have_count(1)
    expect(button).to_be_disabled()
    waiting.give_code(first)
    waiting.expect_signed_in()


def test_without_scripts_the_code_signs_in_and_the_server_says_when_it_can_be_sent_again(browsers, virtual):
    desk = DemoDesk(browsers(java_script_enabled=False).new_page())
    desk.give_password("eli")
    desk.press("Send the code again")
    expect(desk.page.get_by_text(re.compile(r"The next text can be sent at \d\d:\d\d:\d\d"))).to_be_visible()
    desk.press("Call me instead")
    expect(desk.page.get_by_text(re.compile(r"The next call can be made at \d\d:\d\d:\d\d"))).to_be_visible()
    desk.give_code(virtual.code())
    desk.expect_signed_in()
    expect(virtual.received).to_have_count(0)


@pytest.mark.long
def test_a_code_that_is_over_gives_way_to_a_new_one(demo, waiting, virtual):
    first = virtual.code()
    demo.later(301)
    waiting.page.reload()
    expect(waiting.page.get_by_role("heading", level=1)).to_have_text("This code is over")
    waiting.press("Send the code again")
    second = virtual.code()
    waiting.give_code(first)
    waiting.expect_wrong("Security code", "not the digits that were sent")
    waiting.give_code(second)
    waiting.expect_signed_in()


@pytest.mark.long
def test_giving_up_ends_the_sign_in(waiting, virtual):
    waiting.press("Cancel")
    expect(waiting.page.get_by_text("You cancelled the sign-in.")).to_be_visible()
    waiting.page.goto("/sign-in/verify/code/")
    waiting.expect_ended("Sign-in cancelled")
    expect(waiting.code).to_be_hidden()


@pytest.mark.long
def test_without_reception_the_desk_says_how_far_the_text_has_come(browsers, virtual):
    virtual.set_reception(False)
    # A browser of its own, because its clock is moved.
    at_desk = DemoDesk(browsers().new_page())
    at_desk.page.clock.install()
    at_desk.give_password("eli")
    expect(at_desk.hops()).to_have_text(
        [re.compile("Text asked for at"), re.compile("Handed to the carrier at"), re.compile("has not reported")]
    )
    cure = at_desk.page.get_by_text("Still nothing there? Turn the phone fully off and on again, or let us call you.")
    expect(cure).to_be_hidden()
    at_desk.page.clock.fast_forward("00:40")
    expect(cure).to_be_visible()
    expect(virtual.page.get_by_text("1 message waits for reception")).to_be_visible()
    expect(virtual.received).to_have_count(0)
    virtual.set_reception(True)
    # Both pages move on by themselves.
    expect(at_desk.hops().last).to_have_text(re.compile("Reached the phone at"))
    expect(cure).to_be_hidden()
    at_desk.give_code(virtual.code())
    at_desk.expect_signed_in()


@pytest.mark.long
def test_a_text_that_a_carrier_refuses_is_told_with_its_cure(at_desk, virtual):
    for reason, told, cure in [
        ("number", "This number takes no texts", "If you have another number by now, ask"),
        ("blocked", "A filter of the telephone company or", "Ask your telephone company whether it"),
        ("setup", "how this portal is set up", "Sending it again does not help"),
    ]:
        virtual.refuse("text", reason)
        at_desk.give_password("eli")
        expect(at_desk.status.first).to_contain_text("The text did not get through.")
        expect(at_desk.hops().last).to_have_text(re.compile(told))
        expect(at_desk.page.get_by_text(cure)).to_be_visible()
        expect(at_desk.page.get_by_text("A call often gets through where a text does not.")).to_be_visible()
        # A call need not wait for the minute that a text on its way would get.
        expect(at_desk.button("Call me instead")).to_be_enabled()


def test_a_carrier_that_is_away_is_tried_again_and_the_page_follows(at_desk, virtual):
    virtual.refuse("text", "unreachable")
    at_desk.give_password("eli")
    expect(at_desk.hops().nth(1)).to_have_text(re.compile("Not handed to the carrier yet"))
    virtual.refuse("text", "blocked")
    expect(at_desk.hops().last).to_have_text(re.compile("A filter of the telephone company"))
    expect(at_desk.page.get_by_text("Ask your telephone company whether it")).to_be_visible()


def test_who_has_a_key_and_texts_chooses_and_the_kind_used_last_comes_first(browsers, at_desk, virtual):
    key, text = "Portal Key on Android phone", "Text to +852 •••• 67"
    at_desk.sign_in_by_text("eli", virtual)
    authenticator = Phone(browsers(**Phone.SHAPE).new_page())
    authenticator.scan(at_desk.scanned())
    authenticator.create_pin("Eli Wong")
    expect(at_desk.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()
    at_desk.page.goto("/security/phone/")
    # The key has put the texts to rest.
    expect(at_desk.page.get_by_text("Paused", exact=True)).to_be_visible()
    at_desk.press("Switch texts on")
    expect(at_desk.page.get_by_text("Codes by text are switched on.")).to_be_visible()
    at_desk.sign_out()

    box = at_desk.page.get_by_label("Select second factor device")
    at_desk.give_password("eli")
    expect(at_desk.code).to_be_visible()
    expect(box.locator("option")).to_have_text([text, key])
    expect(box).to_have_value("text")
    authenticator.expect_idle()
    box.select_option(key)
    at_desk.press("Use this device")
    authenticator.approve(number=at_desk.number())
    at_desk.expect_signed_in()
    at_desk.sign_out()

    virtual.put_aside()
    at_desk.give_password("eli")
    expect(box.locator("option")).to_have_text([key, text])
    expect(box).to_have_value("key")
    # Only now does a text go out.
    expect(virtual.received).to_have_count(0)
    box.select_option(text)
    at_desk.press("Use this device")
    at_desk.give_code(virtual.code())
    at_desk.expect_signed_in()
    expect(at_desk.page.get_by_text("You signed in with a code by text. Portal Key is the safer way")).to_be_visible()
    expect(virtual.message("you signed in with a code by text instead of Portal Key")).to_be_visible()


def test_in_chinese_the_whole_sign_in_and_the_text_are_chinese(at_desk, virtual):
    at_desk.page.goto("/sign-in/")
    at_desk.page.get_by_role("button", name="繁體中文").click()
    expect(at_desk.page.locator("html")).to_have_attribute("lang", "zh-hant")
    said = ("Username", "Password", "Log in", "Security code", "Continue", "Sign out")
    with translation.override("zh-hant"):
        username, password, log_in, security_code, go_on, sign_out = map(gettext, said)
        arrived = gettext("The text has arrived on the phone.")
        text = gettext(
            "%(code)s is your security code to sign in to %(portal)s. Tell it to nobody. Not you? Change your password."
        )
    at_desk.page.get_by_label(username).fill("eli")
    at_desk.page.get_by_label(password).fill(at_desk.password)
    at_desk.press(log_in)
    expect(at_desk.status.first).to_contain_text(arrived)
    words = re.escape(text % {"code": "CODE", "portal": "Client Portal"}).replace("CODE", r"\d{6}")
    expect(virtual.message(re.compile(words)).locator("[lang=zh-Hant]")).to_be_visible()
    at_desk.page.get_by_label(security_code).fill(virtual.code())
    at_desk.press(go_on)
    expect(at_desk.button(sign_out)).to_be_visible()


def test_without_sockets_the_desk_and_the_virtual_phone_poll(browsers):
    pages = []
    for _ in range(2):
        context = browsers()
        context.route_web_socket("**/ws/**", lambda socket: socket.close())
        pages.append(context.new_page())
    desk, virtual = DemoDesk(pages[0]), VirtualPhone(pages[1])
    desk.give_password("eli")
    code = virtual.code()
    expect(desk.hops().last).to_have_text(re.compile("Reached the phone at"))
    desk.give_code(code)
    desk.expect_signed_in()


def test_the_keyboard_alone_is_enough_and_typed_digits_wait_for_the_button(at_desk, virtual):
    page = at_desk.page
    page.goto("/sign-in/")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type("eli")
    page.keyboard.press("Tab")
    page.keyboard.type(at_desk.password)
    page.keyboard.press("Enter")
    expect(at_desk.code).to_be_focused()
    page.keyboard.type(virtual.code())
    # Had they gone off by themselves, another page would stand here once the server has answered something.
    page.evaluate("() => fetch('/sign-in/status/').then((answer) => answer.json())")
    expect(at_desk.code).to_have_value(re.compile(r"^\d{6}$"))
    page.keyboard.press("Tab")
    expect(at_desk.button("Continue")).to_be_focused()
    page.keyboard.press("Enter")
    at_desk.expect_signed_in()
