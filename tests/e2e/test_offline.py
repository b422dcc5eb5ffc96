"""The authenticator as an app: kept on the phone, opened without a network, renewed, and its keys removed."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.signals import request_started
from playwright.sync_api import BrowserType, Page, Route, expect

from tests.e2e.screens import Desk, Phone

TAKEN_OVER = "() => navigator.serviceWorker.controller?.state === 'activated'"
MISSING = re.compile("removed the keys")
NEWER = "Load it now"


def keep(phone: Phone) -> None:
    """Wait until the phone has all of the page."""
    phone.page.wait_for_function(TAKEN_OVER)


@pytest.fixture
def kept(phone: Phone, transactional_db) -> Phone:
    """A phone that has opened the authenticator once; nobody is registered on it."""
    phone.open()
    keep(phone)
    return phone


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """What the portal is asked for, in the order in which it comes."""
    paths: list[str] = []

    def note(scope=None, **_more: object) -> None:
        paths.append(scope["path"])

    request_started.connect(note)
    yield paths
    request_started.disconnect(note)


def clean(page: Page) -> list[str]:
    return [each["id"] for each in Axe().run(page).response["violations"]]


def wipe(phone: Phone, kinds: str) -> None:
    """What a browser does that removes a page's data; `kinds` as the DevTools protocol calls them."""
    phone.page.goto("about:blank")
    wire = phone.page.context.new_cdp_session(phone.page)
    wire.send("Storage.clearDataForOrigin", {"origin": settings.PORTAL_BASE_URL, "storageTypes": kinds})


# --- Without a network -----------------------------------------------------------------------------------------------


def test_a_phone_without_a_network_opens_the_page_and_its_response_signs_in(known, desk, phone):
    """FI-17."""
    keep(phone)
    phone.lose_network()
    phone.page.reload()
    desk.give_password("mara")
    desk.give_response(phone.respond(desk.go_manual()))
    desk.expect_signed_in()


def test_it_opens_without_a_network_after_the_browser_was_closed(
    mara, desk: Desk, portal: str, browser_type: BrowserType, browser_type_launch_args: dict, tmp_path
):
    def begin() -> Phone:
        context = browser_type.launch_persistent_context(
            tmp_path, base_url=portal, locale="en-GB", **browser_type_launch_args, **Phone.SHAPE
        )
        context.set_default_timeout(10_000)
        return Phone(context.pages[0])

    phone = begin()
    desk.give_password("mara")
    phone.open()
    phone.button("Register two-factor").click()
    phone.type_code(desk.activation_code())
    phone.create_pin("Mara Lee")
    keep(phone)
    phone.page.context.close()
    desk.sign_out()

    phone = begin()
    phone.lose_network()
    phone.open()
    desk.give_password("mara")
    desk.give_response(phone.respond(desk.go_manual()))
    desk.expect_signed_in()
    phone.page.context.close()


def test_the_kept_page_is_guarded_like_the_one_of_the_portal(kept):
    names = ["content-security-policy", "permissions-policy", "x-content-type-options", "cross-origin-opener-policy"]
    fresh = kept.page.request.get("/authenticator/").headers
    kept.lose_network()
    answer = kept.page.reload()
    assert answer
    assert answer.from_service_worker
    assert [answer.headers[name] for name in names] == [fresh[name] for name in names]


def test_the_browser_finds_nothing_wrong_with_the_app(kept):
    wire = kept.page.context.new_cdp_session(kept.page)
    assert wire.send("Page.getAppManifest")["errors"] == []
    # A test's browser keeps nothing for good, so it installs nothing; that is the only thing against it.
    against = [each["errorId"] for each in wire.send("Page.getInstallabilityErrors")["installabilityErrors"]]
    assert set(against) <= {"in-incognito"}


@pytest.mark.long
def test_a_later_start_asks_the_portal_for_nothing_but_whether_there_is_a_new_version(kept, asked):
    """FI-18."""
    kept.page.reload()
    kept.button("Settings").click()
    expect(kept.page.get_by_role("heading", name="Settings")).to_be_visible()
    assert set(asked) <= {"/authenticator/sw.js"}


