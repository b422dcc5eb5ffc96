"""Every story with a keyboard alone, at the desk and on the phone (WCAG 2.1.1, 2.1.2, 2.4.3, 2.4.7, 2.4.11)."""

import re

import pytest
from playwright.sync_api import expect

from tests.applications.asked.asker import Asker
from tests.applications.devices import begun, trading
from tests.applications.rp import Party, registered
from tests.e2e.keys import HEAR, Keyboard, button, field, link
from tests.e2e.test_passkeys import lock  # noqa: F401 - a fixture
from tests.factories import desk as another_desk
from tests.factories import give_password as by_password
from tests.given import PASSWORD, PIN
from tests.running.portal import PASSWORD as OF_THE_DEMO
from twofactor.models import Passkey

SIGN_IN = re.compile("/sign-in/$")


@pytest.fixture
def keys(desk) -> Keyboard:
    return Keyboard(desk.page)


@pytest.fixture
def thumb(phone) -> Keyboard:
    """A keyboard on the phone, or what a switch or a reader of the screen does in its place."""
    return Keyboard(phone.page)


def give_password(keys, password=PASSWORD):
    if not keys.page.url.endswith("/sign-in/"):
        keys.page.goto("/sign-in/")
    keys.type(field(keys.page, "Username"), "mara")
    keys.type(field(keys.page, "Password"), password)
    keys.press(button(keys.page, "Log in"))
    expect(keys.page).not_to_have_url(SIGN_IN)


def sign_out(keys):
    keys.press(button(keys.page, "Sign out"))
    expect(keys.page).to_have_url(SIGN_IN)


