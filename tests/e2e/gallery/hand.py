"""Works a phone by what its page is made of, whatever language it speaks."""

from playwright.sync_api import Locator, expect

from tests.e2e.screens import Phone


class Hand:
    def __init__(self, phone: Phone) -> None:
        self.phone, self.page = phone, phone.page

    def part(self, name: str) -> Locator:
        return self.page.locator(f"main [data-part={name}]").first

    def press(self, *names: str) -> None:
        for name in names:
            self.part(name).click()

    def fill(self, **typed: str) -> None:
        for name, text in typed.items():
            self.part(name.replace("_", "-")).fill(text)

    def place(self, name: str) -> None:
        """One of the places at the foot of the page."""
        self.page.locator(f"nav [data-go={name}]").click()
        if name == "settings":
            # What the phone has and lacks is looked for first.
            expect(self.part("checked")).not_to_be_empty()

    def sees(self, name: str) -> None:
        expect(self.part(name)).to_be_visible()

    def bring(self, code: str) -> None:
        self.phone.open(f"/authenticator/#{code.replace('-', '')}")
        self.press("go")
        self.sees("pin-new")
