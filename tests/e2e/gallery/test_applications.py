"""Applications: what they ask, where they are, what actions show; and how staff register them."""

import pytest
from playwright.sync_api import expect

from tests.applications.asked.asker import Asker
from tests.applications.rp import Party, registered, went
from tests.e2e.gallery.hand import Hand
from tests.factories import PIN, give_password, shown_code, with_key
from tests.factories import desk as client
from tests.stories.desks import root
from tests.stories.ways import sign_in

# `make scenes` and `make gallery` have them all; of those in every run see the others beside this one.
pytestmark = pytest.mark.long

FACTS = [["Amount", "5,000.00 HKD"], ["To", "Wong Tai Man, Hang Seng Bank, 024-123456-789"], ["Reference", "Rent"]]


@pytest.fixture
def stranger(transactional_db) -> Party:
    """Somebody else's application."""
    place, words = "https://news.example/", "What happened in the markets"
    return Party(registered("News Reader", skip_authorization=False, description=words, launch_url=place))


@pytest.fixture
def inside(mara):
    """A browser that Mara has signed in with, with her key."""
    here = client()
    here.pocket = with_key(mara, browser=here)
    here.post("/sign-out/")
    sign_in(here, mara, here.pocket)
    return here


def test_an_application_that_asks_who_somebody_is(mara, inside, stranger, window, stop):
    page = window(None, stranger.address())
    stop("application/sign-in", page)
    address = went(inside.get(stranger.address()))
    page = window(inside, address)
    stop("application/consent", page)
    page.goto("/applications/")
    stop("application/none", page)
    went(inside.post(address, {"allow": "yes"}))
    page.goto("/applications/")
    stop("application/list", page)
    page.goto("/")
    stop("home/with-an-application", page)
    page.goto("/oauth/logout/")
    stop("application/sign-out", page)
    page.goto(address)
    stop("application/over", page)
    page.goto("/oauth/authorize/?client_id=nobody")
    stop("application/wrong", page)


def test_an_action(mara, phone, window, stop):
    hand = Hand(phone)
    here = client()
    give_password(here, mara)
    hand.bring(shown_code(here))
    hand.fill(pin_new=PIN, pin_again=PIN)
    hand.press("go", "done")
    bank = Asker(registered("Harbour Bank", asks_phones=True, asks_actions=True))
    asked = bank.action(facts=FACTS)
    hand.sees("approve")
    stop("request/action", hand.page)
    page = window(here, str(bank.look(asked)["url"]))
    stop("action/waiting", page)
    page.locator("summary").first.click()
    stop("action/without-a-network", page)
    page.goto("about:blank")
    hand.fill(pin=PIN)
    hand.press("approve")
    expect(hand.part("done")).to_be_visible()
    stop("request/action-approved", hand.page)
    page.goto(str(bank.look(asked)["url"]))
    stop("action/approved", page)


def test_staff_register_applications(mara, stranger, window, stop):
    page = window(root(), "/admin/applications/application/")
    stop("admin/application-list", page)
    page.goto("/admin/applications/application/add/")
    stop("admin/application-add", page)
    page.goto(f"/admin/applications/application/{stranger.application.pk}/change/")
    stop("admin/application", page)
    page.goto("/admin/")
    for path in page.locator("a[href*='/admin/applications/'][href$='add/']").evaluate_all(
        "(all) => all.map((each) => each.getAttribute('href'))"
    ):
        page.goto(path)
        stop(f"admin/{path.split('/')[3]}-add", page)
