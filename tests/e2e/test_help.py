"""The help in a browser: what it marks and shows for whoever reads it, and that everybody can read it."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.demo import broken_rules, too_wide
from tests.e2e.screens import Phone
from tests.given import LONG

ARTICLES = sorted(path.stem for path in (settings.BASE_DIR / "templates" / "help" / "en").glob("*.html"))
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
WINDOWS = CHROME.format("Windows NT 10.0; Win64; x64")
MAC = CHROME.format("Macintosh; Intel Mac OS X 10_15_7")
PLATFORMS = {"Android": ["Android"], "iPhone, iPad": ["iPhone and iPad"], "Computer": ["Windows", "macOS"]}
SAYS = "Object.defineProperty(Notification, 'permission', {{ value: '{}' }});"
NO_PUSH = "delete window.PushManager; delete window.Notification;"


class Article:
    """One article in one browser."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.page.goto(f"/help/{address}")

    def need(self, words: str) -> Locator:
        return self.page.locator(".needs li").filter(has_text=words)

    def steps(self, system: str) -> Locator:
        """The first step for one system."""
        heading = self.page.get_by_role("heading", name=system, exact=True, include_hidden=True)
        return self.page.locator("section").filter(has=heading).locator("li").first

    def choose(self, platform: str) -> None:
        self.page.locator("fieldset").get_by_text(platform, exact=True).click()

    def shows(self, chosen: str) -> None:
        """The steps for this kind of device, and no others."""
        for platform, systems in PLATFORMS.items():
            expect(self.page.get_by_role("radio", name=platform)).to_be_checked(checked=platform == chosen)
            for system in systems:
                expect(self.steps(system)).to_be_visible(visible=platform == chosen)


@pytest.fixture
def article(contexts: Callable[..., BrowserContext]) -> Callable[..., Article]:
    """Opens an article; `lack` is a script that takes from the browser what it is to be without."""

    def opened(address: str, lack: str = "", **options) -> Article:
        context = contexts(**options)
        if lack:
            context.add_init_script(lack)
        return Article(context, address)

    return opened


@pytest.mark.parametrize(
    ("permissions", "lack", "allowed", "push"),
    [
        pytest.param(["notifications"], "", "Allowed", "Works", marks=pytest.mark.whole_browser),
        ([], SAYS.format("default"), "Not asked yet", "Works"),
        ([], SAYS.format("denied"), "Not allowed", "Works"),
        ([], NO_PUSH, "Missing", "Missing"),
    ],
    ids=["granted", "default", "denied", "unsupported"],
)
def test_it_marks_what_this_browser_has_of_what_is_needed(article, permissions, lack, allowed, push):
    """F17."""
    here = article("notifications/", lack, permissions=permissions)
    expect(here.need("Permission for this site").locator("[data-mark]")).to_have_text(allowed)
    expect(here.need("takes messages while").locator("[data-mark]")).to_have_text(push)
    expect(here.page.get_by_text("The marks are about the browser in which you read this.")).to_be_visible()


@pytest.mark.long
def test_what_no_script_can_try_has_no_mark(article):
    here = article("notifications/")
    expect(here.need("A network connection").locator("[data-mark]")).to_have_text("Works")
    expect(here.need("is active on the device").locator("[data-mark]")).to_have_count(0)


def test_asking_is_left_to_the_person(article):
    """To try whether something is allowed is not to ask for it."""
    ask = """window.asked = [];
        Notification.requestPermission = async () => window.asked.push("notifications");
        MediaDevices.prototype.getUserMedia = async () => window.asked.push("camera");
        CredentialsContainer.prototype.get = async () => window.asked.push("biometrics");"""
    for address, words in (("notifications/", "Permission"), ("scanning/", "A camera"), ("pin/", "a browser that can")):
        here = article(address, f"if (location.protocol !== 'about:') {{{ask}}}")
        expect(here.need(words).locator("[data-mark]").filter(has_not_text="Trying")).to_be_visible()
        assert here.page.evaluate("window.asked") == []


@pytest.mark.parametrize(
    ("shape", "own"),
    [
        (Phone.SHAPE, "Android"),
        ({"user_agent": IPHONE}, "iPhone, iPad"),
        ({"user_agent": WINDOWS}, "Computer"),
        ({"user_agent": MAC}, "Computer"),
    ],
    ids=["android", "iphone", "windows", "mac"],
)
def test_the_steps_for_this_device_are_shown_and_the_others_at_a_tap(article, shape, own):
    """A17, E5."""
    here = article("notifications/", **shape)
    here.shows(own)
    for platform in PLATFORMS:
        here.choose(platform)
        here.shows(platform)


