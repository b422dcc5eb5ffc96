"""What a phone says about itself: its notifications in every state, what it has and lacks, and a test with its time."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.demo import broken_rules, too_wide
from tests.e2e.pushing import TESTED, WokenPhone
from tests.e2e.screens import Phone, activate
from tests.e2e.test_self_check import IPHONE
from twofactor.models import Subscription

pytestmark = pytest.mark.whole_browser

SAMSUNG = Phone.SHAPE["user_agent"].replace("Chrome/142.0.0.0", "SamsungBrowser/28.0 Chrome/130.0.0.0")
FIREFOX_PHONE = "Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
EDGE = f"{WINDOWS} Edg/142.0.0.0"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/26.0 Safari/605.1.15"
)

NO_PUSH = "delete window.PushManager; delete window.Notification;"
ON_HOME_SCREEN = "Object.defineProperty(navigator, 'standalone', { value: true });"
NO_ADDRESS = "localStorage.setItem('push-fails', 'yes');"


def permission(state: str) -> str:
    """A browser whose person has decided so; `window.decide` decides anew, as in the browser's own settings."""
    return """
      let state = "STATE";
      Object.defineProperty(Notification, "permission", { get: () => state });
      Notification.requestPermission = async () => (state = window.answer ?? state);
      window.decide = (now) => (state = now);
    """.replace("STATE", state)


@pytest.fixture
def page_of(service, contexts, portal):
    """Opens the authenticator's page about notifications in a browser that lacks or refuses something."""

    def opened(*scripts: str, **options) -> Phone:
        phone = WokenPhone(contexts(**{**Phone.SHAPE, "permissions": ["notifications"], **options}), service, portal)
        for script in scripts:
            phone.page.add_init_script(script)
        phone.open()
        go_to(phone, "Notifications")
        return phone

    return opened


def go_to(phone: Phone, name: str) -> None:
    phone.button("Settings").click()
    phone.page.get_by_role("button", name=name).click()


def heading(phone: Phone, words: str):
    return phone.page.get_by_role("heading", level=1, name=words, exact=True)


def check(phone: Phone, name: str):
    """What stands beside a requirement, and below it where it is not met."""
    return phone.page.get_by_role("listitem").filter(has=phone.page.get_by_text(name, exact=True))


# --- Asking ---


def test_a_new_key_offers_notifications_with_the_reason_and_goes_on_without(service, mara, desk, contexts, portal):
    phone = WokenPhone(contexts(**Phone.SHAPE, permissions=["notifications"]), service, portal)
    phone.page.add_init_script(permission("default"))
    desk.give_password("mara")
    phone.scan(desk.scanned())
    phone.choose_pin("Mara Lee")
    expect(phone.button("Done")).to_be_visible()
    expect(phone.say("Then this phone calls you when a sign-in waits")).to_be_visible()
    phone.button("Turn on notifications").click()
    expect(heading(phone, "Know at once when somebody signs in")).to_be_focused()
    phone.button("Not now").click()
    expect(heading(phone, "Nothing to answer")).to_be_visible()
    assert not Subscription.objects.exists()


@pytest.mark.long
def test_a_tap_on_the_button_asks_and_registers(service, mara, desk, contexts, portal):
    phone = WokenPhone(contexts(**Phone.SHAPE, permissions=["notifications"]), service, portal)
    phone.page.add_init_script(permission("default"))
    desk.give_password("mara")
    phone.scan(desk.scanned())
    phone.choose_pin("Mara Lee")
    phone.button("Turn on notifications").click()
    phone.page.evaluate("() => { window.answer = 'granted'; }")
    phone.button("Allow notifications").click()
    expect(heading(phone, "Notifications are on")).to_be_visible()
    phone.deliver()
    phone.button("Done").click()
    expect(phone.say("You may close this page")).to_be_visible()
    assert Subscription.objects.get().state == "works"


def test_nobody_is_asked_before_they_tap(page_of):
    phone = page_of(permission("default"), "Notification.requestPermission = () => { throw new Error('asked'); };")
    expect(heading(phone, "Know at once when somebody signs in")).to_be_visible()
    expect(phone.button("Not now")).to_be_visible()


