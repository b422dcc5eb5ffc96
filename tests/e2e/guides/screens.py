"""A desk and a phone whose names are those of one language."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.guides.walk import words_in
from tests.e2e.screens import Desk, Phone
from tests.given import PASSWORD


class SpokenDesk(Desk):
    def __init__(self, page: Page, language: str) -> None:
        super().__init__(page)
        self.word = words_in(language)

    def give_password(self, username: str, password: str = PASSWORD) -> None:
        self.page.goto("/sign-in/")
        self.page.get_by_label(self.word("Username")).fill(username)
        self.page.get_by_label(self.word("Password")).fill(password)
        self.press("Log in")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=self.word(name), exact=True).click()

    def sign_out(self) -> None:
        self.press("Sign out")
        expect(self.page).to_have_url(re.compile("/sign-in/"))

    def expect_signed_in(self) -> None:
        expect(self.page.get_by_role("button", name=self.word("Sign out"))).to_be_visible()
        expect(self.page).to_have_url(re.compile(r"^http://[^/]+/$"))

    def activation_code(self) -> str:
        return self.page.get_by_label(self.word("Activation code")).inner_text().strip()

    def number(self, label: str = "Number to enter on your phone") -> str:
        return super().number(self.word(label))


class SpokenPhone(Phone):
    def __init__(self, page: Page, language: str) -> None:
        super().__init__(page)
        self.word = words_in(language)

    def button(self, name: str) -> Locator:
        return super().button(self.word(name))

    def field(self, name: str) -> Locator:
        return super().field(self.word(name))

    def say(self, words: str) -> Locator:
        return super().say(self.word(words))

    def expect_asked(self) -> None:
        expect(self.page.get_by_role("heading", name=self.word("Are you signing in?"))).to_be_visible()
