"""The check of a browser tries what it says it tries: real keys, a real database, a real connection."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.demo import broken_rules, too_wide
from tests.e2e.screens import Desk, Phone

ADDRESS = "/help/this-browser/"
BOTH = "This browser can be your authenticator, and you can sign in with it."
KEY = "This browser can be your authenticator, but you cannot sign in with it: it takes no cookies."
DESK = "You can sign in with this browser, but it cannot be your authenticator. What it lacks is marked below."
NONE = "This browser cannot be your authenticator, and you cannot sign in with it. What it lacks is marked below."

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)

# What browsers lack, brought about in one that lacks nothing: before any script of the page runs.
NO_DATABASE = "Object.defineProperty(window, 'indexedDB', { value: undefined });"
NO_CRYPTOGRAPHY = "Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });"
NO_COOKIES = "Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set() {} });"
WRITES_NOTHING = "IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError'); };"
KEEPS_NO_KEYS = """
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value, name) {
      if (value instanceof CryptoKey) throw new DOMException('', 'DataCloneError');
      return put.call(this, value, name);
    };"""
MAKES_OPEN_KEYS = """
    const make = SubtleCrypto.prototype.generateKey;
    SubtleCrypto.prototype.generateKey = function (kind, _, uses) { return make.call(this, kind, true, uses); };"""
SIGNS_BADLY = "SubtleCrypto.prototype.sign = async () => new ArrayBuffer(64);"
DERIVES_BADLY = "SubtleCrypto.prototype.deriveBits = async () => new ArrayBuffer(32);"
# Everything that would make a browser ask the person, or promise something in their name.
TELL_OF_QUESTIONS = """
    window.asked = [];
    const tell = (owner, name) => { owner[name] = async () => window.asked.push(name); };
    tell(Notification, 'requestPermission');
    tell(MediaDevices.prototype, 'getUserMedia');
    tell(StorageManager.prototype, 'persist');
    tell(CredentialsContainer.prototype, 'get');
    tell(CredentialsContainer.prototype, 'create');
    tell(ServiceWorkerContainer.prototype, 'register');"""


class Check:
    """The article in one browser."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.goto(ADDRESS)

    def verdict(self, words: str) -> None:
        expect(self.page.get_by_role("status")).to_have_text(re.compile(rf"^\s*{re.escape(words)}\s*$"))

    def row(self, title: str) -> Locator:
        """One thing that was tried, folded or not."""
        return self.page.locator("li").filter(has=self.page.get_by_text(title, exact=True))

    def expect(self, title: str, mark: str | re.Pattern[str]) -> None:
        expect(self.row(title).locator("[data-mark]")).to_have_text(mark)

    def cure(self, title: str) -> Locator:
        return self.row(title).locator("p").nth(2)

    def report(self) -> str:
        """The whole report, once it is written."""
        place = self.page.locator("[data-report]")
        expect(place).to_have_text(re.compile(r"prf: "))
        return place.text_content() or ""

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def check(contexts: Callable[..., BrowserContext]) -> Callable[..., Check]:
    """Opens the article, in a browser that lacks something if scripts are given."""

    def opened(*scripts: str, **options) -> Check:
        context = contexts(**options)
        for script in scripts:
            # Not on the empty page that comes first: it is no secure address and lacks half of the names.
            context.add_init_script(f"if (location.protocol !== 'about:') {{{script}}}")
        return Check(context.new_page())

    return opened


def test_chromium_has_everything_that_is_needed(check):
    here = check()
    here.verdict(BOTH)
    needed = here.page.get_by_role("list").filter(has_text="Secure address").get_by_role("listitem")
    expect(needed).to_have_count(6)
    for row in needed.all():
        expect(row.get_by_text("Works", exact=True)).to_be_visible()
    expect(here.page.get_by_text("If it is missing")).to_have_count(6)
    expect(here.page.get_by_text("If it is missing").filter(visible=True)).to_have_count(0)


@pytest.mark.parametrize(
    ("lack", "missing", "works"),
    [
        (NO_DATABASE, ["Storage that can be written", "Keys that stay and cannot be read out"], "Keys that sign"),
        (WRITES_NOTHING, ["Storage that can be written", "Keys that stay and cannot be read out"], "Keys that sign"),
        (NO_CRYPTOGRAPHY, ["Keys that sign", "Responses from a PIN"], "Storage that can be written"),
        (KEEPS_NO_KEYS, ["Keys that stay and cannot be read out"], "Storage that can be written"),
        (MAKES_OPEN_KEYS, ["Keys that stay and cannot be read out"], "Keys that sign"),
        (SIGNS_BADLY, ["Keys that sign"], "Storage that can be written"),
        (DERIVES_BADLY, ["Responses from a PIN"], "Keys that sign"),
    ],
    ids=[
        "no-database",
        "no-writing",
        "no-cryptography",
        "no-kept-keys",
        "open-keys",
        "bad-signature",
        "bad-derivation",
    ],
)
def test_a_browser_without_what_a_key_needs_is_good_for_signing_in_only(check, lack, missing, works):
    here = check(lack)
    here.verdict(DESK)
    for title in missing:
        here.expect(title, "Missing")
        expect(here.cure(title)).to_be_visible()
    here.expect(works, "Works")
    expect(here.cure(works)).to_be_hidden()


