"""The lock of a device, as Chromium simulates it: a platform authenticator that belongs to one page."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.screens import Desk, Phone

# The names of what the vault keeps of a biometric, or null.
KEPT = """() => new Promise((resolve) => {
    const opening = indexedDB.open("portal-key");
    opening.onsuccess = () => {
        const asked = opening.result.transaction("notes").objectStore("notes").get("biometric");
        asked.onsuccess = () => { opening.result.close(); resolve(asked.result ? Object.keys(asked.result) : null); };
    };
})"""


class Lock:
    """A device that recognises its user at once, until told otherwise. Without `prf` it keeps nothing for pages."""

    def __init__(self, page: Page, *, prf: bool = True) -> None:
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "hasPrf": prf,
            "automaticPresenceSimulation": True,
        }
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def recognises(self, it_does: bool) -> None:
        """Whether anybody comes. With PRF a failed verification would block it for good, as a wrong finger does not."""
        self._send("WebAuthn.setAutomaticPresenceSimulation", enabled=it_does)

    def passkeys(self) -> list[dict[str, Any]]:
        return list(self._send("WebAuthn.getCredentials")["credentials"])

    def take_away(self) -> None:
        self._send("WebAuthn.removeVirtualAuthenticator")

    def _send(self, method: str, **more: Any) -> dict[str, Any]:
        return self.cdp.send(method, {"authenticatorId": self.id, **more})


def activate(desk: Desk, phone: Phone, username: str = "mara", account: str = "Mara Lee") -> None:
    """Up to the confirmation on the phone."""
    desk.give_password(username)
    desk.expect_signed_in()
    bring(phone, desk.activation_code(), account)


def bring(phone: Phone, code: str, account: str = "Mara Lee") -> None:
    """The same, with a code from any desk."""
    phone.bring(code)
    phone.choose_pin(account)
    expect(phone.page.get_by_role("heading", name="This phone is now your key")).to_be_visible()


def turn_on(phone: Phone) -> None:
    """After an activation."""
    phone.button("Turn on biometrics").click()
    expect(phone.page.get_by_role("heading", name="Biometrics instead of the PIN?")).to_be_visible()
    phone.button("Turn on biometrics").click()
    expect(phone.page.get_by_role("heading", name="This phone is now your key")).to_be_visible()


def settings(phone: Phone) -> None:
    """What stands in the settings about biometrics."""
    phone.button("Settings").click()
    phone.page.get_by_role("button", name=re.compile("^Biometrics")).click()
