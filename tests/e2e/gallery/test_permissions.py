"""What the browser of a phone asks its person: the camera and notifications, allowed, denied, and not asked yet."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.camera import square
from tests.e2e.gallery.hand import Hand
from tests.e2e.pushing import WokenPhone
from tests.e2e.scanning import REFUSED
from tests.e2e.screens import Phone
from tests.e2e.test_requirements import permission
from tests.factories import PIN, give_password, shown_code
from tests.factories import desk as client
from tests.given import ANDROID, IPHONE

# `make scenes` and `make gallery` have them all; of those in every run see the others beside this one.
pytestmark = [pytest.mark.long, pytest.mark.whole_browser]

# What the screen does by itself after a while happens when the test says so.
LATER = """
  const begin = setTimeout;
  window.setTimeout = (work, wait, ...more) => {
    if (wait !== 15000) return begin(work, wait, ...more);
    window.late = work;
    return 0;
  };
"""


@pytest.fixture
def scanner(contexts, camera):
    """Opens the scanner in a browser in which these scripts have run before."""

    def opened(*scripts: str, agent: str = ANDROID) -> Page:
        context = contexts(**{**Phone.SHAPE, "user_agent": agent}, permissions=["camera"])
        hand = Hand(Phone(context.new_page()))
        for script in scripts:
            hand.page.add_init_script(script)
        hand.phone.open()
        hand.press("register", "scan")
        return hand.page

    return opened


@pytest.fixture
def asked(service, mara, contexts, portal):
    """A phone that has just been activated, and may be asked about notifications."""
    here = client()
    give_password(here, mara)
    hand = Hand(WokenPhone(contexts(**Phone.SHAPE, permissions=["notifications"]), service, portal))
    hand.page.add_init_script(permission("default"))
    hand.bring(shown_code(here))
    hand.fill(pin_new=PIN, pin_again=PIN)
    hand.press("go")
    hand.sees("done")
    return hand


def test_the_camera_of_a_phone(scanner, stop):
    page = scanner(LATER)
    expect(page.locator("[data-part=hint]")).to_be_visible()
    stop("scanner/open", page)
    page.evaluate("window.late()")
    expect(page.locator("[data-part=tips]")).to_be_visible()
    stop("scanner/nothing-found", page)


def test_a_square_that_is_none_of_ours(camera, scanner, stop):
    camera.show(square("https://bank.example/a#K7QF9M2X4TBD"))
    page = scanner(LATER)
    expect(page.locator("[data-part=problem]")).to_be_visible()
    stop("scanner/of-another-portal", page)


def test_a_camera_that_is_not_allowed(scanner, stop):
    for name, agent in {"android": ANDROID, "iphone": IPHONE}.items():
        page = scanner(REFUSED % "NotAllowedError", agent=agent)
        expect(page.locator("[data-part=steps]")).to_be_visible()
        stop(f"scanner/denied-{name}", page)


def test_notifications_are_asked_for(asked, stop):
    stop("notifications/offered", asked.page)
    asked.press("notifications")
    asked.sees("allow")
    stop("notifications/not-asked-yet", asked.page)
    asked.page.evaluate("() => { window.answer = 'granted'; }")
    asked.press("allow")
    asked.sees("good")
    stop("notifications/on", asked.page)


def test_notifications_are_denied(asked, stop):
    asked.press("notifications")
    asked.page.evaluate("() => { window.answer = 'denied'; }")
    asked.press("allow")
    asked.sees("steps")
    stop("notifications/denied", asked.page)
    asked.press("done")
    asked.place("settings")
    stop("notifications/denied-in-the-settings", asked.page)