@pytest.mark.long
def test_who_says_no_sees_how_to_say_yes_later_and_the_page_notices_it(page_of):
    phone = page_of(permission("default"))
    phone.page.evaluate("() => { window.answer = 'denied'; }")
    phone.button("Allow notifications").click()
    expect(heading(phone, "Notifications are blocked")).to_be_visible()
    expect(phone.say("Signing in works all the same")).to_be_visible()
    # In the settings of the browser; then back to this window.
    phone.page.evaluate("() => { window.decide('granted'); window.dispatchEvent(new Event('focus')); }")
    expect(heading(phone, "Notifications are on")).to_be_visible()


# --- A page for every state, browser and system ---


@pytest.mark.parametrize(
    ("agent", "steps"),
    [
        (Phone.SHAPE["user_agent"], ["press the sign left of the address", "In the settings of the phone open “Apps”"]),
        (SAMSUNG, ["Sites and downloads", "In the settings of the phone open “Apps”"]),
        (FIREFOX_PHONE, ["Press the lock left of the address", "In the settings of the phone open “Apps”"]),
        (IPHONE, ["switch “Allow Notifications” on", "with the banner style “Persistent”"]),
        (WINDOWS, ["Switch “Notifications” on", "In the settings of Windows"]),
        (EDGE, ["Switch “Notifications” on", "In the settings of Windows"]),
        (FIREFOX, ["Take the block off “Send notifications”", "In the settings of Windows"]),
        (SAFARI, ["In the menu of Safari", "In the System Settings"]),
    ],
    ids=["chrome-android", "samsung", "firefox-android", "iphone", "chrome", "edge", "firefox", "safari"],
)
def test_blocked_notifications_come_with_the_steps_of_this_browser_and_system(page_of, agent, steps):
    phone = page_of(permission("denied"), ON_HOME_SCREEN, user_agent=agent)
    expect(heading(phone, "Notifications are blocked")).to_be_visible()
    shown = phone.page.get_by_role("main").get_by_role("listitem")
    for words in steps:
        expect(shown.filter(has_text=words)).to_be_visible()
    # Those of this browser and those of this system, and no others.
    assert shown.count() <= 4
    expect(phone.say("may be called “Sound & notification”")).to_be_visible()
    expect(phone.page.get_by_role("link", name="What notifications are")).to_have_attribute(
        "href", "/help/notifications/"
    )


@pytest.mark.long
def test_an_iphone_in_a_tab_is_sent_to_its_home_screen_and_told_that_keys_stay_behind(page_of):
    phone = page_of(NO_PUSH, user_agent=IPHONE)
    expect(heading(phone, "Put it on the Home Screen first")).to_be_visible()
    expect(phone.say("Add to Home Screen")).to_be_visible()
    expect(phone.say("keys of this window do not move along")).to_be_visible()


@pytest.mark.parametrize(("agent", "more"), [(IPHONE, ON_HOME_SCREEN), (Phone.SHAPE["user_agent"], "")])
def test_a_browser_without_notifications_says_what_works_instead(page_of, agent, more):
    phone = page_of(NO_PUSH, more, user_agent=agent)
    expect(heading(phone, "This browser cannot show notifications")).to_be_visible()
    expect(phone.say("Keep this page open while you sign in")).to_be_visible()


@pytest.mark.long
def test_a_portal_without_a_key_for_push_says_that_it_sends_none(phone):
    phone.open()
    go_to(phone, "Notifications")
    expect(heading(phone, "This portal sends no notifications")).to_be_visible()


@pytest.mark.long
def test_allowed_notifications_without_an_address_can_be_tried_again(service, mara, desk, woken):
    woken.page.add_init_script("localStorage.getItem('push-made') ?? " + NO_ADDRESS)
    activate(desk, woken, "mara", "Mara Lee")
    go_to(woken, "Requirements and test")
    expect(woken.page.get_by_text("No address", exact=True)).to_be_visible()
    expect(woken.button("Send a test notification")).to_be_hidden()
    woken.button("Turn on notifications").click()
    expect(heading(woken, "Allowed, but not connected")).to_be_visible()
    woken.button("Try again").click()
    expect(woken.button("Try again")).not_to_have_attribute("aria-busy", "true")
    expect(heading(woken, "Allowed, but not connected")).to_be_visible()
    woken.page.evaluate("() => localStorage.removeItem('push-fails')")
    woken.button("Try again").click()
    expect(heading(woken, "Notifications are on")).to_be_visible()
    woken.deliver()