def test_a_browser_without_cookies_is_no_place_to_sign_in(check):
    here = check(NO_COOKIES)
    here.verdict(KEY)
    here.expect("Cookies", "Missing")
    check(NO_COOKIES, NO_DATABASE).verdict(NONE)


def test_an_address_without_protection_is_named_as_the_cause_and_not_what_hides_behind_it(check):
    here = check("Object.defineProperty(window, 'isSecureContext', { value: false });")
    here.verdict(DESK)
    here.expect("Secure address", "Missing")
    here.expect("Keys that sign", "Cannot be told")
    expect(here.cure("Secure address")).to_be_visible()
    expect(here.cure("Keys that sign")).to_be_hidden()


def test_it_really_connects_to_the_portal(contexts):
    page = contexts().new_page()
    with page.expect_websocket() as connection:
        here = Check(page)
    assert connection.value.url.endswith("/ws/authenticator/")
    here.expect("Live connection to this portal", "Works")


@pytest.mark.long
@pytest.mark.parametrize(("code", "mark"), [(4403, "Works"), (1011, "Missing")])
def test_whoever_is_refused_by_the_portal_itself_has_reached_it(contexts, code, mark):
    context = contexts()
    context.route_web_socket("**/ws/**", lambda socket: socket.close(code=code))
    here = Check(context.new_page())
    here.expect("Live connection to this portal", mark)
    here.verdict(BOTH)


@pytest.mark.parametrize(("minutes", "word"), [(5, "fast"), (-5, "slow"), (0, None)])
def test_a_wrong_clock_is_measured_against_the_portal(contexts, minutes, word):
    context = contexts()
    context.clock.set_system_time(datetime.now(UTC) + timedelta(minutes=minutes))
    here = Check(context.new_page())
    here.expect("Clock", re.compile(rf"^\s*(29\d|30\d) s {word}\s*$") if word else "Right")
    here.verdict(BOTH)


def test_it_asks_nobody_and_leaves_nothing_behind(check):
    here = check(TELL_OF_QUESTIONS)
    here.report()
    assert here.page.evaluate("window.asked") == []
    assert here.page.evaluate("indexedDB.databases()") == []
    assert "check" not in here.page.evaluate("document.cookie")


@pytest.mark.long
def test_it_can_be_repeated_after_something_has_changed(check):
    here = check()
    here.report()
    here.verdict(BOTH)
    here.page.evaluate(NO_DATABASE)
    here.press("Check again")
    here.verdict(DESK)
    expect(here.page.locator("[data-report]")).to_have_text(re.compile("- writing: "))


def test_the_report_can_be_copied_and_says_nothing_about_the_person(mara, contexts):
    context = contexts(permissions=["clipboard-read", "clipboard-write"])
    desk = Desk(context.new_page())
    desk.give_password("mara")
    desk.expect_signed_in()
    here = Check(desk.page)
    report = here.report()
    here.press("Copy the report")
    expect(here.page.get_by_text("The report is copied.")).to_be_visible()
    assert here.page.evaluate("navigator.clipboard.readText()") == report
    assert BOTH in report
    assert "+ keeping: Keys that stay and cannot be read out - Works" in report
    assert here.page.evaluate("navigator.userAgent") in report
    assert not re.search("mara|lee", report, re.IGNORECASE)
    here.page.get_by_text("Report for the support desk").click()
    expect(here.page.get_by_role("region", name="Report", exact=True)).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize(
    ("shape", "own"),
    [({}, "Computer"), (Phone.SHAPE, "Android"), ({"user_agent": IPHONE}, "iPhone and iPad")],
    ids=["computer", "android", "iphone"],
)
def test_what_to_keep_in_mind_stands_open_for_this_kind_of_device(check, shape, own):
    here = check(**shape)
    here.verdict(BOTH)
    for name in ("Android", "iPhone and iPad", "Computer"):
        folded = here.page.locator("details").filter(has=here.page.get_by_role("heading", name=name, exact=True))
        items = folded.get_by_role("listitem")
        expect(items.first).to_be_visible(visible=name == own)
        if name != own:
            folded.get_by_role("heading", name=name).click()
            expect(items.first).to_be_visible()


def test_without_scripts_it_says_in_words_what_is_needed(check):
    here = check(java_script_enabled=False)
    expect(here.page.get_by_text("The check has not run")).to_be_visible()
    expect(here.page.get_by_text("If it is missing").filter(visible=True)).to_have_count(6)
    expect(here.page.get_by_role("status")).to_have_count(0)
    expect(here.page.get_by_role("button", name="Copy the report")).to_have_count(0)
    expect(here.page.get_by_role("table")).to_contain_text("Chromium")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lack", ["", NO_DATABASE], ids=["all-there", "lacking"])
def test_everybody_can_read_it_on_the_narrowest_screen(check, scheme, lack):
    here = check(lack, color_scheme=scheme, viewport={"width": 320, "height": 640})
    here.report()
    here.page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    assert broken_rules(here.page) == []
    assert too_wide(here.page) <= 0


@pytest.mark.long
def test_the_list_of_articles_leads_to_it(contexts):
    page = contexts().new_page()
    page.goto("/help/")
    page.get_by_role("link", name="Will this browser do?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Will this browser do?")
