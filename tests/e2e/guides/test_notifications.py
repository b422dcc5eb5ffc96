"""Notifications: switched on, tested, and repaired by a sign-in by hand."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.test_requirements import permission
from tests.given import PASSWORD, PIN
from tests.stories.carried import given_number
from twofactor import policy

pytestmark = pytest.mark.whole_browser

BY_HAND = "Click here if you do not receive the notification"


def test_notifications_are_switched_on_and_repaired(walk, monkeypatch, mara, desk, woken):
    # What the desk says of a notification that stays somewhere depends on how fast this machine is.
    monkeypatch.setattr(policy, "PUSH_STAGES", (timedelta(hours=1), timedelta(hours=1)))
    article = walk("notifications")
    woken.page.add_init_script(permission("default"))
    desk.give_password("mara")
    woken.bring(desk.activation_code())
    woken.create_pin("Mara Lee")
    desk.sign_out()
    switching_on(article, woken)
    given_number(mara)
    repairing(article, desk, woken)


def switching_on(article, phone):
    with article.step("open", phone.page) as step:
        step.picture(around=step.heading)
    with article.step("allow", phone.page) as step:
        step.press("Settings")
        step.press("Notifications")
        step.picture("Allow notifications", around=step.heading)
        phone.page.evaluate("window.answer = 'granted'")
        step.press("Allow notifications")
        expect(phone.page.get_by_role("heading", name=phone.word("Notifications are on"))).to_be_visible()
        phone.deliver()
        phone.button("Done").click()
    with article.step("test", phone.page) as step:
        phone.button("Settings").click()
        step.press("Requirements and test")
        step.picture("Send a test notification")
        step.press("Send a test notification")
        phone.deliver()
        expect(step.control("Send a test notification")).not_to_have_attribute("aria-busy", "true")
    phone.open()
    phone.field("PIN").fill(PIN)
    phone.button("Approve").click()
    phone.button("Done").click()


def repairing(article, desk, phone):
    with article.step("repair-open", desk.page) as step:
        desk.page.goto("/sign-in/")
        step.picture(around=step.heading)
    with article.step("repair-log-in", desk.page) as step:
        step.fill("Username", "mara")
        step.fill("Password", PASSWORD)
        step.picture("Log in", around=step.field("Username"))
        step.press("Log in")
    with article.step("repair-choose", desk.page) as step:
        step.field("Select second factor device").select_option("key")
        step.picture("Select second factor device", "Use this device")
        step.press("Use this device")
    with article.step("repair-by-hand", desk.page) as step:
        phone.expect_asked()
        expect(desk.page.locator(".hops .done")).to_have_count(3)
        step.picture(BY_HAND)
        step.press(BY_HAND)
        challenge = desk.number("Challenge code")
    with article.step("repair-authenticate", phone.page) as step:
        step.picture("Authenticate", around=step.heading)
        step.press("Authenticate")
    with article.step("repair-response", phone.page) as step:
        step.fill("Challenge", challenge)
        step.fill("PIN", PIN)
        step.picture("Challenge", "PIN", "Generate response")
        step.press("Generate response")
        response = phone.response()
    with article.step("repair-type", desk.page) as step:
        step.fill("Response string", response)
        step.picture("Response string")
    with article.step("repair-ok", desk.page) as step:
        step.picture("OK")
        step.press("OK")
        desk.expect_signed_in()
        phone.button("Done").click()
    with article.step("repair-again", phone.page) as step:
        desk.sign_out()
        desk.give_password("mara")
        phone.expect_asked()
        step.picture(around=step.heading)
