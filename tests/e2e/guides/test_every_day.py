"""The first sign-in of somebody, and those of every day."""

from playwright.sync_api import expect

from tests.e2e.test_landing import PROMPTS
from tests.factories import person
from tests.given import PASSWORD, PIN


def test_a_phone_is_activated_and_signs_in(walk, mara, desk, phone):
    activating(walk("activation"), desk, phone)
    desk.sign_out()
    signing_in(walk("signing-in"), desk, phone)
    desk.sign_out()
    without_a_notification(walk("not-received"), desk, phone)
    phone.lose_network()
    without_a_network(walk("without-a-network"), desk, phone)


def activating(article, desk, phone):
    with article.step("sign-in", desk.page) as step:
        desk.give_password("mara")
        step.picture(step.field("Activation code"), around=desk.page.locator("svg.qr"))
    with article.step("code-address", phone.page) as step:
        phone.page.add_init_script(PROMPTS)
        phone.open(f"/a#{desk.activation_code()}")
        step.picture("Use it in this browser", around=step.heading)
        step.press("Use it in this browser")
        step.press("Continue")
    with article.step("person", phone.page) as step:
        step.fill("Create PIN", PIN)
        step.fill("Repeat PIN", PIN)
        step.picture(phone.page.get_by_text("Mara Lee").first, "Create PIN", "Repeat PIN")
    with article.step("done", phone.page) as step:
        step.press("Activate")
        step.picture("Done", around=step.heading)
        step.press("Done")


def signing_in(article, desk, phone):
    with article.step("password", desk.page) as step:
        desk.page.goto("/sign-in/")
        step.fill("Username", "mara")
        step.fill("Password", PASSWORD)
        step.picture("Log in", around=step.field("Username"))
        step.press("Log in")
    with article.step("notification", phone.page) as step:
        phone.expect_asked()
        step.picture(around=step.heading)
    with article.step("approve", phone.page) as step:
        step.fill("PIN", PIN)
        step.fill("Number shown on the sign-in page", desk.number())
        step.picture("PIN", "Approve")
    with article.step("on", desk.page) as step:
        step.find("I have approved it")
        phone.button("Approve").click()
        desk.expect_signed_in()
        step.picture(around=step.heading)
    phone.button("Done").click()


def without_a_notification(article, desk, phone):
    with article.step("open", phone.page) as step:
        desk.give_password("mara")
        phone.expect_asked()
        step.picture(around=step.heading)
    with article.step("send-again", desk.page) as step:
        step.picture(step.control("Send again"))
    with article.step("by-hand", desk.page) as step:
        step.picture("Click here if you do not receive the notification")
        step.press("Click here if you do not receive the notification")
        expect(step.words("Authenticate").first).to_be_visible()
    desk.press("Cancel")
    phone.button("Done").click()


def without_a_network(article, desk, phone):
    by_hand = "Click here if you do not receive the notification"
    with article.step("sign-in", desk.page) as step:
        desk.page.goto("/sign-in/")
        step.fill("Username", "mara")
        step.fill("Password", PASSWORD)
        step.picture("Log in", around=step.field("Username"))
        step.press("Log in")
    with article.step("by-hand", desk.page) as step:
        step.picture(by_hand)
        step.press(by_hand)
    with article.step("challenge", desk.page) as step:
        step.picture(step.field("Challenge code"), around=step.field("Response string"))
        challenge = desk.number("Challenge code")
    with article.step("authenticate", phone.page) as step:
        step.picture("Authenticate", around=step.heading)
        step.press("Authenticate")
    with article.step("generate", phone.page) as step:
        step.fill("Challenge", challenge)
        step.fill("PIN", PIN)
        step.picture("Challenge", "PIN", "Generate response")
        step.press("Generate response")
    with article.step("response", phone.page) as step:
        step.picture(step.field("Response string"), around=step.heading)
        response = step.field("Response string").inner_text()
    with article.step("ok", desk.page) as step:
        step.fill("Response string", response)
        step.picture("Response string", "OK")
        step.press("OK")
    with article.step("on", desk.page) as step:
        desk.expect_signed_in()
        step.picture(around=step.heading)


def test_a_phone_serves_several_users_with_one_pin(walk, held, desk, phone):
    several_users(walk("several-users"), desk, phone)


def several_users(article, desk, phone):
    person("eli")
    with article.step("sign-in", desk.page) as step:
        desk.give_password("eli")
        step.picture(step.field("Activation code"), around=desk.page.locator("svg.qr"))
    with article.step("add", phone.page) as step:
        step.picture("Add user", around=step.heading)
        step.press("Add user")
    with article.step("scan", phone.page) as step:
        step.see("Scan QR code")
        step.fill("Activation code", desk.activation_code())
        step.picture("Scan QR code", "Activation code", "Continue")
        step.press("Continue")
    with article.step("person", phone.page) as step:
        step.picture(phone.page.get_by_text("Eli Wong").first, around=step.heading)
    with article.step("pin", phone.page) as step:
        step.fill("PIN", PIN)
        step.picture("PIN", "Activate")
        step.press("Activate")
    with article.step("done", phone.page) as step:
        step.picture("Done", around=step.heading)
        step.press("Done")
