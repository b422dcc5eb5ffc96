"""From the first sign-in to those of every day."""

from tests.e2e.test_landing import PROMPTS
from tests.given import PASSWORD, PIN


def test_the_first_days(walk, mara, desk, phone):
    activating(walk("activation"), desk, phone)
    signing_in(walk("signing-in"), desk, phone)


def activating(article, desk, phone):
    with article.step("sign-in", desk.page) as step:
        desk.give_password("mara")
        desk.expect_signed_in()
        step.picture(desk.page.get_by_label(step.word("Activation code")), around=desk.page.locator("svg.qr"))
    with article.step("code-address", phone.page) as step:
        phone.page.add_init_script(PROMPTS)
        phone.open(f"/a#{desk.activation_code()}")
        step.picture("Use it in this browser")
        step.press("Use it in this browser")
        step.press("Continue")
    with article.step("person", phone.page) as step:
        step.fill("Create PIN", PIN)
        step.fill("Repeat PIN", PIN)
        step.picture(phone.page.get_by_text("Mara Lee").first, "Create PIN", "Repeat PIN")
    with article.step("done", phone.page) as step:
        step.press("Activate")
        step.picture("Done", around=phone.page.get_by_role("heading", level=1))
        step.press("Done")
        desk.page.get_by_role("heading", name="Portal Key").first.wait_for()


def signing_in(article, desk, phone):
    desk.sign_out()
    with article.step("password", desk.page) as step:
        desk.page.goto("/sign-in/")
        step.fill("Username", "mara")
        step.fill("Password", PASSWORD)
        step.picture("Log in", around=step.field("Username"))
        step.press("Log in")
    with article.step("notification", phone.page) as step:
        phone.expect_asked()
        step.picture(around=phone.page.get_by_role("heading", level=1))
    with article.step("approve", phone.page) as step:
        step.fill("PIN", PIN)
        if step.field("Number shown on the sign-in page").is_visible():
            step.fill("Number shown on the sign-in page", desk.number())
        step.picture("PIN", "Approve")
    with article.step("on", desk.page) as step:
        step.find("I have approved it")
        phone.button("Approve").click()
        desk.expect_signed_in()
        step.picture(around=desk.page.get_by_role("heading", level=1))
