"""The camera of the scanner: which one is open and when, its light, and what is said where there is none."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.e2e.camera import square
from tests.e2e.scanning import OFF, REFUSED, WATCHED, alert, look, scan_a_code
from tests.e2e.screens import Phone

pytestmark = pytest.mark.whole_browser
PERMISSIONS = ["camera"]  # of the phone


def test_the_camera_at_the_back_is_asked_for_and_switched_off_after_a_find(phone, camera):
    phone.page.add_init_script(WATCHED)
    camera.show(square(f"{settings.PORTAL_BASE_URL}/a#K7QF9M2X4TBD"))
    scan_a_code(phone)
    expect(phone.field("Activation code")).to_have_value("K7QF-9M2X-4TBD")
    assert phone.page.evaluate("window.asked[0].facingMode") == {"ideal": "environment"}
    phone.page.wait_for_function(OFF)


def test_the_camera_is_off_while_nobody_looks_and_on_again_after(phone, camera):
    phone.page.add_init_script(WATCHED)
    scan_a_code(phone)
    expect(phone.say("Fill the frame")).to_be_visible()
    turn = "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    turn += " document.dispatchEvent(new Event('visibilitychange')); }"
    phone.page.evaluate(turn, True)
    phone.page.wait_for_function(OFF)
    phone.page.evaluate(turn, False)
    phone.page.wait_for_function("() => window.cameras[1]?.readyState === 'live'")
    phone.button("Accounts").click()
    phone.page.wait_for_function(OFF)


@pytest.mark.long
def test_a_camera_that_opens_after_the_person_has_gone_on_is_closed(phone, camera):
    late = "new Promise((open) => (window.allow = open)).then(() => open({ video: true }))"
    phone.page.add_init_script(WATCHED.replace("await open({ video: true })", f"await {late}"))
    scan_a_code(phone)
    phone.page.wait_for_function("() => window.allow")
    phone.button("Type the code instead").click()
    phone.page.evaluate("window.allow()")
    phone.page.wait_for_function(OFF)


@pytest.mark.long
def test_another_camera_can_be_chosen(phone, camera):
    two = "navigator.mediaDevices.enumerateDevices = async () => [{ kind: 'audioinput', deviceId: 'ear' },"
    two += " { kind: 'videoinput', deviceId: 'wide' }, { kind: 'videoinput', deviceId: 'face' }];"
    settings_of = (
        "MediaStreamTrack.prototype.getSettings = () => ({ deviceId: window.asked.at(-1).deviceId?.exact ?? 'wide',"
    )
    settings_of += " facingMode: window.asked.at(-1).deviceId?.exact === 'face' ? 'user' : 'environment' });"
    phone.page.add_init_script(WATCHED + two + settings_of)
    scan_a_code(phone)
    phone.button("Switch camera").click()
    phone.page.wait_for_function("() => window.asked.at(-1).deviceId?.exact === 'face'")
    # A face is seen as in a mirror, and the first camera is let go before the second is opened.
    expect(phone.page.locator("video.mirrored")).to_be_visible()
    assert phone.page.evaluate("window.cameras.map(({ readyState }) => readyState)") == ["ended", "live"]
    phone.button("Switch camera").click()
    phone.page.wait_for_function("() => window.asked.at(-1).deviceId?.exact === 'wide'")


@pytest.mark.long
def test_one_camera_without_a_light_has_no_buttons_for_them(phone, camera):
    scan_a_code(phone)
    expect(phone.say("Fill the frame")).to_be_visible()
    expect(phone.button("Switch camera")).to_be_hidden()
    expect(phone.button("Light")).to_be_hidden()


@pytest.mark.long
def test_the_light_can_be_switched_on_and_off(phone, camera):
    lamp = "MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });"
    lamp += (
        " MediaStreamTrack.prototype.applyConstraints = async ({ advanced: [{ torch }] }) => { window.torch = torch; };"
    )
    phone.page.add_init_script(lamp)
    scan_a_code(phone)
    light = phone.button("Light")
    expect(light).to_have_attribute("aria-pressed", "false")
    light.click()
    expect(light).to_have_attribute("aria-pressed", "true")
    assert phone.page.evaluate("window.torch") is True
    light.click()
    expect(light).to_have_attribute("aria-pressed", "false")
    assert phone.page.evaluate("window.torch") is False


def test_who_has_refused_the_camera_is_told_the_way_and_can_still_type(contexts, camera):
    phone = Phone(contexts(**Phone.SHAPE).new_page())
    phone.page.add_init_script(REFUSED % "NotAllowedError")
    phone.page.add_init_script(
        "navigator.permissions.query = async () => new (class extends EventTarget { state = 'denied' })();"
    )
    scan_a_code(phone)
    expect(alert(phone)).to_contain_text("This page may not use the camera.")
    expect(phone.say("Tap the sign beside the address of this page, then “Permissions”")).to_be_visible()
    expect(phone.say("“Website Settings”")).to_be_hidden()
    phone.button("Type the code instead").click()
    expect(phone.field("Activation code")).to_be_visible()


def test_the_camera_opens_by_itself_once_it_is_allowed(contexts, camera):
    context = contexts(**Phone.SHAPE)
    phone = Phone(context.new_page())
    scan_a_code(phone)
    expect(alert(phone)).to_be_visible()
    context.grant_permissions(["camera"])
    expect(phone.say("Fill the frame")).to_be_visible()
    expect(alert(phone)).to_be_hidden()


@pytest.mark.parametrize(
    ("fault", "words"),
    [("NotFoundError", "There is no camera"), ("NotReadableError", "another app or window may be using it")],
)
def test_a_camera_that_is_missing_or_busy_is_told_apart(phone, fault, words):
    phone.page.add_init_script(REFUSED % fault)
    scan_a_code(phone)
    expect(alert(phone)).to_contain_text(words)
    expect(phone.button("Try again")).to_be_visible()
    expect(phone.button("Type the code instead")).to_be_visible()


@pytest.mark.long
def test_a_camera_that_is_free_again_opens_with_try_again(phone, camera):
    phone.page.add_init_script(
        REFUSED % "NotReadableError" + "window.free = () => delete navigator.mediaDevices.getUserMedia;"
    )
    scan_a_code(phone)
    expect(alert(phone)).to_be_visible()
    phone.page.evaluate("window.free()")
    phone.button("Try again").click()
    expect(phone.say("Fill the frame")).to_be_visible()


@pytest.mark.long
def test_nothing_found_for_a_quarter_of_a_minute_brings_tips(phone, camera):
    phone.page.clock.install()
    scan_a_code(phone)
    expect(phone.say("Fill the frame")).to_be_visible()
    expect(phone.say("Nothing found yet?")).to_be_hidden()
    phone.page.clock.fast_forward(15_000)
    expect(phone.say("Nothing found yet?")).to_be_visible()
    expect(phone.say("“Switch camera” changes to the next one")).to_be_hidden()


# --- Looks ------------------------------------------------------------------------------------------------------------


def test_the_scanner_is_usable_by_all(phone, camera):
    scan_a_code(phone)
    expect(phone.say("Fill the frame")).to_be_visible()
    look(phone.page, "looking")


def test_the_scanner_without_a_camera_is_usable_by_all(phone):
    phone.page.add_init_script(REFUSED % "NotAllowedError")
    scan_a_code(phone)
    expect(alert(phone)).to_be_visible()
    look(phone.page, "refused")


@pytest.mark.long
def test_a_refusal_and_the_number_are_usable_by_all(asked, desk, camera):
    camera.show(square("https://a-portal-with-a-very-long-name-that-goes-on-and-on.example/a#K7QF9M2X4TBD"))
    desk.page.get_by_text("Scan it instead").click()
    look(desk.page, "the number's square")
    asked.button("Scan the number").click()
    expect(alert(asked)).to_be_visible()
    look(asked.page, "refused code")
    asked.open("/authenticator/#n/483920")
    asked.expect_asked()
    look(asked.page, "number filled in")
