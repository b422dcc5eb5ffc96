"""A temporary password from the desk's button to the new password, with the client's browser and phone (A12)."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import PASSWORD, PIN
from tests.stories.sealing import grown, send

FORM = re.compile(r"^([2-9A-Z]{4}-){3}[2-9A-Z]{4}$")
NEW = "four entirely different words"


@pytest.fixture
def sent(active, phone):
    """Mara at her phone, with a message on its way."""
    grown(active)
    send(active)
    expect(phone.say("A message is waiting for you.")).to_be_visible()
    return active


def open_message(phone, pin=PIN):
    phone.field("PIN").fill(pin)
    phone.button("Open").click()


def to_the_message(phone):
    phone.button("Show").click()
    phone.page.get_by_role("button", name=re.compile("^Your temporary password")).click()
    expect(phone.page.get_by_role("heading", name="Your temporary password")).to_be_visible()


def test_what_staff_send_is_opened_on_the_phone_typed_at_the_desk_and_replaced(sent, desk, phone):
    """AT-112, with real pages on both sides."""
    to_the_message(phone)
    open_message(phone, "9z9z")
    phone.expect_wrong("PIN", "9 more tries")
    open_message(phone)
    secret = phone.page.get_by_label("Temporary password")
    expect(secret).to_have_text(FORM)
    desk.give_password("mara", secret.inner_text())
    expect(phone.say("A question is waiting for your answer.")).to_be_visible()
    phone.button("Show").click()
    phone.approve(number=desk.number())
    expect(desk.page).to_have_url(re.compile("/security/password/"))
    desk.page.get_by_label("New password", exact=True).fill(NEW)
    desk.page.get_by_label("Repeat the new password").fill(NEW)
    desk.page.get_by_role("button", name="Change the password").click()
    desk.expect_signed_in()
    sent.refresh_from_db()
    assert sent.check_password(NEW)
    assert not sent.check_password(PASSWORD)


def test_it_is_shown_for_a_minute_and_opened_again_while_it_lasts(sent, phone):
    phone.page.clock.install()
    to_the_message(phone)
    open_message(phone)
    secret = phone.page.get_by_label("Temporary password")
    expect(secret).to_have_text(FORM)
    shown = secret.inner_text()
    phone.page.clock.run_for(61_000)
    expect(secret).to_be_hidden()
    assert shown not in phone.page.content()
    expect(phone.say("It is hidden again.")).to_be_visible()
    phone.button("Back").click()
    phone.page.get_by_role("button", name=re.compile("^Your temporary password")).click()
    open_message(phone)
    expect(secret).to_have_text(shown)


def test_a_notice_is_read_without_a_pin(active, phone):
    """It stands among the messages and calls nobody: what is done at this very phone is no news to it."""
    expect(phone.page.get_by_role("heading", name="Nothing to answer")).to_be_visible()
    expect(phone.say("is waiting for you")).to_have_count(0)
    phone.button("Settings").click()
    phone.page.get_by_role("button", name=re.compile("^Messages")).click()
    phone.page.get_by_role("button", name=re.compile("^A phone was activated")).click()
    expect(phone.say("was activated on a phone")).to_be_visible()
    expect(phone.page.get_by_role("link", name="Not you? Open the portal")).to_have_attribute(
        "href", re.compile("/security/")
    )
    expect(phone.field("PIN")).to_be_hidden()
