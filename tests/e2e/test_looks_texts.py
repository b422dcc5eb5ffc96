"""Every page and state of texts and calls: no rule of axe broken, light or dark, and nothing wider than the window."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.demo import CALL_HOPS, VirtualPhone, broken_rules, too_wide


def look(page: Page, state: str) -> None:
    """Judge what is shown now."""
    page.emulate_media(color_scheme="light")
    assert not broken_rules(page), state
    page.emulate_media(color_scheme="dark")
    assert not broken_rules(page, "color-contrast"), f"{state}, dark"
    page.emulate_media(color_scheme="light")
    wide = page.viewport_size
    assert wide
    page.set_viewport_size({"width": 320, "height": 640})
    assert not too_wide(page), f"{state}, at 320 px"
    page.set_viewport_size(wide)


def test_the_page_of_a_code(demo, at_desk, virtual):
    at_desk.give_password("eli")
    expect(at_desk.hops().last).to_have_text(re.compile("Reached the phone"))
    look(at_desk.page, "a text has arrived")
    at_desk.give_code("000000")
    look(at_desk.page, "a wrong code")
    demo.later(61)
    at_desk.page.goto("/sign-in/verify/code/")
    look(at_desk.page, "a minute later")
    virtual.refuse("text", "blocked")
    at_desk.press("Send the code again")
    expect(at_desk.hops().last).to_have_text(re.compile("A filter"))
    look(at_desk.page, "the second text is refused")
    at_desk.press("Call me instead")
    expect(at_desk.hops(CALL_HOPS).last).to_have_text(re.compile("The code has not been said yet"))
    look(at_desk.page, "a call rings")
    virtual.button("Decline").click()
    expect(at_desk.hops(CALL_HOPS).last).to_have_text(re.compile("Nobody took the call"))
    look(at_desk.page, "the call was declined")
    demo.later(301)
    at_desk.page.reload()
    expect(at_desk.code).to_be_hidden()
    look(at_desk.page, "the code is over")
    demo.later(301)
    at_desk.page.reload()
    look(at_desk.page, "the sign-in is over")


@pytest.mark.long
def test_the_page_of_a_code_where_none_can_be_sent(at_desk, virtual):
    virtual.refuse("text", "unreachable")
    at_desk.give_password("eli")
    expect(at_desk.hops().nth(1)).to_have_text(re.compile("Not handed to the carrier yet"))
    look(at_desk.page, "not handed over")
    virtual.refuse("nothing")
    virtual.code()
    for _ in range(3):
        at_desk.give_password("eli")
        expect(at_desk.button("Cancel")).to_be_visible()
    expect(at_desk.status).to_contain_text("No code was sent.")
    expect(at_desk.page.get_by_text("There were too many codes lately")).to_be_visible()
    expect(at_desk.button("Send the code")).to_be_disabled()
    look(at_desk.page, "the budget is used up")


@pytest.mark.long
def test_the_pages_of_a_choice(demo, at_desk, virtual):
    at_desk.sign_in_by_text("eli", virtual)
    look(at_desk.page, "home, protected by texts")
    demo.key_of(at_desk)
    at_desk.page.goto("/security/")
    look(at_desk.page, "overview, texts rest")
    at_desk.page.goto("/security/phone/")
    look(at_desk.page, "number, texts rest")
    at_desk.press("Switch texts on")
    look(at_desk.page, "number, texts on beside a key")
    at_desk.sign_out()
    demo.later(61)
    at_desk.give_password("eli")
    expect(at_desk.code).to_be_visible()
    look(at_desk.page, "code, with the list box")
    at_desk.page.get_by_label("Select second factor device").select_option("key")
    at_desk.press("Use this device")
    expect(at_desk.page.get_by_label("Number to enter on your phone")).to_be_visible()
    look(at_desk.page, "key, with the list box")
    at_desk.go_manual()
    look(at_desk.page, "by hand, with the list box")


def test_the_page_of_a_number_that_is_added(demo, at_desk, virtual):
    at_desk.give_password("mara")
    at_desk.page.goto("/security/phone/")
    look(at_desk.page, "no number")
    at_desk.give_number("2123 4567")
    look(at_desk.page, "a landline")
    at_desk.give_number("9876 5432")
    expect(at_desk.hops().last).to_have_text(re.compile("Reached the phone"))
    look(at_desk.page, "a number to confirm")
    demo.later(61)
    at_desk.page.goto("/security/phone/")
    at_desk.press("Call me instead")
    virtual.take_call()
    look(at_desk.page, "a confirmation by call")
    at_desk.confirm(virtual.press_key())
    expect(at_desk.page.get_by_text("The test text has arrived on the phone.")).to_be_visible()
    look(at_desk.page, "a confirmed number")


@pytest.mark.long
def test_the_page_of_a_confirmation_that_does_not_arrive(demo, at_desk, virtual):
    at_desk.give_password("mara")
    at_desk.page.goto("/security/phone/")
    virtual.refuse("text", "number")
    at_desk.give_number("9876 5432")
    expect(at_desk.hops().last).to_have_text(re.compile("This number takes no texts"))
    look(at_desk.page, "a confirmation is refused")
    demo.later(301)
    at_desk.page.reload()
    look(at_desk.page, "a confirmation is over")


@pytest.mark.long
def test_the_pages_of_a_change(demo, at_desk, virtual):
    at_desk.sign_in_by_text("eli", virtual)
    demo.later(601)
    at_desk.page.goto("/security/phone/")
    at_desk.page.get_by_role("link", name="Change number").click()
    look(at_desk.page, "another number")
    at_desk.give_number("9876 5432")
    expect(virtual.message("somebody asked to change your number")).to_have_count(2)
    look(at_desk.page, "another number to confirm")
    phone = virtual.follow("somebody asked to change your number")
    look(phone.page, "stop a change")
    virtual = VirtualPhone(phone.page)
    at_desk.page.reload()
    at_desk.press("Do not add this number")
    demo.later(601)
    at_desk.page.goto("/security/phone/?change=1")
    at_desk.give_number("9876 5433")
    at_desk.confirm(virtual.code())
    expect(at_desk.page.get_by_role("heading", name="+852 •••• 33")).to_be_visible()
    look(at_desk.page, "a changed number")
    phone = virtual.follow("your number was changed")
    look(phone.page, "undo a change")
    virtual = VirtualPhone(phone.page)
    at_desk.page.goto("/security/phone/remove/")
    look(at_desk.page, "remove a number")
    at_desk.press("Remove number")
    look(at_desk.page, "a removed number")
    phone = virtual.follow("your number was removed")
    look(phone.page, "undo a removal")
    phone.press("It was not me: undo it")
    look(phone.page, "undone")
    expect(at_desk.page.get_by_label("Username")).to_be_visible()
    phone.page.go_back()
    phone.page.reload()
    look(phone.page, "nothing is left to stop")


def test_the_virtual_phone(demo, at_desk, virtual):
    at_desk.give_password("eli")
    virtual.code()
    look(virtual.page, "virtual phone, a text")
    demo.later(61)
    at_desk.page.reload()
    at_desk.press("Call me instead")
    expect(virtual.button("Answer")).to_be_visible()
    look(virtual.page, "virtual phone, ringing")
    virtual.take_call()
    look(virtual.page, "virtual phone, a key is asked for")
    virtual.press_key()
    look(virtual.page, "virtual phone, speaking")
    virtual.button("Hang up").click()
    virtual.set_reception(False)
    virtual.refuse("call", "busy")
    look(virtual.page, "virtual phone, with failures")
    virtual.page.get_by_role("link", name="+852 6123 4567").first.click()
    look(virtual.page, "virtual phone, one number")


@pytest.mark.long
@pytest.mark.parametrize("article", ["texts", "phone-number"])
def test_the_articles(at_desk, article):
    at_desk.page.goto(f"/help/{article}/")
    look(at_desk.page, article)


@pytest.mark.long
def test_the_figures_of_the_staff(demo, at_desk, virtual):
    at_desk.sign_in_by_text("eli", virtual)
    at_desk.sign_out()
    at_desk.give_password("sol")
    at_desk.expect_signed_in()
    demo.key_of(at_desk)
    at_desk.page.goto("/admin/traffic/")
    expect(at_desk.page.get_by_role("heading", level=1)).to_be_visible()
    look(at_desk.page, "traffic")


def test_the_page_of_sign_ins_and_service(demo, at_desk, virtual):
    at_desk.sign_in_by_text("eli", virtual)
    at_desk.sign_out()
    at_desk.give_password("mara", "not the password")
    at_desk.give_password("root")
    at_desk.expect_signed_in()
    demo.key_of(at_desk)
    at_desk.page.goto("/admin/service/")
    expect(at_desk.page.get_by_role("heading", level=1)).to_have_text("Sign-ins and service")
    look(at_desk.page, "service")
    at_desk.page.get_by_text("The same as a table").first.click()
    expect(at_desk.page.get_by_role("columnheader", name="Not finished").first).to_be_visible()
    look(at_desk.page, "service, with the table")
