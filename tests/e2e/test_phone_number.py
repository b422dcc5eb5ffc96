"""A telephone number is added, changed and taken away; and whoever did not do it stops it from the phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.demo import DemoDesk, VirtualPhone

ELIS, NEW = "+852 •••• 67", "+852 •••• 32"
# As a text names it: its alphabet has no bullet.
NEW_IN_TEXT = "+852 **** 32"
# What is typed for which country, and what stands at the field then.
REFUSED = [
    ("", "HK", "Enter your mobile number."),
    ("12", "HK", "This number is too short."),
    ("9123 4567 8901", "HK", "This number is too long."),
    ("my phone", "HK", "This is no phone number."),
    ("9123 4567 ext 5", "HK", "Leave out extensions"),
    ("1234 5678", "HK", "No phone has this number"),
    ("2123 4567", "HK", "This is a landline."),
    ("900 12 345 678", "HK", "This is a premium-rate number."),
    ("0180 1 2345", "DE", "Calls to this number cost"),
    ("056 1234 5678", "GB", "This is an internet phone number"),
    ("0800 123 4567", "GB", "This is not the number of a mobile phone."),
    ("+43 664 1234567", "GB", "This portal does not send texts to Austria."),
]


@pytest.fixture
def maras(at_desk) -> DemoDesk:
    """Mara, who has nothing, on the page of her phone number."""
    at_desk.give_password("mara")
    at_desk.expect_signed_in()
    at_desk.page.goto("/security/")
    at_desk.page.get_by_role("link", name="Confirm a phone number").click()
    return at_desk


@pytest.fixture
def elis(at_desk, virtual) -> DemoDesk:
    """Eli, signed in with a code by text, on the page of his phone number."""
    at_desk.sign_in_by_text("eli", virtual)
    at_desk.page.goto("/security/phone/")
    return at_desk


@pytest.fixture
def changed(demo, elis, virtual) -> DemoDesk:
    """Eli, or whoever has his browser, has put another number in the place of his."""
    # The budget of his number is not the subject here.
    demo.later(601)
    elis.page.get_by_role("link", name="Change number").click()
    elis.give_number("9876 5432")
    elis.confirm(code_for("+852 9876 5432", virtual))
    expect(elis.page.get_by_role("heading", name=NEW)).to_be_visible()
    return elis


def code_for(number: str, virtual: VirtualPhone) -> str:
    expect(virtual.message(number).filter(has_text="confirms this number")).to_be_visible()
    return virtual.code()


def test_a_number_is_confirmed_and_from_then_on_protects_the_sign_in(maras, virtual):
    expect(maras.page.get_by_label("Country")).to_have_value("HK")
    example = re.compile(r"for example 5123\s4567")
    expect(maras.page.get_by_label("Mobile number")).to_have_accessible_description(example)
    expect(maras.page.get_by_text("From then on a code by text completes your sign-in")).to_be_visible()
    maras.give_number("(9876) 54-32")
    expect(maras.page.get_by_text("with a confirmation number to +852 9876 5432.")).to_be_visible()
    expect(maras.confirmation).to_have_attribute("autocomplete", "one-time-code")
    expect(maras.hops().last).to_have_text(re.compile("Reached the phone at"))
    code = virtual.code()
    maras.confirm(("1" if code[0] == "0" else "0") + code[1:])
    maras.expect_wrong("Confirmation number", "You have 4 more tries")
    maras.confirm(code)
    expect(maras.page.get_by_text("Your number is confirmed. From now on a code by text")).to_be_visible()
    expect(maras.page.get_by_role("region", name=NEW).get_by_text("Confirmed", exact=True).first).to_be_visible()
    # The green tick, and a text that proves it.
    expect(maras.page.get_by_text("A test text was sent to it")).to_be_visible()
    expect(maras.page.get_by_text("The test text has arrived on the phone. Everything works.")).to_be_visible()
    expect(virtual.message("texts to this number arrive. There is nothing to do.")).to_be_visible()
    maras.sign_out()
    virtual.put_aside()
    maras.sign_in_by_text("mara", virtual)


def test_a_number_that_gets_no_codes_is_refused_at_its_field_and_stays_there(maras, virtual):
    for typed, country, words in REFUSED:
        maras.give_number(typed, country)
        maras.expect_wrong("Mobile number", words)
        expect(maras.page.get_by_label("Mobile number")).to_have_value(typed)
        expect(maras.page.get_by_label("Country")).to_have_value(country)
    expect(virtual.received).to_have_count(0)


@pytest.mark.long
def test_a_number_of_another_country_is_read_as_such(maras, virtual):
    maras.give_number("0044 7400 123456", "HK")
    expect(maras.page.get_by_text("+44 7400 123456")).to_be_visible()
    maras.confirm(virtual.code())
    expect(maras.page.get_by_role("heading", name="+44 •••• 56")).to_be_visible()


@pytest.mark.long
def test_a_number_that_was_mistyped_is_given_up_or_replaced(maras, virtual):
    maras.give_number("9876 5431")
    virtual.code()
    maras.page.get_by_role("link", name="Use another number").click()
    maras.give_number("9876 5432")
    maras.confirm(code_for("+852 9876 5432", virtual))
    expect(maras.page.get_by_role("heading", name=NEW)).to_be_visible()
    maras.page.get_by_role("link", name="Change number").click()
    maras.give_number("9876 5432")
    maras.expect_wrong("Mobile number", "This is your number already.")
    maras.give_number("9876 5433")
    maras.press("Do not add this number")
    expect(maras.page.get_by_text("The number that was not confirmed is given up.")).to_be_visible()
    expect(maras.page.get_by_role("heading", name=NEW)).to_be_visible()


@pytest.mark.long
def test_a_confirmation_that_is_not_carried_is_told_with_its_cure(maras, virtual):
    virtual.refuse("text", "unreachable")
    maras.give_number("9876 5432")
    expect(maras.confirmation).to_be_focused()
    virtual.refuse("text", "number")
    expect(maras.hops().last).to_have_text(re.compile("This number takes no texts"))
    # Though the field has the focus, the sentence above it follows.
    expect(maras.page.get_by_text("+852 9876 5432 is not confirmed yet.")).to_be_visible()
    expect(maras.page.get_by_text("Check the number. If it is not the right one, use another.")).to_be_visible()
    expect(maras.page.get_by_role("link", name="Use another number")).to_be_visible()


def test_texts_are_switched_off_and_on_and_the_password_alone_then_opens(elis, virtual):
    elis.press("Switch texts off")
    expect(elis.page.get_by_text("Codes by text are switched off.")).to_be_visible()
    expect(virtual.message("codes by text were switched off, so the password alone signs you in").first).to_be_visible()
    elis.sign_out()
    elis.give_password("eli")
    elis.expect_signed_in()
    elis.page.goto("/security/phone/")
    elis.press("Switch texts on")
    expect(elis.page.get_by_text("Codes by text are switched on.")).to_be_visible()


@pytest.mark.long
def test_a_test_text_shows_that_texts_arrive(elis, virtual):
    elis.press("Send a test text")
    expect(virtual.message("texts to this number arrive")).to_be_visible()
    expect(elis.page.get_by_text("The test text has arrived on the phone. Everything works.")).to_be_visible()
    expect(elis.button("Send a test text")).to_be_disabled()
    expect(elis.button("Send a test text")).to_have_accessible_description(re.compile(r"from \d\d:\d\d:\d\d"))


def test_a_new_number_waits_a_day_and_its_owner_is_told_at_the_old_one(demo, changed, virtual):
    expect(changed.page.get_by_text(f"sign-in codes still go to your earlier number {ELIS}")).to_be_visible()
    expect(changed.page.get_by_text(f"by a call: still to your earlier number {ELIS}")).to_be_visible()
    expect(changed.page.get_by_text("Nothing yet; from")).to_be_visible()
    changed.page.get_by_role("link", name="Remove number").click()
    # Not to the number that came a moment ago, perhaps with a session in wrong hands.
    expect(changed.page.get_by_text(f"A last text goes to {ELIS}.")).to_be_visible()
    changed.sign_out()
    demo.later(3601)
    changed.give_password("eli")
    expect(virtual.message("+852 6123 4567").filter(has_text="is your security code")).to_be_visible()
    changed.give_code(virtual.code())
    changed.expect_signed_in()
    changed.sign_out()
    demo.later(86_400)
    changed.give_password("eli")
    expect(virtual.message("+852 9876 5432").filter(has_text="is your security code")).to_be_visible()


def test_the_owner_undoes_a_change_from_the_phone_and_everybody_is_signed_out(demo, changed, virtual):
    phone = virtual.follow(f"your number was changed to {NEW_IN_TEXT}")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Undo the change?")
    expect(phone.page.get_by_text(f"changed from {ELIS} to {NEW}.")).to_be_visible()
    # Opening the link has changed nothing yet.
    changed.page.goto("/security/phone/")
    expect(changed.page.get_by_role("heading", name=NEW)).to_be_visible()
    phone.press("It was not me: undo it")
    expect(phone.page.get_by_text("The change is undone and every browser is signed out.")).to_be_visible()
    # The browser that did it is out, without being touched.
    expect(changed.page.get_by_label("Username")).to_be_visible()
    demo.later(3601)
    virtual = VirtualPhone(phone.page)
    changed.give_password("eli")
    expect(changed.page.get_by_text(f"We sent a text to {ELIS}.")).to_be_visible()
    changed.give_code(virtual.code())
    expect(changed.page.get_by_role("heading", name="A new password comes first")).to_be_visible()


@pytest.mark.long
def test_the_owner_stops_a_change_before_it_is_confirmed(demo, elis, virtual):
    demo.later(601)
    elis.page.get_by_role("link", name="Change number").click()
    elis.give_number("9876 5432")
    phone = virtual.follow(f"somebody asked to change your number to {NEW_IN_TEXT}")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Stop the change?")
    phone.press("It was not me: stop it")
    expect(elis.page.get_by_label("Username")).to_be_visible()
    phone.page.go_back()
    phone.page.reload()
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Nothing is left to stop")


def test_a_number_is_removed_after_its_consequences_and_the_last_text_undoes_it(demo, elis, virtual):
    elis.page.get_by_role("link", name="Remove number").click()
    expect(elis.page.get_by_role("heading", level=1)).to_have_text(f"Remove {ELIS}?")
    expect(elis.page.get_by_text("your only second way to prove who you are")).to_be_visible()
    elis.page.get_by_role("link", name="Keep it").click()
    expect(elis.page.get_by_role("heading", name=ELIS)).to_be_visible()
    elis.page.get_by_role("link", name="Remove number").click()
    elis.press("Remove number")
    expect(elis.page.get_by_text("Your number is removed.")).to_be_visible()
    expect(elis.page.get_by_label("Mobile number")).to_be_visible()
    # The password alone opens now, which is what the page had warned of; until the owner undoes it.
    phone = virtual.follow("your number was removed.")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Undo the removal?")
    phone.press("It was not me: undo it")
    expect(elis.page.get_by_label("Username")).to_be_visible()
    demo.later(3601)
    elis.give_password("eli")
    expect(elis.page.get_by_text(f"We sent a text to {ELIS}.")).to_be_visible()


@pytest.mark.long
def test_a_second_window_follows_when_the_number_is_removed(elis):
    second = DemoDesk(elis.page.context.new_page())
    second.page.goto("/security/phone/")
    expect(second.page.get_by_role("heading", name=ELIS)).to_be_visible()
    elis.page.get_by_role("link", name="Remove number").click()
    elis.press("Remove number")
    # Without being touched.
    expect(second.page.get_by_label("Mobile number")).to_be_visible()
    second.page.close()


def test_without_scripts_a_number_is_confirmed(browsers, virtual):
    desk = DemoDesk(browsers(java_script_enabled=False).new_page())
    desk.give_password("mara")
    desk.page.goto("/security/phone/")
    desk.give_number("9876 5432")
    desk.confirm(virtual.code())
    expect(desk.page.get_by_role("heading", name=NEW)).to_be_visible()


def test_the_keyboard_alone_confirms_a_number(maras, virtual):
    keyboard = maras.page.keyboard
    maras.page.get_by_label("Country").focus()
    keyboard.type("Hong")
    keyboard.press("Tab")
    keyboard.type("9876 5432")
    keyboard.press("Enter")
    expect(maras.confirmation).to_be_focused()
    keyboard.type(virtual.code())
    keyboard.press("Tab")
    expect(maras.button("Confirm")).to_be_focused()
    keyboard.press("Enter")
    expect(maras.page.get_by_role("heading", name=NEW)).to_be_visible()
