"""The phone reads the squares that stand at the desk: by its camera, in a picture, with and without the browser."""

import io
import re

import pytest
from django.conf import settings
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.camera import square
from tests.e2e.scanning import NUMBER, REFUSED, activation_square, alert, choose, number_square, scan_a_code
from tests.factories import PIN

pytestmark = pytest.mark.whole_browser
PERMISSIONS = ["camera"]  # of the phone


def test_a_phone_is_activated_by_its_own_camera(mara, desk, phone, camera):
    desk.give_password("mara")
    camera.show(activation_square(desk))
    scan_a_code(phone)
    expect(phone.field("Activation code")).to_have_value(desk.activation_code())
    expect(phone.page.get_by_role("status")).to_contain_text("The activation code was read.")
    phone.button("Continue").click()
    phone.create_pin("Mara Lee")
    expect(desk.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()


def test_the_number_is_read_into_its_question_and_the_pin_stays(asked, desk, camera):
    camera.show(number_square(desk))
    asked.field("PIN").fill(PIN)
    asked.button("Scan the number").click()
    expect(asked.field(NUMBER)).to_have_value(desk.number().replace(" ", ""))
    expect(asked.field("PIN")).to_have_value(PIN)
    asked.button("Approve").click()
    desk.expect_signed_in()


def test_a_foreign_code_is_refused_and_its_address_leads_nowhere(phone, camera):
    camera.show(square("https://elsewhere.example/prize?for=you"))
    scan_a_code(phone)
    expect(alert(phone)).to_contain_text("This is not an activation code of Client Portal.")
    expect(phone.page.get_by_text("elsewhere.example")).to_have_count(0)
    expect(phone.page.locator("a[href*=elsewhere]")).to_have_count(0)
    expect(phone.page).to_have_url(re.compile("/authenticator/$"))
    phone.button("Type the code instead").click()
    expect(phone.field("Activation code")).to_have_value("")


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "WIFI:T:WPA;S=cafe;P=guest;;", "K7QF9M2X4TBD", "/a#K7QF9M2X4TBD"]
)
def test_a_code_that_is_no_address_of_ours_is_refused(phone, camera, text):
    camera.show(square(text))
    scan_a_code(phone)
    expect(alert(phone)).to_contain_text("This is not an activation code")


@pytest.mark.long
def test_a_code_of_another_portal_is_named_and_refused(phone, camera):
    camera.show(square("https://bank.example/a#K7QF9M2X4TBD"))
    scan_a_code(phone)
    expect(alert(phone)).to_contain_text("another portal, https://bank.example.")
    expect(phone.page.get_by_role("link", name="bank.example")).to_have_count(0)


def test_a_number_where_a_code_is_wanted_can_be_used_in_its_question(asked, desk, camera):
    camera.show(number_square(desk))
    asked.button("Add user").click()
    asked.button("Scan QR code").click()
    expect(alert(asked)).to_contain_text("This is the number of a sign-in")
    asked.button("Use it for the sign-in").click()
    asked.expect_asked()
    expect(asked.field(NUMBER)).to_have_value(desk.number().replace(" ", ""))


@pytest.mark.long
def test_a_code_where_the_number_is_wanted_can_add_its_user(asked, desk, camera):
    camera.show(square(f"{settings.PORTAL_BASE_URL}/a#K7QF9M2X4TBD"))
    asked.button("Scan the number").click()
    expect(alert(asked)).to_contain_text("This is an activation code")
    asked.button("Add a user with it").click()
    expect(asked.field("Activation code")).to_have_value("K7QF-9M2X-4TBD")


@pytest.mark.long
def test_a_question_that_ends_while_its_number_is_looked_for_says_so(asked, desk, camera):
    asked.button("Scan the number").click()
    expect(asked.button("Type the number instead")).to_be_visible()
    desk.page.get_by_role("button", name="Cancel").click()
    expect(asked.page.get_by_role("heading", name="No longer asked")).to_be_visible()


@pytest.mark.long
def test_back_leads_from_the_scanner_to_its_question(asked, camera):
    asked.field("PIN").fill(PIN)
    asked.button("Scan the number").click()
    expect(asked.page.get_by_role("heading", name="Scan the number")).to_be_visible()
    asked.page.go_back()
    asked.expect_asked()
    expect(asked.field("PIN")).to_have_value(PIN)


# --- Pictures ---------------------------------------------------------------------------------------------------------


def test_a_picture_is_read_where_there_is_no_camera(mara, desk, phone):
    desk.give_password("mara")
    phone.page.add_init_script(REFUSED % "NotFoundError")
    scan_a_code(phone)
    choose(phone, "screenshot.png", "image/png", desk.page.screenshot(full_page=True))
    expect(phone.field("Activation code")).to_have_value(desk.activation_code())


