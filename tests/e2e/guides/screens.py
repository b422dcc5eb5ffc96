"""A desk and a phone whose names are those of one language."""

import re

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.guides.walk import Words, words_in
from tests.e2e.pushing import PushService, WokenPhone
from tests.e2e.screens import Desk, Phone
from tests.given import PASSWORD, PIN
from tests.pocket import Pocket
from tests.stories.carried import carry_at_once, mails

_NEW_PASSWORD = r"https?://[\w.:]+/password/new/[\w/:.=-]+/"
# A phone, and not higher than what it shows.
SMALL = {**Phone.SHAPE, "viewport": {"width": 390, "height": 640}}


class SpokenDesk(Desk):
    def __init__(self, page: Page, language: str) -> None:
        super().__init__(page)
        self.word = words_in(language)

    def give_password(self, username: str, password: str = PASSWORD) -> None:
        self.page.goto("/sign-in/")
        self.type_password(username, password)

    def type_password(self, username: str, password: str = PASSWORD) -> None:
        self.field("Username").fill(username)
        self.field("Password").fill(password)
        self.press("Log in")

    def field(self, name: str) -> Locator:
        return self.page.get_by_label(self.word(name), exact=True)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=self.word(name), exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=self.word(name), exact=True).click()

    def sign_out(self) -> None:
        self.press("Sign out")
        expect(self.page).to_have_url(re.compile("/sign-in/"))

    def sign_in(self, username: str, pocket: Pocket) -> None:
        """The whole road, with a phone that is not the subject."""
        self.give_password(username)
        number = self.page.get_by_label(self.word("Number to enter on your phone"))
        shown = number.inner_text().replace(" ", "") if number.is_visible() else None
        pocket.approve(pocket.challenges()[0], PIN, number=shown)
        self.expect_signed_in()

    def choose_password(self, password: str) -> None:
        self.field("New password").fill(password)
        self.field("Repeat the new password").fill(password)
        self.press("Change the password")

    def to_the_key(self) -> None:
        """From the overview to the page of the key."""
        self.page.get_by_role("link", name=self.word("Manage %(portal_key_name)s")).click()

    def expect_signed_in(self) -> None:
        expect(self.page.get_by_role("button", name=self.word("Sign out"))).to_be_visible()
        expect(self.page).to_have_url(re.compile(r"^http://[^/]+/$"))

    def activation_code(self) -> str:
        return self.page.get_by_label(self.word("Activation code")).inner_text().strip()

    def number(self, label: str = "Number to enter on your phone") -> str:
        return super().number(self.word(label))


def new_password_link(address: str) -> str:
    """The link in the newest mail."""
    carry_at_once()
    return re.findall(_NEW_PASSWORD, mails(address)[-1], re.ASCII)[-1]


class Spoken(Phone):
    """Whatever kind of phone it is."""

    word: Words

    def button(self, name: str) -> Locator:
        return super().button(self.word(name))

    def field(self, name: str) -> Locator:
        return super().field(self.word(name))

    def say(self, words: str) -> Locator:
        return super().say(self.word(words))

    def response(self) -> str:
        """The eight digits that it has worked out."""
        shown = self.field("Response string")
        expect(shown).to_have_text(re.compile(r"^\s*\d{4}\s\d{4}\s*$"))
        return shown.inner_text().strip()

    def expect_asked(self) -> None:
        expect(self.page.get_by_role("heading", name=self.word("Are you signing in?"))).to_be_visible()


class SpokenPhone(Spoken):
    def __init__(self, page: Page, language: str) -> None:
        super().__init__(page)
        self.word = words_in(language)


class SpokenWokenPhone(Spoken, WokenPhone):
    def __init__(self, context: BrowserContext, service: PushService, origin: str, language: str) -> None:
        super().__init__(context, service, origin)
        self.word = words_in(language)
