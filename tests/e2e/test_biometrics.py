"""What unlocks the device in place of the PIN: with a network and without, and the PIN whenever it does not work."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.locks import KEPT, settings
from tests.e2e.screens import Desk, Phone
from tests.factories import PIN, person
from twofactor.models import PortalKey

CANCELS = """() => {
    navigator.credentials.get = () => Promise.reject(new DOMException("cancelled", "NotAllowedError"));
}"""


# --- With a network ---


def test_one_tap_approves_a_sign_in_at_a_known_desk(known_lock, desk, phone):
    desk.give_password("mara")
    phone.expect_asked()
    expect(phone.field("PIN")).to_be_hidden()
    expect(phone.button("Use biometrics")).to_have_accessible_description(
        "With your fingerprint or your face, as you unlock this device."
    )
    phone.button("Use biometrics").click()
    desk.expect_signed_in()
    phone.expect_idle()


def test_with_a_number_to_carry_it_waits_for_the_number(enrolled, desk, phone):
    desk.give_password("mara")
    number = desk.number()
    phone.expect_asked()
    expect(phone.button("Use biometrics")).to_be_disabled()
    phone.field("Number shown on the sign-in page").fill(number)
    phone.button("Use biometrics").click()
    desk.expect_signed_in()


def test_the_pin_can_always_be_used_instead(known_lock, desk, phone):
    desk.give_password("mara")
    phone.button("Use the PIN instead").click()
    expect(phone.field("PIN")).to_be_focused()
    phone.approve()
    desk.expect_signed_in()


def test_what_is_kept_is_wrapped_and_nothing_else(enrolled, phone):
    assert sorted(phone.page.evaluate(KEPT)) == ["id", "iv", "salt", "wrapped"]


# --- Without ---


def test_without_a_network_it_answers_by_hand(known_lock, desk, phone):
    phone.lose_network()
    desk.give_password("mara")
    question = desk.go_manual()
    phone.button("Authenticate").click()
    phone.field("Challenge").fill(question)
    expect(phone.field("PIN")).to_be_hidden()
    phone.button("Use biometrics").click()
    response = phone.field("Response string")
    expect(response).to_have_text(re.compile(r"^\s*\d{4}\s\d{4}\s*$"))
    desk.give_response(response.inner_text())
    desk.expect_signed_in()


# --- When it does not work ---


@pytest.mark.long
def test_whoever_cancels_gives_the_pin_and_has_lost_nothing(enrolled, desk, phone):
    desk.give_password("mara")
    number = desk.number()
    phone.field("Number shown on the sign-in page").fill(number)
    phone.page.evaluate(CANCELS)
    phone.button("Use biometrics").click()
    expect(phone.page.get_by_role("alert")).to_contain_text("has not recognised you, or you have cancelled")
    expect(phone.field("PIN")).to_be_focused()
    expect(phone.field("Number shown on the sign-in page")).to_have_value(number)
    key = PortalKey.objects.get()
    assert (key.pin_failures, key.challenges.latest("created").response_tries) == (0, 0)
    phone.field("PIN").fill(PIN)
    phone.button("Approve").click()
    desk.expect_signed_in()


@pytest.mark.long
def test_when_nobody_comes_it_gives_up_after_a_minute(known_lock, lock, desk, phone):
    phone.page.clock.install()
    desk.give_password("mara")
    lock.recognises(False)
    phone.page.clock.run_for(1000)
    phone.button("Use biometrics").click()
    expect(phone.button("Waiting for you…")).to_be_visible()
    phone.page.clock.run_for(61_000)
    expect(phone.field("PIN")).to_be_focused()
    phone.approve()
    desk.expect_signed_in()


def test_a_device_whose_lock_is_gone_asks_for_the_pin(known_lock, lock, desk, phone):
    lock.take_away()
    phone.page.reload()
    desk.give_password("mara")
    phone.expect_asked()
    expect(phone.button("Use biometrics")).to_be_hidden()
    phone.approve()
    desk.expect_signed_in()


@pytest.mark.long
def test_a_question_that_is_taken_back_takes_the_prompt_with_it(known_lock, lock, desk, phone):
    desk.give_password("mara")
    lock.recognises(False)
    phone.button("Use biometrics").click()
    expect(phone.button("Waiting for you…")).to_be_visible()
    desk.page.get_by_role("button", name="Cancel").click()
    expect(phone.page.get_by_role("heading", name="No longer asked")).to_be_visible()


@pytest.mark.long
def test_bits_that_the_portal_no_longer_takes_are_thrown_away(known_lock, desk, phone):
    key = PortalKey.objects.get()
    key.seal_response_key(bytes(32))
    key.save()
    desk.give_password("mara")
    phone.button("Use biometrics").click()
    expect(phone.page.get_by_role("alert")).to_contain_text("The PIN has been changed since")
    expect(phone.field("PIN")).to_be_focused()
    expect(phone.button("Use biometrics")).to_be_hidden()
    assert phone.page.evaluate(KEPT) is None


@pytest.mark.long
def test_a_window_in_which_they_were_turned_off_meanwhile_asks_for_the_pin(known_lock, desk, phone):
    desk.give_password("mara")
    expect(phone.button("Use biometrics")).to_be_enabled()
    other = Phone(phone.page.context.new_page())
    other.open()
    settings(other)
    other.button("Turn off biometrics").click()
    expect(other.page.get_by_role("heading", name="Biometrics are off")).to_be_visible()
    phone.button("Use biometrics").click()
    expect(phone.page.get_by_role("alert")).to_contain_text("turned off in the meantime")
    phone.approve()
    desk.expect_signed_in()


@pytest.mark.long
def test_a_tap_that_was_meant_for_the_screen_before_answers_nothing(known_lock, desk, phone):
    """SECURITY: one tap approves here, and a question takes the place of what is at rest."""
    phone.page.clock.install()
    phone.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=2))
    desk.give_password("mara")
    phone.expect_asked()
    expect(phone.button("Use biometrics")).to_be_disabled()
    phone.page.clock.run_for(1000)
    expect(phone.button("Use biometrics")).to_be_enabled()


# --- Several users ---


def test_a_further_user_needs_no_pin_where_biometrics_are_on(enrolled, phone, contexts):
    person("eli")
    elis = Desk(contexts().new_page())
    elis.give_password("eli")
    code = elis.activation_code()
    phone.button("Add user").click()
    phone.type_code(code)
    expect(phone.page.get_by_text("Eli Wong").first).to_be_visible()
    expect(phone.field("PIN")).to_be_hidden()
    phone.button("Use biometrics").click()
    expect(phone.page.get_by_role("heading", name="This phone is now your key")).to_be_visible()
    expect(phone.button("Turn on biometrics")).to_be_hidden()
    phone.button("Done").click()
    elis.sign_out()
    elis.give_password("eli")
    phone.field("Number shown on the sign-in page").fill(elis.number())
    phone.button("Use biometrics").click()
    elis.expect_signed_in()
