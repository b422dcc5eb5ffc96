"""The first sign-in of somebody, and those of every day."""

from playwright.sync_api import expect

from tests.e2e.guides.screens import SMALL, SpokenDesk
from tests.e2e.locks import Lock
from tests.e2e.test_landing import PROMPTS
from tests.factories import person
from tests.given import PASSWORD, PIN


def test_a_phone_is_activated_and_signs_in(walk, settings, mara, desk, phone, other_phone):
    settings.PORTAL_ACTIVATION_CONFIRM = True
    Lock(phone.page)
    activating(walk("activation"), desk, phone)
    desk.sign_out()
    activating_by_hand(walk("activation"), desk, other_phone)
    desk.sign_out()
    signing_in(walk("signing-in"), desk, phone)
    desk.sign_out()
    by_biometrics(walk("signing-in"), desk, phone)
    desk.sign_out()
    without_a_notification(walk("not-received"), desk, phone)
    phone.lose_network()
    without_a_network(walk("without-a-network"), desk, phone)


def activating(article, desk, phone):
    with article.step("sign-in", desk.page) as step:
        desk.page.goto("/sign-in/")
        step.picture(around=step.heading)
        desk.give_password("mara")
    with article.step("code", desk.page) as step:
        step.see("New code")
        step.picture(step.field("Activation code"), around=desk.page.locator("svg.qr"))
        code = desk.activation_code().replace("-", "")
    with article.step("android-install", phone.page) as step:
        phone.page.add_init_script(PROMPTS)
        phone.open(f"/a#{code}")
        step.picture("Install", "Use it in this browser", around=step.heading)
        step.press("Use it in this browser")
        expect(phone.field("Activation code")).to_be_visible()
    with article.step("android-continue", phone.page) as step:
        phone.open()
        step.press("Register two-factor")
        step.see("Scan QR code")
        phone.open("/help/")
        phone.open(f"/authenticator/#{code}")
        step.picture("Continue", around=step.heading)
    with article.step("desktop-address", desk.page) as step:
        step.press("Without a camera")
        step.picture("Without a camera", "Copy the address")
    with article.step("person", phone.page) as step:
        phone.button("Continue").click()
        step.see("This is not my account")
        step.picture(phone.page.get_by_text("Mara Lee").first, around=step.heading)
    with article.step("pin", phone.page) as step:
        step.fill("Create PIN", PIN)
        step.fill("Repeat PIN", PIN)
        step.picture("Create PIN", "Repeat PIN")
    with article.step("activate", phone.page) as step:
        step.press("Activate")
        number = phone.page.get_by_label(phone.word("Type this number at the desk")).inner_text()
        step.turn_to(desk.page)
        step.fill("Number shown on the phone", number)
        step.picture("Number shown on the phone", "Confirm")
        step.press("Confirm")
    with article.step("done", phone.page) as step:
        phone.page.get_by_role("heading", name=phone.word("This phone is now your key")).wait_for()
        phone.button("Turn on biometrics").click()
        phone.page.get_by_role("heading", name=phone.word("Biometrics instead of the PIN?")).wait_for()
        phone.button("Turn on biometrics").click()
        phone.page.get_by_role("heading", name=phone.word("This phone is now your key")).wait_for()
        step.picture("Done", around=step.heading)
        step.press("Done")


def activating_by_hand(article, desk, phone):
    person("eli")
    desk.give_password("eli")
    with article.step("hand-open", phone.page) as step:
        phone.open()
        step.picture(around=step.heading)
    with article.step("hand-register", phone.page) as step:
        step.picture("Register two-factor")
        step.press("Register two-factor")
    with article.step("hand-code", phone.page) as step:
        step.fill("Activation code", desk.activation_code())
        step.picture("Activation code", around=step.heading)
    with article.step("hand-continue", phone.page) as step:
        step.picture("Continue")
        step.press("Continue")
        expect(phone.field("Create PIN")).to_be_visible()


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
        phone.button("Use the PIN instead").click()
        step.fill("PIN", PIN)
        step.fill("Number shown on the sign-in page", desk.number())
        step.picture("PIN", "Approve")
    with article.step("on", desk.page) as step:
        step.find("I have approved it")
        phone.button("Approve").click()
        desk.expect_signed_in()
        step.picture(around=step.heading)
    phone.button("Done").click()


def by_biometrics(article, desk, phone):
    desk.give_password("mara")
    with article.step("android-fits", phone.page) as step:
        phone.expect_asked()
        step.picture(phone.page.locator("dl").first, around=step.heading)
    with article.step("android-biometrics", phone.page) as step:
        step.find("Approve")
        expect(step.control("Use biometrics")).to_be_enabled()
        step.picture("Use biometrics")
        step.press("Use biometrics")
        desk.expect_signed_in()
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
        phone.button("Use the PIN instead").click()
        step.fill("PIN", PIN)
        step.picture("Challenge", "PIN", "Generate response")
        step.press("Generate response")
    with article.step("response", phone.page) as step:
        response = phone.response()
        step.picture(step.field("Response string"), around=step.heading)
    with article.step("ok", desk.page) as step:
        step.fill("Response string", response)
        step.picture("Response string", "OK")
        step.press("OK")
    with article.step("on", desk.page) as step:
        desk.expect_signed_in()
        step.picture(around=step.heading)


def test_a_phone_serves_several_users_and_several_devices(walk, held, desk, phone, windows_of, language):
    several_users(walk("several-users"), desk, phone)
    second = SpokenDesk(windows_of(**SMALL).new_page(), language)
    several_devices(walk("several-devices"), second, phone)


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


def several_devices(article, second, phone):
    with article.step("open", second.page) as step:
        second.page.goto("/sign-in/")
        step.picture(around=step.heading)
    with article.step("password", second.page) as step:
        step.fill("Username", "mara")
        step.fill("Password", PASSWORD)
        step.picture("Log in", around=step.field("Username"))
        step.press("Log in")
    with article.step("look", second.page) as step:
        step.picture(around=step.heading)
    with article.step("approve", phone.page) as step:
        phone.expect_asked()
        phone.field("Number shown on the sign-in page").fill(second.number())
        step.fill("PIN", PIN)
        step.picture("PIN", "Approve")
        step.press("Approve")
    with article.step("on", second.page) as step:
        second.expect_signed_in()
        step.picture(around=step.heading)
