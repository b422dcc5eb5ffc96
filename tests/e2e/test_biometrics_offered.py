"""Where biometrics are offered and where not, and how they are turned on and off."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.demo import broken_rules, too_wide
from tests.e2e.locks import KEPT, Lock, activate, settings
from tests.e2e.screens import Phone
from tests.factories import PIN
from twofactor.models import PortalKey

# What a browser says that cannot do it, before anybody is asked.
NO_PRF = """
    PublicKeyCredential.getClientCapabilities = async () => ({ "extension:prf": false });"""


# --- Where it is not offered ---


def test_a_device_without_a_lock_is_not_offered_it(mara, desk, phone):
    activate(desk, phone)
    expect(phone.button("Turn on biometrics")).to_be_hidden()
    settings(phone)
    expect(phone.say("Set one up in its settings")).to_be_visible()


@pytest.mark.long
def test_a_browser_that_says_so_is_not_offered_it(mara, lock, desk, phone):
    phone.page.add_init_script(NO_PRF)
    activate(desk, phone)
    expect(phone.button("Turn on biometrics")).to_be_hidden()
    settings(phone)
    expect(phone.say("WebAuthn PRF is missing")).to_be_visible()


@pytest.mark.long
def test_a_lock_that_keeps_nothing_for_pages_says_so_once(mara, desk, phone):
    Lock(phone.page, prf=False)
    activate(desk, phone)
    phone.button("Turn on biometrics").click()
    phone.button("Turn on biometrics").click()
    expect(phone.page.get_by_role("alert")).to_contain_text("it keeps nothing for pages")
    expect(phone.button("Turn on biometrics")).to_be_hidden()
    phone.button("Not now").click()
    expect(phone.button("Turn on biometrics")).to_be_hidden()
    assert phone.page.evaluate(KEPT) is None


@pytest.mark.long
def test_who_does_not_want_it_is_asked_once(mara, lock, desk, phone):
    activate(desk, phone)
    phone.button("Turn on biometrics").click()
    phone.button("Not now").click()
    expect(phone.page.get_by_role("heading", name="This phone is now your key")).to_be_visible()
    expect(phone.button("Turn on biometrics")).to_be_hidden()
    assert lock.passkeys() == []


# --- Settings ---


def test_it_is_turned_on_later_with_the_pin_that_the_portal_has_checked(without, desk, phone):
    settings(phone)
    phone.field("PIN").fill("9z9z")
    phone.button("Continue").click()
    phone.expect_wrong("PIN", "You have 2 more tries")
    assert PortalKey.objects.get().pin_failures == 1
    phone.field("PIN").fill(PIN)
    phone.button("Continue").click()
    phone.button("Turn on biometrics").click()
    expect(phone.page.get_by_role("heading", name="Biometrics are on")).to_be_visible()
    desk.give_password("mara")
    phone.button("Show").click()
    phone.field("Number shown on the sign-in page").fill(desk.number())
    phone.button("Use biometrics").click()
    desk.expect_signed_in()


@pytest.mark.long
def test_it_is_not_turned_on_without_a_network(without, phone):
    settings(phone)
    phone.field("PIN").fill(PIN)
    phone.lose_network()
    phone.button("Continue").click()
    expect(phone.page.get_by_role("alert")).to_contain_text("The portal has to check the PIN once")
    expect(phone.field("PIN")).to_have_value(PIN)


def test_turned_off_it_is_gone_and_the_pin_is_asked_for(known_lock, desk, phone):
    settings(phone)
    phone.button("Turn off biometrics").click()
    expect(phone.say("An entry may remain in the password manager of this device")).to_be_visible()
    assert phone.page.evaluate(KEPT) is None
    phone.button("Done").click()
    desk.give_password("mara")
    phone.expect_asked()
    expect(phone.button("Use biometrics")).to_be_hidden()
    phone.approve()
    desk.expect_signed_in()


def test_a_key_that_is_forgotten_takes_it_along(enrolled, phone):
    phone.button("Accounts").click()
    phone.page.get_by_role("button", name=re.compile("Mara Lee")).click()
    phone.button("Forget this key").click()
    phone.button("Forget this key").click()
    expect(phone.page.get_by_role("heading", name="The key is forgotten")).to_be_visible()
    assert phone.page.evaluate(KEPT) is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_what_stands_there_on_the_narrowest_screen(mara, desk, contexts, scheme):
    narrow = {**Phone.SHAPE, "viewport": {"width": 320, "height": 568}, "color_scheme": scheme}
    phone = Phone(contexts(**narrow).new_page())
    Lock(phone.page)

    def look(heading):
        expect(phone.page.get_by_role("heading", name=heading, level=1)).to_be_focused()
        assert (broken_rules(phone.page), too_wide(phone.page)) == ([], 0)

    activate(desk, phone)
    look("This phone is now your key")
    phone.button("Turn on biometrics").click()
    look("Biometrics instead of the PIN?")
    phone.button("Turn on biometrics").click()
    look("This phone is now your key")
    settings(phone)
    look("Biometrics are on")
    phone.button("Back").click()
    phone.page.get_by_role("button", name=re.compile("^Change PIN")).click()
    look("Change PIN")
    phone.button("Forgot your PIN?").click()
    look("Nobody can look up your PIN")
    desk.page.get_by_role("button", name="Test it now").first.click()
    phone.button("Show").click()
    look("Test from Client Portal")
    phone.button("Use the PIN instead").click()
    assert broken_rules(phone.page) == []
    phone.button("Authenticate").click()
    look("Authenticate")
