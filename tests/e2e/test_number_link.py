"""The number of a sign-in that comes with an address: scanned by the phone's own camera, or opened on the phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.scanning import NUMBER
from tests.factories import PIN


def test_a_number_in_the_address_is_typed_into_the_question_and_approves_nothing(asked, desk, contexts):
    number = desk.number().replace(" ", "")
    asked.open(f"/authenticator/#n/{number}")
    asked.expect_asked()
    expect(asked.field(NUMBER)).to_have_value(number)
    expect(asked.say("The number came with an address.")).to_be_visible()
    expect(asked.button("Approve")).to_be_disabled()
    expect(asked.page).to_have_url(re.compile("/authenticator/$"))
    asked.approve()
    desk.expect_signed_in()


@pytest.mark.long
def test_a_number_that_comes_while_the_pin_is_typed_leaves_it(asked, desk):
    number = desk.number().replace(" ", "")
    asked.field("PIN").fill(PIN)
    asked.page.evaluate("(number) => (location.hash = `#n/${number}`)", number)
    expect(asked.field(NUMBER)).to_have_value(number)
    expect(asked.field("PIN")).to_have_value(PIN)
    asked.button("Approve").click()
    desk.expect_signed_in()


@pytest.mark.long
def test_a_number_without_a_question_says_so_and_leads_to_the_eight_digits(active, phone):
    phone.open("/authenticator/#n/483920")
    expect(phone.say("No question on this phone asks for a number now.")).to_be_visible()
    phone.button("Answer with eight digits").click()
    expect(phone.field("Challenge")).to_have_value("483920")


def test_a_question_that_comes_after_its_number_gets_it(active, desk, phone):
    phone.open("/authenticator/#n/483920")
    expect(phone.say("No question on this phone asks for a number now.")).to_be_visible()
    desk.give_password("mara")
    phone.expect_asked()
    expect(phone.field(NUMBER)).to_have_value("483920")


def test_a_number_in_a_browser_without_a_key_says_where_it_belongs(phone):
    phone.open("/authenticator/#n/483920")
    expect(phone.say("Nobody is registered in this browser.")).to_be_visible()
    expect(phone.button("Register two-factor")).to_be_visible()
