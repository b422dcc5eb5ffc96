"""What people do at a desk and on a phone, by the names of docs/contract: roles and what a screen reader says."""

import io
import re

import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.given import ANDROID, PASSWORD, PIN


class Desk:
    """A page of the portal in a browser that wants to sign in."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def give_password(self, username: str, password: str = PASSWORD) -> None:
        self.page.goto("/sign-in/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def sign_out(self) -> None:
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page).to_have_url(re.compile("/sign-in/"))

    @property
    def status(self) -> Locator:
        return self.page.get_by_role("status")

    def expect_signed_in(self) -> None:
        """The desk has moved on by itself: the home page, with the way out."""
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()
        expect(self.page).to_have_url(re.compile(r"^http://[^/]+/$"))

    def expect_ended(self, words: str) -> None:
        """The page says how the sign-in ended, and offers the way back."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(words)
        expect(self.page.get_by_role("link", name="Back to sign in")).to_be_visible()

    def activation_code(self) -> str:
        code = self.page.get_by_label("Activation code")
        expect(code).to_have_text(re.compile(r"^\s*[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\s*$"))
        return code.inner_text().strip()

    def scanned(self) -> str:
        """What a camera reads off the picture on the screen."""
        picture = self.page.get_by_role("img", name="Activation QR code")
        expect(picture).to_be_visible()
        (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.screenshot())))
        return found.text

    def number(self, label: str = "Number to enter on your phone") -> str:
        """The digits to carry to the phone."""
        shown = self.page.get_by_label(label)
        expect(shown).to_have_text(re.compile(r"^\s*\d{3}\s\d{3}\s*$"))
        return shown.inner_text().strip()

    def go_manual(self) -> str:
        """Click through to the manual response; returns the challenge code."""
        self.page.get_by_role("link", name="Click here if you do not receive the notification").click()
        return self.number("Challenge code")

    def give_response(self, response: str) -> None:
        self.page.get_by_label("Response string").fill(response)
        self.page.get_by_role("button", name="OK", exact=True).click()


class Phone:
    """The authenticator's page on a phone."""

    SHAPE = {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "user_agent": ANDROID,
    }

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, address: str = "/authenticator/") -> None:
        self.page.goto(address)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def field(self, name: str) -> Locator:
        return self.page.get_by_label(name, exact=True)

    def say(self, words: str) -> Locator:
        return self.page.get_by_text(words)

    def lose_network(self) -> None:
        """From now on this phone reaches nobody.

        Its sockets close before: Chromium asks without a pause, which takes a whole core, whether what comes to an open
        one meanwhile may be let through.
        """
        wire = self.page.context.new_cdp_session(self.page)
        kind = wire.send("Runtime.evaluate", {"expression": "WebSocket.prototype"})["result"]["objectId"]
        sockets = wire.send("Runtime.queryObjects", {"prototypeObjectId": kind})["objects"]["objectId"]
        close = "function () { for (const each of this) each.close(); }"
        wire.send("Runtime.callFunctionOn", {"objectId": sockets, "functionDeclaration": close})
        self.page.context.set_offline(True)

    def find_network(self) -> None:
        self.page.context.set_offline(False)

    def scan(self, link: str) -> None:
        """Open the address that the camera has read; it leads on, and the code stands in the field already."""
        self.open(link)
        expect(self.page).to_have_url(re.compile(r"/authenticator/$"))
        code = "-?".join(re.findall("....", link.partition("#")[2]))
        expect(self.field("Activation code")).to_have_value(re.compile(f"^{code}$"))
        self.button("Continue").click()

    def bring(self, code: str) -> None:
        """Open the authenticator with the code in its address, as the page behind the picture leads on to it."""
        self.open(f"/authenticator/#{code.replace('-', '')}")
        self.button("Continue").click()

    def expect_wrong(self, field: str, words: str) -> None:
        """What was typed is refused, beside the field in which it stands."""
        expect(self.field(field)).to_have_attribute("aria-invalid", "true")
        expect(self.field(field)).to_have_accessible_description(re.compile(words))

    def expect_switched_off(self) -> None:
        """The portal has told this phone that its key is over; nobody is left on it."""
        expect(self.page.get_by_role("heading", name="This key is switched off")).to_be_visible()
        self.button("Done").click()
        expect(self.button("Register two-factor")).to_be_visible()

    def expect_moved(self) -> None:
        """The portal has told this phone that another one has taken its place; nobody is left on it."""
        expect(self.page.get_by_role("heading", name="Portal Key has moved")).to_be_visible()
        self.button("Done").click()
        expect(self.button("Register two-factor")).to_be_visible()

    def allow(self, title: str, pin: str = PIN) -> None:
        """Approve something that is no sign-in: its title is what stands above it."""
        expect(self.page.get_by_role("heading", name=title)).to_be_visible()
        self.field("PIN").fill(pin)
        self.button("Approve").click()
        expect(self.page.get_by_text("Whoever asked has been told.")).to_be_visible()
        self.button("Done").click()

    def type_code(self, code: str) -> None:
        self.field("Activation code").fill(code)
        self.button("Continue").click()

    def choose_pin(self, account: str, pin: str = PIN) -> None:
        """The first user of this phone: see whose account it is, choose a PIN, activate."""
        expect(self.page.get_by_text(account).first).to_be_visible()
        self.field("Create PIN").fill(pin)
        self.field("Repeat PIN").fill(pin)
        self.button("Activate").click()

    def create_pin(self, account: str, pin: str = PIN) -> None:
        """Choose a PIN, activate, and see it done."""
        self.choose_pin(account, pin)
        self.button("Done").click()

    def give_pin(self, account: str, pin: str = PIN) -> None:
        """A further user of this phone: the PIN that it already has."""
        expect(self.page.get_by_text(account).first).to_be_visible()
        self.field("PIN").fill(pin)
        self.button("Activate").click()
        self.button("Done").click()

    def expect_asked(self) -> None:
        expect(self.page.get_by_role("heading", name="Are you signing in?")).to_be_visible()

    def expect_idle(self) -> None:
        expect(self.page.get_by_role("heading", name="Are you signing in?")).to_have_count(0)

    def approve(self, number: str | None = None, pin: str = PIN) -> None:
        self.expect_asked()
        if number is not None:
            self.field("Number shown on the sign-in page").fill(number)
        self.field("PIN").fill(pin)
        self.button("Approve").click()

    def refuse(self, why: str) -> None:
        self.expect_asked()
        self.button("No, this is not me").click()
        self.button(why).click()

    def respond(self, question: str, pin: str = PIN) -> str:
        """Work out a response by hand, with or without a network."""
        self.button("Authenticate").click()
        self.field("Challenge").fill(question)
        self.field("PIN").fill(pin)
        self.button("Generate response").click()
        response = self.field("Response string")
        expect(response).to_have_text(re.compile(r"^\s*\d{4}\s\d{4}\s*$"))
        return response.inner_text().strip()


def activate(desk: Desk, phone: Phone, username: str, account: str) -> None:
    """The first sign-in of somebody without a key, and the activation of a phone."""
    desk.give_password(username)
    desk.expect_signed_in()
    phone.bring(desk.activation_code())
    phone.create_pin(account)
    expect(desk.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()
