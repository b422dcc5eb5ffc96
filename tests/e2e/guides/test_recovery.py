"""Another phone, with the old one and without; a PIN that is changed, and one that is forgotten."""

import pytest
from playwright.sync_api import expect

from tests.factories import PIN, phone, with_key
from tests.factories import desk as browser
from tests.stories.recovering import sheet_of
from tests.stories.ways import sign_in

NEW_PIN = "q7!Z"


def test_a_new_phone_takes_the_place_of_another(walk, held, desk, phone, other_phone):
    article = walk("new-phone")
    with_the_old_phone(article, desk, phone, other_phone)
    codes = recovery_codes(walk("recovery-codes"), desk)
    desk.sign_out()
    without_the_old_phone(article, desk, other_phone, phone, codes)


def with_the_old_phone(article, desk, old, new):
    with article.step("move", desk.page) as step:
        desk.give_password("mara")
        old.approve(number=desk.number())
        old.button("Done").click()
        desk.expect_signed_in()
        step.press("Security")
        desk.to_the_key()
        step.picture("Move")
        step.press("Move")
    with article.step("ask", desk.page) as step:
        step.picture("Ask the old phone")
        step.press("Ask the old phone")
        expect(old.field("PIN")).to_be_visible()
        if old.field("Number shown on the sign-in page").is_visible():
            old.field("Number shown on the sign-in page").fill(desk.number())
        # Whoever is elsewhere meanwhile finds it when they come back.
        desk.page.goto("/security/key/")
        old.field("PIN").fill(PIN)
        old.button("Approve").click()
        old.button("Done").click()
    with article.step("code", desk.page) as step:
        step.find_at("/security/key/move/", "Show the code")
        desk.page.goto("/security/key/move/")
        step.picture(step.field("Activation code"), around=desk.page.locator("svg.qr"))
    with article.step("scan", new.page) as step:
        new.open(f"/authenticator/#{desk.activation_code().replace('-', '')}")
        step.picture("Activation code", "Continue", around=step.heading)
        new.button("Continue").click()
    with article.step("again", new.page) as step:
        step.fill("Create PIN", PIN)
        step.fill("Repeat PIN", PIN)
        step.picture("Create PIN", "Repeat PIN")
        new.button("Activate").click()
        new.button("Done").click()
    expect(old.page.get_by_role("heading", name=old.word("%(portal_key_name)s has moved"))).to_be_visible()
    old.button("Done").click()


def recovery_codes(article, desk):
    with article.step("make", desk.page) as step:
        step.press("Security")
        step.see("Recovery codes")
        step.picture("Set up recovery codes")
        step.press("Set up recovery codes")
        step.press("Make recovery codes")
    with article.step("keep", desk.page) as step:
        shown = desk.page.get_by_role("list", name=desk.word("Your new codes"))
        expect(shown.get_by_role("listitem")).to_have_count(10)
        codes = shown.get_by_role("listitem").all_inner_texts()
        step.picture("Print the sheet", "Save as a text file", around=shown)
    with article.step("prove", desk.page) as step:
        step.fill("Recovery code", codes[0])
        step.picture("Recovery code", "I have kept them")
        step.press("I have kept them")
    desk.sign_out()
    with article.step("sign-in", desk.page) as step:
        desk.give_password("mara")
        step.picture("I can't use my phone")
        step.press("I can't use my phone")
    with article.step("type", desk.page) as step:
        step.press("Use a recovery code")
        step.fill("Recovery code", codes[1])
        step.picture("Recovery code", "Continue", around=step.heading)
        step.press("Continue")
    with article.step("cross-out", desk.page) as step:
        desk.expect_signed_in()
        step.picture(around=desk.page.locator("section.banner").first)
    with article.step("move", desk.page) as step:
        step.picture("Move to a new phone")
        step.press("Move to a new phone")
    return codes


def without_the_old_phone(article, desk, old, new, codes):
    with article.step("sign-in-without", desk.page) as step:
        desk.give_password("mara")
        old.approve(number=desk.number() if desk.field("Number to enter on your phone").is_visible() else None)
        desk.expect_signed_in()
        desk.page.goto("/security/key/")
        step.press("Move")
        step.press("Sign in another way")
        desk.type_password("mara")
        step.picture("I can't use my phone")
        step.press("I can't use my phone")
    with article.step("come-in", desk.page) as step:
        step.picture(around=desk.page.locator("ul.offers").first)
        desk.follow("Use a recovery code")
        desk.field("Recovery code").fill(codes[2])
        desk.press("Continue")
        expect(desk.page.get_by_role("heading", name=desk.word("Without the old phone"))).to_be_visible()
    with article.step("move-without", desk.page) as step:
        desk.page.goto("/")
        step.picture("Move to a new phone")
        step.press("Security")
        desk.to_the_key()
        step.press("Move")
    with article.step("new-pin", desk.page) as step:
        step.picture("Show the code")
        step.press("Show the code")
        new.bring(desk.activation_code())
        new.create_pin("Mara Lee", NEW_PIN)


