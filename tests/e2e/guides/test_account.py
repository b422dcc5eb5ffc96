"""What happened in the account, and its password."""

import pytest
from playwright.sync_api import expect

from tests.e2e.guides.screens import new_password_link
from tests.factories import PIN, with_key
from tests.factories import desk as browser
from tests.given import PASSWORD
from tests.stories.sealing import grown, send
from tests.stories.ways import sign_in

NEW, NEWER = "four entirely different words", "five words that nobody else knows"


@pytest.fixture
def pocket(mara, handset):
    """A phone with Mara's key that is not the subject; our staff have sent her a temporary password."""
    pocket = with_key(mara)
    grown(mara)
    send(mara)
    return pocket


def test_somebody_looks_at_what_happened(walk, mara, pocket, desk):
    article = walk("activity")
    sign_in(browser(), mara, pocket)
    desk.sign_in("mara", pocket)
    signed_in(article, desk)
    not_me(article, desk, pocket)
    receipt(article, desk)


def signed_in(article, desk):
    with article.step("list", desk.page) as step:
        step.press("Security")
        step.see("Where you are signed in")
        step.picture(around=desk.page.get_by_role("region", name=desk.word("Where you are signed in")))
    with article.step("details", desk.page) as step:
        step.picture("How each of them signed in, and how to end it")
        step.press("How each of them signed in, and how to end it")
    with article.step("end", desk.page) as step:
        one = step.words("Sign out").and_(desk.page.locator("main button")).first
        step.picture(one, "Sign out everywhere else")
        step.press("Sign out everywhere else")


def not_me(article, desk, pocket):
    desk.page.goto("/security/activity/")
    with article.step("not-me", desk.page) as step:
        step.see("I did not ask for this")
        event = desk.page.get_by_role("listitem").filter(has=step.control("This was not me"))
        step.picture("This was not me", around=event.first)
        step.press("This was not me")
    with article.step("confirm", desk.page) as step:
        step.picture("This was not me", "It was me", around=step.heading)
        step.press("This was not me")
    with article.step("password", desk.page) as step:
        desk.give_password("mara")
        number = desk.field("Number to enter on your phone")
        shown = number.inner_text().replace(" ", "") if number.is_visible() else None
        pocket.approve(pocket.challenges()[0], PIN, number=shown)
        step.picture("New password", "Repeat the new password", "Change the password")
        desk.choose_password(NEW)
        desk.expect_signed_in()


def receipt(article, desk):
    desk.page.goto("/security/activity/")
    with article.step("open", desk.page) as step:
        step.picture("What you approved")
        step.press("What you approved")
    with article.step("check", desk.page) as step:
        step.picture("Check this receipt")
        step.press("Check this receipt")
    with article.step("verdict", desk.page) as step:
        step.picture(around=desk.page.locator("[data-verdict=good]"))
    with article.step("download", desk.page) as step:
        step.picture("Download the receipt")
        with desk.page.expect_download():
            step.press("Download the receipt")


def test_a_password_is_changed_forgotten_and_sent(walk, held, handset, desk, phone):
    article = walk("passwords")
    desk.give_password("mara")
    phone.approve(number=desk.number())
    phone.button("Done").click()
    desk.expect_signed_in()
    changing(article, desk)
    desk.sign_out()
    forgotten(article, desk, phone)
    desk.sign_out()
    grown(held)
    temporary(article, held, desk, phone)


def changing(article, desk):
    with article.step("open", desk.page) as step:
        step.press("Security")
        step.see("Password")
        step.picture("Change the password")
        step.press("Change the password")
    with article.step("type", desk.page) as step:
        type_new(step, NEW)
        step.picture("New password", "Repeat the new password", "Change the password")
        step.press("Change the password")
    with article.step("told", desk.page) as step:
        desk.expect_signed_in()
        step.picture(around=desk.page.locator("main .banner").first)


def type_new(step, password):
    """Twice; how strong it is, is said a moment later."""
    step.fill("New password", password)
    step.fill("Repeat the new password", password)
    expect(step.page.locator("password-strength [aria-live]")).to_have_text(step.word("Strong"))


def forgotten(article, desk, phone):
    with article.step("forgotten", desk.page) as step:
        step.press("Forgotten password?")
        step.fill("Username", "mara")
        step.picture("Username", "Send the link", around=step.heading)
        step.press("Send the link")
        expect(step.heading).to_have_text(desk.word("Look into your mailbox"))
    with article.step("link", desk.page) as step:
        step.picture(around=step.heading)
        desk.page.goto(new_password_link("mara@client.example"))
    with article.step("new", desk.page) as step:
        type_new(step, NEWER)
        step.picture("New password", "Repeat the new password", "Change the password")
        step.press("Change the password")
    with article.step("sign-in", desk.page) as step:
        step.fill("Username", "mara")
        step.fill("Password", NEWER)
        step.picture("Log in", around=step.heading)
        step.press("Log in")
        phone.approve(number=desk.number() if desk.field("Number to enter on your phone").is_visible() else None)
        phone.button("Done").click()
        desk.expect_signed_in()


def temporary(article, mara, desk, phone):
    send(mara)
    with article.step("message", phone.page) as step:
        step.press("Settings")
        step.press("Messages")
        step.press("Your temporary password")
        step.fill("PIN", PIN)
        step.picture("PIN", "Open", around=step.heading)
        step.press("Open")
    with article.step("copy", phone.page) as step:
        secret = step.field("Temporary password")
        expect(secret).to_be_visible()
        desk.give_password("mara", secret.inner_text())
        step.picture(secret, "Copy")
    with article.step("answer", phone.page) as step:
        phone.button("Show").click()
        phone.expect_asked()
        step.picture(around=step.heading)
        phone.approve(number=desk.number() if desk.field("Number to enter on your phone").is_visible() else None)
    with article.step("replace", desk.page) as step:
        type_new(step, PASSWORD)
        step.picture("New password", "Repeat the new password", "Change the password", around=step.heading)
        step.press("Change the password")
        desk.expect_signed_in()