def test_an_activation_and_a_sign_in_that_the_phone_approves(mara, desk, phone, keys, thumb):
    give_password(keys)
    desk.expect_signed_in()
    keys.walk()
    code = desk.activation_code()
    phone.open()
    thumb.press(phone.button("Register two-factor"))
    thumb.type(phone.field("Activation code"), code)
    thumb.press(phone.button("Continue"))
    thumb.type(phone.field("Create PIN"), PIN)
    thumb.type(phone.field("Repeat PIN"), PIN)
    thumb.press(phone.button("Activate"))
    thumb.press(phone.button("Done"))
    expect(desk.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()
    sign_out(keys)
    give_password(keys)
    number = desk.number()
    keys.walk()
    phone.expect_asked()
    thumb.type(phone.field("Number shown on the sign-in page"), number)
    thumb.type(phone.field("PIN"), PIN)
    thumb.press(phone.button("Approve"))
    desk.expect_signed_in()


def approve(thumb, phone, number=None):
    phone.expect_asked()
    if number:
        thumb.type(phone.field("Number shown on the sign-in page"), number)
    thumb.type(phone.field("PIN"), PIN)
    thumb.press(phone.button("Approve"))


def test_a_response_by_hand_and_what_was_wrong_with_it(known, desk, phone, keys, thumb):
    give_password(keys)
    keys.press(link(desk.page, "Click here if you do not receive the notification"))
    question = desk.number("Challenge code")
    response = field(desk.page, "Response string")
    keys.type(response, "0000 0000")
    keys.press(button(desk.page, "OK"))
    # The focus goes to the list of what was wrong, and from there to the field.
    expect(desk.page.locator("[data-focus]")).to_be_focused()
    expect(response).to_have_attribute("aria-invalid", "true")
    keys.walk()
    keys.press(desk.page.locator("[data-focus] a"))
    expect(response).to_be_focused()
    thumb.press(phone.button("Authenticate"))
    thumb.type(phone.field("Challenge"), question)
    thumb.type(phone.field("PIN"), PIN)
    thumb.press(phone.button("Generate response"))
    shown = phone.field("Response string")
    expect(shown).to_be_focused()
    desk.page.keyboard.press("ControlOrMeta+a")
    keys.type(response, shown.inner_text())
    keys.press(button(desk.page, "OK"))
    desk.expect_signed_in()


def test_a_refusal_is_said_once_and_the_focus_is_not_lost(known, desk, phone, keys, thumb):
    """WCAG 4.1.3 and 2.2.1: a word before the end, one at the end, and the way to go on has the focus near."""
    desk.page.clock.install()
    desk.page.add_init_script(HEAR)
    give_password(keys)
    expect(desk.status).to_contain_text("Waiting for your answer")
    keys.go(button(desk.page, "Cancel"))
    desk.page.clock.fast_forward("04:35")
    expect(desk.status).to_contain_text("Less than 30 seconds are left.")
    desk.page.clock.run_for(5_000)
    phone.expect_asked()
    thumb.press(phone.button("No, this is not me"))
    thumb.press(phone.button("I did, but cancel"), "Space")
    desk.expect_ended("Refused on the phone")
    expect(desk.page.get_by_role("heading", level=1)).to_be_focused()
    warned, ended = desk.page.evaluate("heard")
    assert "Less than 30 seconds are left." in warned
    assert ended == "Refused. Nobody was signed in."
    keys.press(link(desk.page, "Back to sign in"))
    expect(field(desk.page, "Username")).to_be_visible()


def test_recovery_codes_are_made_and_used(active, desk, phone, keys, thumb):
    give_password(keys)
    approve(thumb, phone, desk.number())
    desk.expect_signed_in()
    keys.press(link(desk.page, "Make codes"))
    keys.press(button(desk.page, "Make recovery codes"))
    codes = desk.page.get_by_role("list", name="Your new codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    first, second = codes.all_inner_texts()[:2]
    keys.walk()
    keys.type(field(desk.page, "Recovery code"), first)
    keys.press(button(desk.page, "I have kept them"))
    expect(desk.page.get_by_role("heading", name="10 codes left")).to_be_visible()
    sign_out(keys)
    give_password(keys)
    keys.press(link(desk.page, "I can't use my phone"))
    expect(desk.page.get_by_role("heading", name="Sign in another way")).to_be_visible()
    keys.walk()
    keys.press(link(desk.page, "Use a recovery code"))
    keys.type(field(desk.page, "Recovery code"), second)
    keys.press(button(desk.page, "Continue"))
    desk.expect_signed_in()


def test_a_move_that_the_old_phone_allows_and_a_call_for_support(known, desk, phone, keys, thumb):
    give_password(keys)
    approve(thumb, phone)
    desk.expect_signed_in()
    thumb.press(phone.button("Done"))
    desk.page.goto("/security/key/move/")
    keys.walk()
    keys.press(button(desk.page, "Ask the old phone"))
    expect(phone.page.get_by_role("heading", name="Move Portal Key to a new phone?")).to_be_visible()
    thumb.type(phone.field("PIN"), PIN)
    thumb.press(phone.button("Approve"))
    assert desk.activation_code()
    sign_out(keys)
    give_password(keys)
    keys.press(link(desk.page, "I can't use my phone"))
    keys.press(link(desk.page, "Ask the support desk"))
    expect(desk.page.get_by_text("Your two words")).to_be_visible()
    keys.walk()


def test_a_passkey_is_added_and_used(mara, desk, keys, lock):  # noqa: F811
    give_password(keys)
    desk.page.goto("/security/passkeys/")
    keys.type(field(desk.page, "Name of this passkey"), "My laptop")
    keys.press(button(desk.page, "Add a passkey"), "Space")
    expect(desk.page.get_by_text("The passkey “My laptop” is added.")).to_be_visible()
    sign_out(keys)
    give_password(keys)
    keys.press(button(desk.page, "Continue with a passkey"))
    desk.expect_signed_in()
    assert Passkey.objects.get().last_used_at


def test_a_password_is_changed_and_other_browsers_are_signed_out(mara, desk, keys):
    by_password(another_desk(), mara)
    give_password(keys)
    desk.page.goto("/security/sessions/")
    keys.press(button(desk.page, "Sign out everywhere else"))
    expect(desk.page.get_by_text("Every other browser has been signed out.")).to_be_visible()
    desk.page.goto("/security/password/")
    keys.press(button(desk.page, "Show password"), "Space")
    expect(button(desk.page, "Show password")).to_have_attribute("aria-pressed", "true")
    keys.page.keyboard.press("Space")
    for words, heading in (("mara", "There is a problem"), ("four entirely different words", "")):
        for name in ("New password", "Repeat the new password"):
            keys.go(field(desk.page, name), "Shift+Tab" if name == "New password" else "Tab")
            desk.page.keyboard.press("ControlOrMeta+a")
            desk.page.keyboard.insert_text(words)
        desk.page.keyboard.press("Enter")
        if heading:
            expect(desk.page.locator("[data-focus]")).to_be_focused()
    expect(desk.page.get_by_text("Your password is changed.")).to_be_visible()


def test_a_number_is_added_and_a_code_by_text_signs_in(demo, at_desk, virtual):
    keys = Keyboard(at_desk.page)
    give_password(keys, OF_THE_DEMO)
    at_desk.expect_signed_in()
    at_desk.page.goto("/security/phone/")
    keys.walk()
    keys.type(field(at_desk.page, "Mobile number"), "9876 5432")
    keys.press(button(at_desk.page, "Send confirmation number"))
    expect(at_desk.confirmation).to_be_visible()
    keys.type(at_desk.confirmation, virtual.code())
    keys.press(button(at_desk.page, "Confirm"))
    expect(at_desk.page.get_by_role("heading", name="+852 •••• 32")).to_be_visible()
    sign_out(keys)
    demo.later(601)
    give_password(keys, OF_THE_DEMO)
    expect(at_desk.code).to_be_visible()
    keys.walk()
    keys.type(at_desk.code, virtual.code())
    keys.press(button(at_desk.page, "Continue"))
    at_desk.expect_signed_in()


def test_the_help_is_read_and_what_is_folded_opens_and_closes(desk, keys):
    desk.page.goto("/help/")
    keys.walk()
    desk.page.goto("/help/notifications/")
    folded = desk.page.locator("summary").last
    keys.press(folded, "Space")
    keys.press(folded, "Enter")
    expect(folded).to_be_focused()
    keys.walk()


@pytest.fixture
def inside(known, desk, phone, keys, thumb):
    """Mara at her desk, signed in with her phone."""
    give_password(keys)
    approve(thumb, phone)
    desk.expect_signed_in()
    thumb.press(phone.button("Done"))
    return keys


@pytest.mark.long
def test_an_application_is_allowed_and_what_it_asks_is_approved_or_declined(inside, desk, phone, thumb):
    page = inside.page
    page.route("https://trading.example/**", lambda route: route.fulfill(body="Back at the application"))
    page.goto(Party(registered("News Reader", skip_authorization=False)).address())
    inside.walk()
    inside.press(button(page, "Allow"))
    expect(page.get_by_text("Back at the application")).to_be_visible()
    bank = Asker(registered("Harbour Bank", asks_phones=True, asks_actions=True))
    page.goto(str(bank.look(bank.action())["url"]))
    inside.walk()
    expect(phone.page.get_by_role("heading", name="Harbour Bank asks")).to_be_visible()
    thumb.type(phone.field("PIN"), PIN)
    thumb.press(phone.button("Approve"))
    expect(desk.status).to_contain_text("Approved.")
    page.goto(str(bank.look(bank.action())["url"]))
    inside.press(button(page, "Decline"))
    expect(desk.status).to_contain_text("Declined.")
    page.goto("/applications/")
    inside.walk()
    inside.press(button(page, "Take back"))
    expect(page.get_by_text("No application knows anything of you at the moment.")).to_be_visible()


@pytest.mark.long
def test_a_device_is_signed_in_by_its_code(inside, phone, thumb):
    page = inside.page
    page.goto("/device/")
    inside.walk()
    inside.type(field(page, "Code on the device"), begun(trading()).user_code)
    inside.press(button(page, "Continue"))
    expect(page.get_by_role("heading", name="Sign in to Trading Platform")).to_be_visible()
    inside.walk()
    inside.press(button(page, "I started this: ask my phone"))
    expect(phone.page.get_by_role("heading", name="Sign in to Trading Platform on a device?")).to_be_visible()
    thumb.type(phone.field("PIN"), PIN)
    thumb.press(phone.button("Approve"))
    expect(page.get_by_text("You can go back to your device")).to_be_visible()