# --- Requirements and test ---


def test_a_phone_that_has_everything_says_so_line_by_line(called):
    go_to(called, "Requirements and test")
    for name in (
        "Secure address",
        "Cryptography of the browser",
        "Storage that keeps keys",
        "Runs when this page is closed",
        "Connection to the portal",
    ):
        expect(check(called, name)).to_contain_text("Works")
    expect(check(called, "Notifications")).to_contain_text("Allowed")
    expect(check(called, "They reach this phone")).to_contain_text("Proved")
    expect(check(called, "Clock of this phone")).to_contain_text("Right")
    called.button("Done").click()
    expect(called.say("Everything this phone needs is there.")).to_be_visible()


def test_what_is_lacking_comes_with_its_cure_and_the_list_lives(called):
    go_to(called, "Requirements and test")
    line = check(called, "Connection to the portal")
    expect(line).to_contain_text("Works")
    expect(line.get_by_text("flight mode")).to_be_hidden()
    called.lose_network()
    expect(line).to_contain_text(re.compile("Offline|Reconnecting"))
    expect(line.get_by_text("flight mode")).to_be_visible()
    called.find_network()
    expect(line).to_contain_text("Works")
    Subscription.objects.get().move("doubt")
    called.button("Done").click()
    expect(called.page.get_by_role("heading", name="Settings")).to_be_visible()


def test_a_test_notification_is_shown_with_its_time(called):
    go_to(called, "Requirements and test")
    called.button("Send a test notification").click()
    expect(called.say("Sent. It should appear within a few seconds.").last).to_be_visible()
    called.deliver()
    expect(
        called.page.get_by_role("main").get_by_text(re.compile(r"It was shown \d+\.\d s after your tap\."))
    ).to_be_visible()
    (notification,) = called.drawer(TESTED)
    assert not notification["silent"]
    # A tap leads to the test, which is answered like any question.
    called.tap()
    expect(called.page.get_by_role("heading", name="Test from Client Portal")).to_be_visible()


@pytest.mark.long
def test_a_test_that_does_not_come_says_what_to_do_and_one_that_comes_late_still_counts(called):
    called.page.clock.install()
    called.open()
    go_to(called, "Requirements and test")
    called.button("Send a test notification").click()
    expect(called.page.get_by_role("main").get_by_text("Sent. It should appear")).to_be_visible()
    called.page.clock.fast_forward(20_500)
    expect(called.page.get_by_role("main").get_by_text("Nothing has come within 20 seconds.")).to_be_visible()
    expect(called.say("swipe down from the top")).to_be_visible()
    called.deliver()
    expect(called.page.get_by_role("main").get_by_text(re.compile(r"It was shown \d+\.\d s"))).to_be_visible()
    expect(called.say("swipe down from the top")).to_be_hidden()


@pytest.mark.long
def test_a_second_test_right_after_the_first_is_refused_with_the_time(called):
    go_to(called, "Requirements and test")
    for _ in range(2):
        called.button("Send a test notification").click()
        expect(called.button("Send a test notification")).not_to_have_attribute("aria-busy", "true")
    expect(called.page.get_by_role("main").get_by_text(re.compile("Too many tries|You can go on at"))).to_be_visible()
    called.deliver()


# --- For everybody ---


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_these_pages_on_the_narrowest_screen(page_of, scheme):
    shape = {"color_scheme": scheme, "viewport": {"width": 320, "height": 640}}
    for scripts in ([permission("default")], [permission("denied")], [permission("granted")], [NO_PUSH]):
        phone = page_of(*scripts, **shape)
        assert broken_rules(phone.page) == []
        assert too_wide(phone.page) <= 0
        go_to(phone, "Requirements and test")
        expect(check(phone, "Secure address")).to_contain_text("Works")
        assert broken_rules(phone.page) == []
        assert too_wide(phone.page) <= 0
