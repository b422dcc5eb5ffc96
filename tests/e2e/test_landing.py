"""Where the QR leads, for each kind of device; and the way for those who sign in on the phone itself."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.screens import Desk, Phone
from tests.given import ANDROID, IPHONE

# What iPads say since iPadOS 13; only their screens give them away.
MAC = IPAD = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15"
LINE = f"{ANDROID} Line/14.1.0"
WECHAT = f"{IPHONE} MicroMessenger/8.0.50"
FACEBOOK = f"{ANDROID} [FB_IAB/FB4A;FBAV/480.0.0.0;]"
CODE, SPACED = "K7QF9M2X4TBD", "K7QF-9M2X-4TBD"

# Chrome comes forward with its own way to install only where somebody has been before, and never in a test.
PROMPTS = """
addEventListener("DOMContentLoaded", () => {
  const event = new Event("beforeinstallprompt", { cancelable: true });
  event.prompt = async () => { document.documentElement.dataset.asked = "1"; return { outcome: "accepted" }; };
  dispatchEvent(event);
});
"""


@pytest.fixture
def on(contexts):
    """A page in a browser that calls itself so."""

    def opened(agent: str, **more) -> Page:
        return contexts(**{**Phone.SHAPE, "user_agent": agent, **more}).new_page()

    return opened


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def chosen(page: Page) -> str:
    return page.get_by_role("radio", checked=True).get_attribute("value") or ""


def expect_code_typed_in(page: Page) -> None:
    expect(page).to_have_url(re.compile(r"/authenticator/$"))
    expect(page.get_by_label("Activation code", exact=True)).to_have_value(SPACED)


def test_android_goes_straight_on_with_the_code(on):
    page = on(ANDROID)
    page.goto("/help/")
    page.goto(f"/a#{CODE}")
    expect_code_typed_in(page)
    # The way back leads to where somebody was before, and not in a circle.
    page.go_back()
    expect(page.get_by_role("button", name="Register two-factor")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile(r"/help/$"))


def test_android_offers_to_install_where_the_browser_can_and_goes_on_after_one_tap(on):
    page = on(ANDROID)
    page.add_init_script(PROMPTS)
    page.goto(f"/a#{CODE}")
    expect(heading(page)).to_have_text("Add Portal Key")
    expect(heading(page)).to_be_focused()
    expect(page.get_by_text("Already installed?")).to_be_visible()
    page.get_by_role("button", name="Install").click()
    expect_code_typed_in(page)


@pytest.mark.long
def test_android_may_decline_to_install(on):
    page = on(ANDROID)
    page.add_init_script(PROMPTS)
    page.goto(f"/a#{CODE}")
    page.get_by_role("link", name="Use it in this browser").click()
    expect_code_typed_in(page)


def test_an_iphone_is_told_to_install_first_and_carries_the_code(on):
    page = on(IPHONE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/a#{CODE}")
    assert chosen(page) == "ios"
    steps = page.get_by_role("listitem").filter(visible=True)
    expect(steps).to_have_count(4)
    expect(steps.nth(1)).to_contain_text("Add to Home Screen")
    expect(page.get_by_label("Activation code").filter(visible=True)).to_have_text(SPACED)
    page.get_by_role("button", name="Copy the activation code").filter(visible=True).click()
    expect(page.get_by_text("The code is copied.").filter(visible=True)).to_be_visible()
    # What was copied is what the field takes.
    page.goto("/authenticator/")
    page.get_by_role("button", name="Register two-factor").click()
    page.get_by_label("Activation code").press("Control+v")
    expect(page.get_by_label("Activation code")).to_have_value(re.compile("^K7QF-?9M2X-?4TBD$"))


def test_an_iphone_may_go_on_in_its_browser_and_is_told_what_it_misses(on):
    page = on(IPHONE)
    page.goto(f"/a#{CODE}")
    expect(page.get_by_text("no notifications arrive, and Safari deletes its keys")).to_be_visible()
    page.get_by_role("link", name="Use it in this browser").filter(visible=True).click()
    expect_code_typed_in(page)


@pytest.mark.long
def test_an_ipad_is_known_by_its_screen(on):
    page = on(IPAD)
    page.add_init_script("Object.defineProperty(navigator, 'maxTouchPoints', { value: 5 })")
    page.goto(f"/a#{CODE}")
    expect(page.get_by_text("Scroll down, choose “Add to Home Screen”")).to_be_visible()
    assert chosen(page) == "ios"


def test_a_computer_is_told_where_the_key_belongs_and_may_go_on(on):
    page = on(MAC, is_mobile=False, has_touch=False)
    page.goto(f"/a#{CODE}")
    expect(page.get_by_text("Portal Key belongs on a phone")).to_be_visible()
    assert chosen(page) == "desktop"
    page.get_by_role("link", name="Use it in this browser").filter(visible=True).click()
    expect_code_typed_in(page)


@pytest.mark.long
def test_another_device_can_be_chosen(on):
    page = on(IPHONE)
    page.goto(f"/a#{CODE}")
    page.get_by_label("Android").check()
    expect(page.get_by_text("open the browser's menu")).to_be_visible()
    expect(page.get_by_text("Scroll down, choose “Add to Home Screen”")).to_be_hidden()
    # By the keyboard as well.
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Scroll down, choose “Add to Home Screen”")).to_be_visible()


@pytest.mark.parametrize("agent", [LINE, WECHAT, FACEBOOK], ids=["line", "wechat", "facebook"])
def test_a_window_of_another_app_is_told_to_open_the_browser(on, agent):
    page = on(agent)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/a#{CODE}")
    expect(heading(page)).to_have_text("Open this in your browser")
    page.get_by_role("button", name="Copy the address").filter(visible=True).click()
    expect(page.get_by_text("The address is copied.").filter(visible=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    assert page.url.endswith(f"/a#{CODE}")


@pytest.mark.long
def test_a_window_that_keeps_no_keys_is_told_so(on):
    page = on(ANDROID)
    page.add_init_script("indexedDB.open = () => { throw new DOMException('no', 'InvalidStateError'); }")
    page.goto(f"/a#{CODE}")
    expect(heading(page)).to_have_text("This window keeps no keys")
    expect(page.get_by_role("button", name="Copy the address").filter(visible=True)).to_be_visible()


@pytest.mark.parametrize("fragment", ["", "#", "#K7QF9M2X4TB", "#K7QF9M2X4TBDD", "#<b>", "#n/123456"])
def test_an_address_without_a_whole_code_says_so(on, fragment):
    page = on(ANDROID)
    page.goto(f"/a{fragment}")
    expect(heading(page)).to_have_text("The code is missing")
    page.get_by_role("link", name="Open Portal Key").click()
    expect(page.get_by_role("button", name="Register two-factor")).to_be_visible()


@pytest.mark.long
def test_a_second_scan_in_the_same_tab_counts(on):
    page = on(IPHONE)
    page.goto("/a#damaged")
    expect(heading(page)).to_have_text("The code is missing")
    page.evaluate(f"location.hash = '{CODE}'")
    expect(page.get_by_label("Activation code").filter(visible=True)).to_have_text(SPACED)


def test_without_scripts_it_is_a_plain_page_with_the_steps(on):
    page = on(IPHONE, java_script_enabled=False)
    page.goto(f"/a#{CODE}")
    expect(page.get_by_text("JavaScript is switched off")).to_be_visible()
    expect(page.get_by_text("Scroll down, choose “Add to Home Screen”")).to_be_visible()
    page.get_by_label("Android").check()
    expect(page.get_by_text("Scroll down, choose “Add to Home Screen”")).to_be_hidden()
    expect(page.get_by_text("open the browser's menu")).to_be_visible()


@pytest.mark.long
def test_who_has_keys_here_goes_straight_on(mara, desk, on):
    phone = Phone(on(IPHONE))
    desk.give_password("mara")
    phone.open(desk.scanned())
    phone.page.get_by_role("link", name="Use it in this browser").filter(visible=True).click()
    phone.button("Continue").click()
    phone.create_pin("Mara Lee")
    phone.open(f"/a#{CODE}")
    expect_code_typed_in(phone.page)


def test_the_installed_app_goes_straight_on(on):
    page = on(IPHONE)
    page.add_init_script("Object.defineProperty(navigator, 'standalone', { value: true })")
    page.goto(f"/a#{CODE}")
    expect_code_typed_in(page)


def test_no_server_sees_the_code(on, portal):
    page = on(ANDROID)
    asked = []
    page.on("request", lambda request: asked.append((request.url, request.headers.get("referer", ""))))
    page.goto(f"/a#{CODE}")
    expect_code_typed_in(page)
    # Playwright tells fragments that browsers do not send; the referrer and the path are what a server sees.
    assert not [each for each in asked if CODE in each[0].partition("#")[0] or CODE in each[1]]


def test_a_page_without_https_says_what_is_missing_and_leads_on(on, settings):
    settings.PORTAL_BASE_URL = "https://portal.example"
    page = on(ANDROID)
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    page.route("https://portal.example/**", lambda route: route.fulfill(body="by https"))
    page.goto(f"/a#{CODE}")
    expect(heading(page)).to_have_text("This page cannot run here")
    expect(page.get_by_text("no keys, no camera and no notifications")).to_be_visible()
    page.get_by_role("button", name="Open it by https").click()
    expect(page).to_have_url(f"https://portal.example/authenticator/#{CODE}")


# --- On the phone itself ----------------------------------------------------------------------------------------------


@pytest.fixture
def one_phone(contexts):
    """A phone whose browser is desk and authenticator in one."""
    return contexts(**Phone.SHAPE)


def open_beside(page: Page) -> Phone:
    link = page.get_by_role("link", name="Open Portal Key on this phone")
    with page.context.expect_page() as opened:
        link.click()
    return Phone(opened.value)


def test_a_sign_in_on_the_phone_itself_needs_no_number_typed(mara, one_phone):
    desk = Desk(one_phone.new_page())
    desk.give_password("mara")
    phone = open_beside(desk.page)
    phone.button("Continue").click()
    phone.create_pin("Mara Lee")
    phone.page.close()
    expect(desk.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()
    desk.sign_out()

    desk.give_password("mara")
    number = desk.number()
    phone = open_beside(desk.page)
    expect(phone.field("Number shown on the sign-in page")).to_have_value(re.compile(number.replace(" ", r"\s?")))
    phone.approve()
    expect(phone.say("If it is open on this phone, go back to it.")).to_be_visible()
    desk.expect_signed_in()
    phone.page.close()
    desk.sign_out()

    # This browser is known now, so there is no number: the link opens exactly this question.
    desk.give_password("mara")
    phone = open_beside(desk.page)
    phone.approve()
    desk.expect_signed_in()


@pytest.mark.long
def test_the_link_stands_out_where_a_finger_is_the_pointer(known, desk, contexts):
    desk.give_password("mara")
    at_desk = desk.page.get_by_role("link", name="Open Portal Key on this phone")
    expect(at_desk).to_be_visible()
    touched = Desk(contexts(**Phone.SHAPE).new_page())
    touched.give_password("mara")
    on_phone = touched.page.get_by_role("link", name="Open Portal Key on this phone")
    expect(on_phone).to_be_visible()
    look = "(link) => [link.offsetWidth > 250, getComputedStyle(link).backgroundColor]"
    (wide_at_desk, plain), (wide_on_phone, filled) = at_desk.evaluate(look), on_phone.evaluate(look)
    assert (wide_at_desk, wide_on_phone) == (False, True)
    assert plain != filled
