"""A phone number, a passkey, the codes of an app: what somebody sets up at the desk alone."""

import base64

from playwright.sync_api import expect

from tests.e2e.locks import Lock
from tests.stories.app_codes import shown
from tests.stories.carried import NUMBER, carry, code_to


def test_somebody_sets_up_other_ways(walk, mara, handset, desk):
    Lock(desk.page)
    desk.give_password("mara")
    desk.expect_signed_in()
    passkey(walk("passkeys"), desk)
    desk.sign_out()
    desk.give_password("mara")
    desk.press("Continue with a passkey")
    desk.expect_signed_in()
    number(walk("phone-number"), desk)
    app(walk("authenticator-app-codes"), desk)


def number(article, desk):
    with article.step("open", desk.page) as step:
        step.press("Security")
        step.see("Phone number")
        step.picture("Confirm a phone number")
        step.press("Confirm a phone number")
    with article.step("number", desk.page) as step:
        step.field("Country").select_option("HK")
        step.fill("Mobile number", NUMBER.removeprefix("+852"))
        step.picture("Country", "Mobile number", "Send confirmation number")
        with desk.page.expect_navigation():
            step.press("Send confirmation number")
    with article.step("confirm", desk.page) as step:
        code = code_to(NUMBER)
        # What becomes of the text is told as it happens, and this is no picture of that.
        desk.page.reload()
        step.fill("Confirmation number", code)
        step.see("Call me instead")
        step.picture("Confirmation number", "Confirm")
        # The page that is left has a status line, too.
        with desk.page.expect_navigation():
            step.press("Confirm")
    with article.step("test", desk.page) as step:
        carry()
        arrived = desk.page.get_by_role("status").first
        expect(arrived).to_be_visible()
        step.picture(around=arrived)


def passkey(article, desk):
    with article.step("set-up", desk.page) as step:
        step.press("Security")
        step.see("Passkeys")
        step.picture("Set up a passkey")
        step.press("Set up a passkey")
    with article.step("name", desk.page) as step:
        step.fill("Name of this passkey", "My laptop")
        step.picture("Name of this passkey", "Add a passkey")
        step.press("Add a passkey")
    with article.step("keep", desk.page) as step:
        expect(desk.page.get_by_role("region", name=desk.word("Your passkeys"))).to_be_visible()
        step.picture(around=desk.page.get_by_role("region", name=desk.word("Your passkeys")))


def app(article, desk):
    with article.step("set-up", desk.page) as step:
        step.press("Security")
        step.see("Codes of an authenticator app")
        step.press("Set up an app")
        step.picture("Show a QR code", around=step.heading)
        step.press("Show a QR code")
    with article.step("scan", desk.page) as step:
        step.picture("Type the secret instead", around=desk.page.locator("svg.qr"))
        step.press("Type the secret instead")
        secret = base64.b32decode(step.field("Secret for the app").inner_text().replace(" ", ""))
    with article.step("switch-on", desk.page) as step:
        step.fill("Code from your app", shown(secret))
        step.picture("Code from your app", "Switch it on")
        step.press("Switch it on")
        expect(desk.page.get_by_role("region", name=desk.word("Your app"))).to_be_visible()
