"""A caller and the support desk make sure of each other; the passcode that comes of it."""

from playwright.sync_api import expect

from accounts.models import Login
from tests.factories import PIN, person
from tests.stories.desks import page, staff
from twofactor import recovery


def test_somebody_calls_the_support_desk(walk, same_words, held, desk, phone, contexts, portal):
    article = walk("support-desk")
    words(article, held, phone, window_of_staff(contexts, portal))
    passcode(article, held, desk)


def window_of_staff(contexts, portal):
    context = contexts()
    context.add_cookies([{"name": "session", "value": staff().cookies["session"].value, "url": portal}])
    return context.new_page()


def words(article, mara, phone, sol):
    sol.goto(page(mara))
    sol.get_by_role("link", name="Check the caller").click()
    sol.get_by_label("Why").fill("Ticket 4711")
    sol.get_by_role("button", name="Check the caller").click()
    with article.step("approve", phone.page) as step:
        step.fill("PIN", PIN)
        step.picture("PIN", "Approve", around=step.heading)
        phone.button("Approve").click()
        phone.button("Done").click()


def passcode(article, mara, desk):
    desk.give_password("mara")
    desk.follow("I can't use my phone")
    desk.follow("Ask the support desk")
    expect(desk.page.get_by_text(desk.word("Your two words"))).to_be_visible()
    sam = person("sam", is_staff=True)
    recovery.issue_passcode(Login.objects.get(state="pending"), staff=sam, reason="lost")
    with article.step("passcode", desk.page) as step:
        step.picture(step.field("Your passcode"), around=step.heading)
        code = step.field("Your passcode").inner_text().strip()
    with article.step("write-down", desk.page) as step:
        step.fill("Temporary passcode", code)
        step.picture("Temporary passcode", "Continue")
        desk.press("Continue")
        desk.expect_signed_in()
    desk.sign_out()
    with article.step("days", desk.page) as step:
        desk.give_password("mara")
        step.press("I can't use my phone")
        step.picture("Type the temporary passcode")
        step.press("Type the temporary passcode")
        desk.field("Temporary passcode").fill(code)
        desk.press("Continue")
        desk.expect_signed_in()
    with article.step("move", desk.page) as step:
        step.picture("Move to a new phone")
        desk.follow("Move to a new phone")
        expect(desk.page.get_by_role("button", name=desk.word("Show the code"))).to_be_visible()
