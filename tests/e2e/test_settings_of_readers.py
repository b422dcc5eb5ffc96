"""Pages under the settings that people read with: their own colours, more room between letters, no motion, from right
to left, 400 % of the size (WCAG 1.3.2, 1.4.1, 1.4.10, 1.4.11, 1.4.12, 2.3.3).
"""

import pytest
from playwright.sync_api import Page, expect

from tests.applications.asked.asker import Asker
from tests.applications.devices import begun, trading, type_code
from tests.applications.rp import Party, registered
from tests.e2e.demo import too_wide
from tests.factories import desk as client
from tests.factories import with_key
from tests.given import PIN

# What WCAG 1.4.12 asks a page to bear; as a sheet of its own, which no security policy of a page keeps out.
SPACED = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
        * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
        p { margin-block-end: 2em !important }
    `);
    document.adoptedStyleSheets = [sheet];
}"""
# Buttons and fields that are cut off, and words that stand beyond their box.
CUT = """() => [...document.querySelectorAll("main :is(button, a.button, h1, h2, p, label)")]
    .filter((each) => each.checkVisibility() && getComputedStyle(each).overflow === "hidden")
    .filter((each) => each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1)
    .map((each) => each.outerHTML.slice(0, 100))"""
# In colours of the reader a shadow is gone: the focus and the rims have to be lines.
OUTLINE = """(place) => {
    place.focus({ focusVisible: true });
    const { outlineStyle, outlineColor } = getComputedStyle(place);
    return [outlineStyle, outlineColor === "rgba(0, 0, 0, 0)"];
}"""
RIM = """(place) => {
    const { borderTopStyle, borderTopColor } = getComputedStyle(place);
    return borderTopStyle === "solid" && borderTopColor !== "rgba(0, 0, 0, 0)";
}"""


def bear(page: Page, state: str) -> None:
    """Everything at 320 pixels, which is 1280 at 400 %."""
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.getAnimations().length") == 0, f"{state}: something moves"
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert not too_wide(page), f"{state}, from right to left"
    page.evaluate("document.documentElement.dir = 'ltr'")
    page.evaluate(SPACED)
    assert not too_wide(page), f"{state}, spaced"
    assert page.evaluate(CUT) == [], f"{state}, spaced"
    page.evaluate("document.adoptedStyleSheets = []")
    page.emulate_media(forced_colors="active")
    for place in page.locator("main :is(.button, input:not([type=hidden]), summary)").all():
        if place.is_visible() and place.is_enabled():
            assert place.evaluate(OUTLINE) == ["solid", False], f"{state}: no focus in forced colours"
    for place in page.locator("main :is(.button:not(.plain), .card, .number, .tag, input:not([type=hidden]))").all():
        if place.is_visible():
            assert place.evaluate(RIM), f"{state}: no rim in forced colours"
    page.emulate_media(forced_colors="none")
    page.set_viewport_size({"width": 1280, "height": 720})


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_the_desk_bears_what_its_readers_have_set(active, contexts, phone, language):
    page = contexts(extra_http_headers={"Accept-Language": language}).new_page()
    page.goto("/sign-in/")
    bear(page, "sign in")
    page.locator("[name=username]").fill("mara")
    page.locator("[name=password]").fill("a wrong one")
    page.locator("[name=password]").press("Enter")
    expect(page.locator("[data-focus]")).to_be_visible()
    bear(page, "a wrong password")


def test_the_waiting_page_home_and_the_overview_bear_it_too(known, desk, phone):
    desk.give_password("mara")
    expect(desk.status).to_contain_text("Waiting for your answer")
    bear(desk.page, "waiting")
    phone.approve(pin=PIN)
    desk.expect_signed_in()
    bear(desk.page, "home")
    for path in ("/security/", "/security/activity/", "/no-such-page/"):
        desk.page.goto(path)
        bear(desk.page, path)


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_what_applications_and_devices_show_bears_it_too(mara, contexts, portal, language):
    here = client()
    with_key(mara, browser=here)
    device = begun(trading())
    type_code(here, device.user_code)
    bank = Asker(registered("Harbour Bank", asks_phones=True, asks_actions=True))
    action = str(bank.look(bank.action())["url"])
    context = contexts(extra_http_headers={"Accept-Language": language})
    context.add_cookies([{"name": each.key, "value": each.value, "url": portal} for each in here.cookies.values()])
    page = context.new_page()
    consent = Party(registered("News Reader", skip_authorization=False)).address()
    for path in (consent, "/applications/", "/device/", f"/device/{device.row.pk}/", action):
        page.goto(path)
        bear(page, path)


def test_a_button_that_was_pressed_says_so_and_is_sent_once(desk):
    """And it can be pressed again by whoever comes back to the page."""
    page = desk.page
    page.goto("/sign-in/")
    # After the page's own listener: what it lets through is counted, and goes nowhere.
    page.evaluate("""() => document.addEventListener("submit", (event) => {
        window.sent = (window.sent ?? 0) + !event.defaultPrevented;
        event.preventDefault();
    })""")
    button = page.get_by_role("button", name="Log in")
    button.click()
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    expect(button).to_be_enabled()
    assert page.evaluate("sent") == 1
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(button).not_to_have_attribute("aria-busy", "true")
    button.click()
    assert page.evaluate("sent") == 2