@pytest.mark.long
def test_an_answer_from_before_the_network_went_does_not_call_it_there(known, phone):
    held: list[Route] = []
    phone.page.route("**/authenticator/api/inbox", lambda route: held.append(route))
    for event in ("document.dispatchEvent(new Event('visibilitychange'))", "dispatchEvent(new Event('offline'))"):
        with phone.page.expect_request("**/authenticator/api/inbox"):
            phone.page.evaluate(event)
    with phone.page.expect_response("**/authenticator/api/inbox"):
        held[0].continue_()
    expect(phone.page.get_by_role("banner").get_by_text("Reconnecting")).to_be_visible()


@pytest.mark.long
def test_a_part_that_does_not_load_says_so_and_is_tried_again(phone, transactional_db):
    block = "**/authenticator/screens/**"
    phone.page.route(block, lambda route: route.abort())
    phone.open()
    phone.button("Add user").click()
    expect(phone.page.get_by_role("heading", name="This did not load")).to_be_visible()
    assert clean(phone.page) == []
    phone.page.unroute(block)
    phone.button("Try again").click()
    expect(phone.field("Activation code")).to_be_visible()


@pytest.mark.long
def test_a_question_that_waits_comes_up_although_the_rest_of_the_page_is_slow(known, desk, contexts, phone):
    held = []
    phone.page.context.service_workers[0].evaluate("() => self.registration.unregister()")
    phone.page.goto("about:blank")
    phone.page.route("**/authenticator/screens/**", lambda route: held.append(route))
    phone.open()
    expect(phone.page.get_by_role("heading", name="Nothing to answer")).to_be_visible()
    desk.give_password("mara")
    expect(phone.page.get_by_role("heading", name="One moment")).to_be_visible()
    held[0].continue_()
    phone.approve()
    desk.expect_signed_in()


# --- A new version ---------------------------------------------------------------------------------------------------


@pytest.fixture
def renamed(settings) -> Callable[[], None]:
    """The portal gets a new version of the page."""

    def rename() -> None:
        settings.PORTAL_NAME = "The Other Portal"

    return rename


def look_for_news(phone: Phone) -> None:
    phone.page.evaluate("async () => { await (await navigator.serviceWorker.ready).update(); }")


def test_a_new_version_is_offered_and_comes_with_a_tap(kept, renamed):
    renamed()
    look_for_news(kept)
    expect(kept.button(NEWER)).to_be_visible()
    expect(kept.page.get_by_text("The Other Portal")).to_have_count(0)
    assert clean(kept.page) == []
    kept.button(NEWER).click()
    expect(kept.page.get_by_text("The Other Portal").first).to_be_visible()
    expect(kept.button(NEWER)).to_be_hidden()
    assert (
        kept.page.evaluate("async () => (await caches.keys()).filter((name) => name.startsWith('shell-')).length") == 1
    )


@pytest.mark.long
def test_a_new_version_does_not_stand_beside_a_question(known, desk, phone, renamed):
    keep(phone)
    desk.give_password("mara")
    phone.expect_asked()
    renamed()
    look_for_news(phone)
    phone.page.wait_for_function("async () => Boolean((await navigator.serviceWorker.ready).waiting)")
    expect(phone.button(NEWER)).to_be_hidden()
    phone.approve()
    desk.expect_signed_in()
    expect(phone.button(NEWER)).to_be_visible()


def test_a_portal_with_a_new_version_leaves_a_phone_without_a_network_its_own(kept, renamed):
    kept.lose_network()
    renamed()
    kept.page.reload()
    expect(kept.button("Register two-factor")).to_be_visible()
    expect(kept.page.get_by_text(settings.PORTAL_NAME)).to_have_count(0)