def test_a_pin_is_changed_and_forgotten(walk, held, desk, phone):
    article = walk("pin")
    changing(article, phone)
    desk.give_password("mara")
    phone.approve(number=desk.number(), pin=NEW_PIN)
    desk.expect_signed_in()
    desk.page.goto("/security/recovery-codes/")
    desk.press("Make recovery codes")
    code = desk.page.get_by_role("list", name=desk.word("Your new codes")).get_by_role("listitem").first.inner_text()
    desk.field("Recovery code").fill(code)
    desk.press("I have kept them")
    desk.sign_out()
    phone.button("Done").click()
    forgetting(article, desk, phone, code)


def changing(article, phone):
    with article.step("open", phone.page) as step:
        step.press("Settings")
        step.picture("Settings", "Change PIN")
        step.press("Change PIN")
    with article.step("type", phone.page) as step:
        step.find("Use biometrics")
        step.fill("Present PIN", PIN)
        step.fill("New PIN", NEW_PIN)
        step.fill("Repeat PIN", NEW_PIN)
        step.picture("Present PIN", "New PIN", "Repeat PIN")
    with article.step("change", phone.page) as step:
        step.picture("Change PIN")
        step.press("Change PIN")
        expect(phone.page.get_by_role("heading", name=phone.word("Your PIN is changed"))).to_be_visible()
    phone.button("Done").click()


def forgetting(article, desk, phone, code):
    with article.step("forget", phone.page) as step:
        step.press("Accounts")
        phone.page.get_by_role("button").filter(has_text="Mara Lee").click()
        step.picture("Forget this key", around=step.heading)
        step.press("Forget this key")
        phone.page.get_by_role("heading", name=phone.word("Forget this key?")).wait_for()
        step.press("Forget this key")
        phone.page.get_by_role("heading", name=phone.word("Forget this key?")).wait_for(state="hidden")
    with article.step("sign-in", desk.page) as step:
        desk.give_password("mara")
        step.picture("Sign in another way", around=step.heading)
        step.press("Sign in another way")
        desk.follow("Use a recovery code")
        desk.field("Recovery code").fill(code)
        desk.press("Continue")
        desk.expect_signed_in()
    with article.step("move", desk.page) as step:
        step.press("Security")
        desk.to_the_key()
        step.press("Move")
        step.picture("Show the code")
        step.press("Show the code")
    with article.step("create", phone.page) as step:
        step.press("Add user")
        phone.field("Activation code").fill(desk.activation_code())
        phone.button("Continue").click()
        phone.field("Create PIN").fill(PIN)
        phone.field("Repeat PIN").fill(PIN)
        step.picture("Create PIN", "Repeat PIN")
        phone.button("Activate").click()
        phone.button("Done").click()


@pytest.fixture
def lost(mara):
    """Mara has a key on a phone, and a sheet; gives its codes."""
    there, pocket = browser(), with_key(mara)
    sign_in(there, mara, pocket)
    return sheet_of(there)


def test_a_lost_phone_is_replaced(walk, lost, handset, desk):
    article, new = walk("lost-phone"), phone()
    with article.step("sign-in", desk.page) as step:
        desk.give_password("mara")
        step.picture("I can't use my phone")
        step.press("I can't use my phone")
    with article.step("choose", desk.page) as step:
        step.picture(around=desk.page.locator("ul.offers").first)
        desk.follow("Use a recovery code")
        desk.field("Recovery code").fill(lost[1])
        desk.press("Continue")
        desk.expect_signed_in()
    with article.step("move", desk.page) as step:
        step.press("Security")
        desk.to_the_key()
        step.press("Move")
        step.picture("Show the code")
        step.press("Show the code")
        new.claim(desk.activation_code())
        new.activate(PIN, label="Pixel 9", platform="android")
        expect(desk.page.get_by_role("heading", name=desk.word("%(portal_key_name)s has moved"))).to_be_visible()
    desk.sign_out()
    with article.step("password", desk.page) as step:
        desk.page.goto("/sign-in/")
        step.picture("Forgotten password?", around=step.heading)
        step.press("Forgotten password?")
        desk.field("Username").fill("mara")
        desk.press("Send the link")
        expect(step.heading).to_have_text(desk.word("Look into your mailbox"))