@pytest.mark.long
def test_a_small_square_in_a_large_photo_is_found(phone):
    photo = Image.effect_noise((4000, 3000), 30).convert("RGB")
    held = Image.open(io.BytesIO(square(f"{settings.PORTAL_BASE_URL}/a#K7QF9M2X4TBD"))).convert("RGB")
    photo.paste(held.resize((200, 200)).rotate(11, expand=True, fillcolor="white"), (2400, 1700))
    content = io.BytesIO()
    photo.save(content, "JPEG", quality=80)
    phone.page.add_init_script(REFUSED % "NotFoundError")
    scan_a_code(phone)
    choose(phone, "photo.jpg", "image/jpeg", content.getvalue())
    expect(phone.field("Activation code")).to_have_value("K7QF-9M2X-4TBD")


@pytest.mark.long
def test_a_picture_without_a_code_and_a_file_that_is_none_are_told_apart(phone, camera):
    empty = io.BytesIO()
    Image.new("RGB", (600, 400), "white").save(empty, "PNG")
    scan_a_code(phone)
    choose(phone, "empty.png", "image/png", empty.getvalue())
    expect(alert(phone)).to_contain_text("There is no QR code to be found in this picture.")
    choose(phone, "letter.png", "image/png", b"Dear Sir or Madam")
    expect(alert(phone)).to_contain_text("This file is not a picture")


# --- With and without the browser's own reader ------------------------------------------------------------------------


NATIVE = """
  window.BarcodeDetector = class {
    static getSupportedFormats = async () => ["aztec", "qr_code"];
    async detect(source) { window.looked = source.constructor.name; %s }
  };
"""


def test_the_browsers_own_reader_comes_first_and_the_decoder_is_not_loaded(phone, camera):
    loaded = []
    phone.page.context.on("request", lambda request: loaded.append(request.url))
    phone.page.add_init_script(NATIVE % f"return [{{ rawValue: '{settings.PORTAL_BASE_URL}/a#K7QF9M2X4TBD' }}];")
    scan_a_code(phone)
    expect(phone.field("Activation code")).to_have_value("K7QF-9M2X-4TBD")
    assert phone.page.evaluate("window.looked") == "HTMLVideoElement"
    assert any("/scanner." in url for url in loaded)
    assert not any("/decode." in url for url in loaded)


@pytest.mark.parametrize(
    "native",
    [
        "delete window.BarcodeDetector;",
        NATIVE % "throw new DOMException('no service behind it', 'NotSupportedError');",
        NATIVE % "return [];",
        "window.BarcodeDetector = class { static getSupportedFormats = async () => []; };",
    ],
    ids=["none", "broken", "blind", "without-squares"],
)
def test_without_a_reader_in_the_browser_the_decoder_reads(phone, camera, native):
    phone.page.add_init_script(native)
    camera.show(square(f"{settings.PORTAL_BASE_URL}/a#K7QF9M2X4TBD"))
    scan_a_code(phone)
    expect(phone.field("Activation code")).to_have_value("K7QF-9M2X-4TBD")


def test_a_scanner_that_cannot_be_loaded_says_so_and_comes_with_the_next_try(phone, camera):
    phone.page.context.route("**/scanner.*.js", lambda route: route.abort())
    scan_a_code(phone)
    expect(alert(phone)).to_contain_text("The scanner could not be loaded.")
    phone.page.context.unroute("**/scanner.*.js")
    phone.button("Try again").click()
    expect(phone.say("Fill the frame")).to_be_visible()


@pytest.mark.long
def test_a_decoder_that_cannot_be_loaded_says_so_and_comes_with_the_next_try(phone, camera):
    camera.show(square(f"{settings.PORTAL_BASE_URL}/a#K7QF9M2X4TBD"))
    phone.page.context.route("**/decode.*.js", lambda route: route.abort())
    scan_a_code(phone)
    expect(alert(phone)).to_contain_text("The scanner could not be loaded.")
    phone.page.context.unroute("**/decode.*.js")
    phone.button("Try again").click()
    expect(phone.field("Activation code")).to_have_value("K7QF-9M2X-4TBD")


def test_a_scanner_that_was_used_once_reads_without_a_network(phone, camera):
    camera.show(square(f"{settings.PORTAL_BASE_URL}/a#K7QF9M2X4TBD"))
    phone.open()
    phone.page.wait_for_function("() => navigator.serviceWorker.controller")
    for offline in (False, True):
        phone.page.context.set_offline(offline)
        scan_a_code(phone)
        expect(phone.field("Activation code")).to_have_value("K7QF-9M2X-4TBD")
