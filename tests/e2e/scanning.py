"""What people do with the scanner of the authenticator, and what stands in for cameras that are not there."""

from playwright.sync_api import Locator, Page

from tests.e2e.demo import broken_rules, too_wide
from tests.e2e.screens import Desk, Phone

NUMBER = "Number shown on the sign-in page"

# Keeps hold of the cameras that the page opens, and of what it asks for.
WATCHED = """
  window.asked = [];
  window.cameras = [];
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    window.asked.push(wish.video);
    const stream = await open({ video: true });
    window.cameras.push(...stream.getTracks());
    return stream;
  };
"""
REFUSED = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', '%s'); };"
OFF = "() => window.cameras.length > 0 && window.cameras.every(({ readyState }) => readyState === 'ended')"


def activation_square(desk: Desk) -> bytes:
    return desk.page.get_by_role("img", name="Activation QR code").screenshot()


def number_square(desk: Desk) -> bytes:
    desk.page.get_by_text("Scan it instead").click()
    return desk.page.get_by_role("img", name="The number as a QR code").screenshot()


def scan_a_code(phone: Phone) -> None:
    phone.open()
    phone.button("Register two-factor").click()
    phone.button("Scan QR code").click()


def choose(phone: Phone, name: str, mime: str, content: bytes) -> None:
    """Hand the page a file from this device."""
    with phone.page.expect_file_chooser() as chooser:
        phone.button("Scan from an image").click()
    chooser.value.set_files({"name": name, "mimeType": mime, "buffer": content})


def alert(phone: Phone) -> Locator:
    return phone.page.get_by_role("alert")


def look(page: Page, state: str) -> None:
    """Judge what is shown now: no rule of axe broken, light or dark, and nothing wider than a small window."""
    page.emulate_media(color_scheme="light")
    assert not broken_rules(page), state
    page.emulate_media(color_scheme="dark")
    assert not broken_rules(page, "color-contrast"), f"{state}, dark"
    page.set_viewport_size({"width": 320, "height": 640})
    assert not too_wide(page), f"{state}, at 320 px"
