"""QR codes: through the camera app, by the scanner of the phone's own page, and typed where neither will do."""

import io

import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import expect

from tests.e2e.camera import square
from tests.e2e.test_landing import PROMPTS
from tests.factories import person
from tests.given import PIN

pytestmark = pytest.mark.whole_browser
PERMISSIONS = ["camera"]  # of the phone

# Two cameras and a light, which the one of the tests is not.
EQUIPPED = """
navigator.mediaDevices.enumerateDevices = async () =>
  [{ kind: "videoinput", deviceId: "wide" }, { kind: "videoinput", deviceId: "face" }];
MediaStreamTrack.prototype.getSettings = () => ({ deviceId: "wide", facingMode: "environment" });
MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
"""


def test_codes_are_scanned_and_typed(walk, mara, desk, phone, camera):
    article = walk("scanning")
    phone.page.add_init_script(PROMPTS + EQUIPPED)
    desk.give_password("mara")
    by_the_camera_app(article, desk, phone)
    desk.sign_out()
    by_the_scanner(article, desk, phone, camera)
    by_hand(article, phone)


def by_the_camera_app(article, desk, phone):
    with article.step("continue", phone.page) as step:
        phone.open(f"/a#{desk.activation_code()}")
        step.press("Use it in this browser")
        step.picture("Activation code", "Continue", around=step.heading)
        step.press("Continue")
    phone.create_pin("Mara Lee")


def by_the_scanner(article, desk, phone, camera):
    person("eli")
    with article.step("add-user", phone.page) as step:
        step.press("Add user")
        step.picture("Scan QR code")
        step.press("Scan QR code")
        phone.button("Type the code instead").click()
    with article.step("number", desk.page) as step:
        desk.give_password("mara")
        step.press("Scan it instead")
        shown = desk.page.locator("svg.qr")
        camera.show(shown.screenshot())
        step.picture("Scan it instead", around=shown)
        step.turn_to(phone.page)
        phone.button("Show").click()
        step.press("Scan the number")
        expect(phone.field("Number shown on the sign-in page")).to_have_value(desk.number().replace(" ", ""))
        phone.approve(pin=PIN)
        desk.expect_signed_in()
        phone.button("Done").click()
    with article.step("read", phone.page) as step:
        camera.show(out_of_focus())
        phone.button("Add user").click()
        phone.button("Scan QR code").click()
        step.see("Switch camera", "Light", "Scan from an image")
        step.picture(around=phone.page.locator("video"))
    with article.step("cure-front", phone.page) as step:
        step.picture("Switch camera")


def by_hand(article, phone):
    with article.step("cure-type", phone.page) as step:
        phone.button("Type the code instead").click()
        step.fill("Activation code", "K7QF-9M2X-4TBD")
        step.picture("Activation code")


def out_of_focus() -> bytes:
    """A code that is there to be seen, and that nothing reads."""
    blurred = io.BytesIO()
    drawn = Image.open(io.BytesIO(square("https://portal.example/"))).convert("L")
    drawn.filter(ImageFilter.GaussianBlur(14)).save(blurred, "PNG")
    return blurred.getvalue()