def test_the_device_that_was_chosen_stays_chosen_in_the_next_article(article):
    here = article("notifications/", **Phone.SHAPE)
    here.choose("Computer")
    here.page.goto("/help/scanning/")
    expect(here.page.get_by_role("radio", name="Computer")).to_be_checked()
    expect(here.steps("Computer")).to_be_visible()
    expect(here.steps("Android")).to_be_hidden()


def test_the_list_of_sections_stands_open_beside_the_article_and_folded_above_it(article):
    place = "Repair, step by step"
    wide = article("notifications/", viewport={"width": 1280, "height": 800})
    contents = wide.page.get_by_role("navigation", name="On this page")
    expect(contents.get_by_role("link", name=place)).to_be_visible()
    narrow = article("notifications/", viewport={"width": 390, "height": 800})
    contents = narrow.page.get_by_role("navigation", name="On this page")
    expect(contents.get_by_role("link", name=place)).to_be_hidden()
    contents.get_by_text("On this page").click()
    contents.get_by_role("link", name=place).click()
    expect(narrow.page.get_by_role("heading", name=place)).to_be_in_viewport()


def test_the_search_goes_by_keyboard_alone_and_leads_to_the_section(article):
    here = article("pin/", java_script_enabled=False)
    field = here.page.get_by_role("searchbox", name="Search the help")
    field.focus()
    field.fill("notification overlooked")
    field.press("Enter")
    expect(here.page.get_by_role("heading", name="What speaks of")).to_be_visible()
    here.page.get_by_role("link", name="Perhaps it is only overlooked").press("Enter")
    expect(here.page).to_have_url(re.compile("/help/notifications/#overlooked$"))


def test_what_comes_out_of_a_printer_has_all_devices_and_everything_open(article):
    here = article("texts/")
    here.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert here.page.locator("details:not([open])").count() == 0
    here.page.goto("/help/notifications/")
    here.page.emulate_media(media="print")
    for system in ("Android", "iPhone and iPad", "Windows", "macOS"):
        expect(here.steps(system)).to_be_visible()
    expect(here.page.get_by_role("banner")).to_be_hidden()
    expect(here.page.get_by_role("search")).to_be_hidden()


@pytest.mark.long
def test_the_skip_link_goes_to_the_repair(article):
    """E8."""
    here = article("notifications/", **Phone.SHAPE)
    repair = here.page.get_by_role("heading", name="Repair, step by step")
    expect(repair).not_to_be_in_viewport()
    here.page.get_by_role("link", name="Skip these instructions and go to the repair").click()
    expect(repair).to_be_in_viewport()


@pytest.mark.long
def test_a_place_that_is_led_to_is_shown_although_steps_are_hidden_above_it(article):
    here = article("notifications/#never", **Phone.SHAPE)
    expect(here.steps("Android")).to_be_visible()
    expect(here.page.get_by_role("heading", name="If the phone can never receive")).to_be_in_viewport()


def test_without_scripts_everything_can_be_read(article):
    here = article("notifications/", java_script_enabled=False)
    expect(here.need("Permission for this site")).to_be_visible()
    expect(here.page.get_by_text("The marks are about")).to_be_hidden()
    expect(here.page.get_by_role("radio")).to_have_count(0)
    for system in ("Android", "iPhone and iPad", "Windows", "macOS"):
        expect(here.steps(system)).to_be_visible()


def unfold_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    expect(page.locator("[data-state=trying]")).to_have_count(0)


def test_everybody_can_read_them_on_the_narrowest_screen(article):
    here = article("", viewport={"width": 320, "height": 640})
    for slug in ("", *ARTICLES):
        here.page.emulate_media(color_scheme="light")
        here.page.goto(f"/help/{slug}/" if slug else "/help/")
        unfold_all(here.page)
        assert broken_rules(here.page) == [], slug
        assert too_wide(here.page) <= 0, slug
        # All articles are of the same parts: without PORTAL_LONG=1 two pages tell of their colours at night.
        if LONG or slug in ("", ARTICLES[0]):
            here.page.emulate_media(color_scheme="dark")
            assert broken_rules(here.page, "color-contrast") == [], slug


@pytest.mark.long
def test_nothing_is_wider_than_the_screen_in_chinese_either(article):
    here = article("", viewport={"width": 320, "height": 640})
    here.page.get_by_role("button", name="繁體中文").click()
    expect(here.page.locator("html")).to_have_attribute("lang", "zh-hant")
    for slug in ARTICLES:
        here.page.goto(f"/help/{slug}/")
        unfold_all(here.page)
        assert too_wide(here.page) <= 0, slug