@pytest.mark.long
def test_another_window_is_not_reloaded_under_its_fingers(kept, renamed):
    other = Phone(kept.page.context.new_page())
    other.open()
    other.button("Add user").click()
    other.field("Activation code").fill("K7QF")
    renamed()
    look_for_news(kept)
    kept.button(NEWER).click()
    expect(kept.page.get_by_text("The Other Portal").first).to_be_visible()
    expect(other.field("Activation code")).to_have_value("K7QF")


# --- Languages -------------------------------------------------------------------------------------------------------


def speaks(phone: Phone, language: str) -> None:
    expect(phone.page.locator("html")).to_have_attribute("lang", language)


def test_a_language_that_is_not_on_the_phone_needs_a_network_and_says_so(kept):
    kept.lose_network()
    kept.button("Settings").click()
    kept.button("繁體中文").click()
    expect(kept.page.get_by_role("alert").filter(has_text="not on this phone yet")).to_be_visible()
    speaks(kept, "en")


def test_a_language_that_was_spoken_once_is_there_without_a_network(kept):
    nav = kept.page.get_by_role("navigation").get_by_role("button")
    nav.nth(3).click()
    kept.button("繁體中文").click()
    speaks(kept, "zh-hant")
    kept.lose_network()
    nav.nth(3).click()
    kept.button("English").click()
    speaks(kept, "en")
    nav.nth(3).click()
    kept.button("繁體中文").click()
    speaks(kept, "zh-hant")
    expect(kept.page.get_by_role("navigation")).to_be_visible()


def test_a_new_version_speaks_every_language_that_the_phone_has_spoken(kept, renamed):
    nav = kept.page.get_by_role("navigation").get_by_role("button")
    nav.nth(3).click()
    kept.button("繁體中文").click()
    speaks(kept, "zh-hant")
    renamed()
    look_for_news(kept)
    kept.page.locator("[data-newer-load]").click()
    expect(kept.page.get_by_text("The Other Portal").first).to_be_visible()
    speaks(kept, "zh-hant")
    kept.lose_network()
    nav.nth(3).click()
    kept.button("English").click()
    speaks(kept, "en")


# --- Keys that the browser has removed -------------------------------------------------------------------------------


def test_where_the_browser_has_removed_everything_a_cookie_remembers(active, phone):
    """FI-18."""
    keep(phone)
    wipe(phone, "indexeddb,local_storage,cache_storage,service_workers")
    phone.open()
    expect(phone.page.get_by_role("heading", name=MISSING)).to_be_visible()
    assert clean(phone.page) == []
    phone.button("Activate again").click()
    expect(phone.field("Activation code")).to_be_visible()


@pytest.mark.long
def test_where_the_cookies_have_gone_too_the_storage_remembers(active, phone):
    keep(phone)
    wipe(phone, "indexeddb,cookies,cache_storage,service_workers")
    phone.open()
    expect(phone.page.get_by_role("heading", name=MISSING)).to_be_visible()


@pytest.mark.long
def test_whoever_has_read_it_begins_anew(active, phone):
    keep(phone)
    wipe(phone, "indexeddb,local_storage,cache_storage,service_workers")
    phone.open()
    with phone.page.expect_response("**/authenticator/mark/"):
        phone.button("I no longer need them").click()
    expect(phone.button("Register two-factor")).to_be_visible()
    wipe(phone, "local_storage,cache_storage,service_workers")
    phone.open()
    expect(phone.button("Register two-factor")).to_be_visible()


@pytest.mark.long
def test_a_key_that_was_forgotten_on_purpose_is_not_missed(active, phone):
    keep(phone)
    phone.button("Accounts").click()
    phone.page.get_by_role("button", name="Mara Lee").click()
    phone.button("Forget this key").click()
    with phone.page.expect_response("**/authenticator/mark/"):
        phone.button("Forget this key").click()
    phone.button("Done").click()
    expect(phone.button("Register two-factor")).to_be_visible()
    wipe(phone, "indexeddb,local_storage,cache_storage,service_workers")
    phone.open()
    expect(phone.button("Register two-factor")).to_be_visible()
