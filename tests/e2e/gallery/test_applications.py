"""Applications: what they ask, where they are, what actions show; and how staff register them."""

import re

import pytest
from playwright.sync_api import expect

from applications.models import Action, JointAccount
from tests.applications.asked.asker import Asker
from tests.applications.devices import begun, press, trading, type_code
from tests.applications.rp import Party, registered, went
from tests.e2e.gallery.hand import Hand
from tests.factories import PIN, give_password, person, shown_code, with_key
from tests.factories import desk as client
from tests.stories.desks import root
from tests.stories.ways import sign_in

# `make scenes` and `make gallery` have them all; of those in every run see the others beside this one.
pytestmark = pytest.mark.long

REFRESH = re.compile(rb'<meta http-equiv="refresh"[^>]*>')
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


@pytest.fixture
def bank(transactional_db) -> Asker:
    """An application that asks phones."""
    return Asker(registered("Harbour Bank", asks_phones=True, asks_actions=True))


@pytest.fixture
def here(mara):
    """A browser in which Mara has given her password."""
    browser = client()
    give_password(browser, mara)
    return browser


@pytest.fixture
def hand(phone, here) -> Hand:
    """Mara's phone, with her key."""
    hand = Hand(phone)
    hand.bring(shown_code(here))
    hand.fill(pin_new=PIN, pin_again=PIN)
    hand.press("go", "done")
    return hand


def test_an_application_that_asks_who_somebody_is(mara, inside, stranger, window, shown, stop):
    page = window(None, stranger.address())
    stop("application/sign-in", page)
    address = went(inside.get(stranger.address()))
    page = window(inside, address)
    stop("application/consent", page)
    page.goto("/applications/")
    stop("application/none", page)
    # What leads on does so at once.
    stop("application/leave", shown(REFRESH.sub(b"", inside.post(address, {"allow": "yes"}).content)))
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


def test_an_action(bank, here, hand, window, stop):
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


def test_an_action_that_nobody_expected(bank, here, hand, window, stop):
    asked = bank.action(facts=FACTS)
    hand.press("refuse")
    hand.sees("not-me")
    stop("request/action-why-refused", hand.page)
    hand.press("not-me")
    expect(hand.part("done")).to_be_visible()
    stop("request/action-reported", hand.page)
    page = window(here)
    for state in ("declined", "expired", "cancelled"):
        Action.objects.update(state=state)
        page.goto(str(bank.look(asked)["url"]))
        stop(f"action/{state}", page)


def test_an_action_that_takes_two_people(mara, inside, bank, window, stop):
    dana = person("dana", name="Dana Chan")
    with_key(dana, browser=client())
    account = JointAccount.objects.create(name="lee-chan", title="Lee & Chan Ltd")
    account.holders.set([mara, dana])
    asked = bank.action(person="account:lee-chan", facts=FACTS)
    page = window(inside, str(bank.look(asked)["url"]))
    stop("action/of-two", page)
    inside.pocket.approve(inside.pocket.challenge(), PIN)
    page.goto(str(bank.look(asked)["url"]))
    stop("action/of-two-approved-by-one", page)


def test_a_phone_that_cannot_be_asked(mara, inside, bank, window, stop):
    mara.portal_keys.update(state="locked")
    asked = bank.action(facts=FACTS)
    stop("action/without-a-phone", window(inside, str(bank.look(asked)["url"])))


def test_an_application_that_asks_for_a_sign_in(bank, hand, stop):
    bank.begin(binding_message="W4SCT")
    hand.sees("approve")
    stop("request/sign-in-of-an-application", hand.page)
    hand.press("refuse", "cancel")
    expect(hand.part("done")).to_be_visible()
    stop("request/sign-in-of-an-application-refused", hand.page)


def test_a_program_without_a_browser_as_the_phone_sees_it(here, hand, stop):
    device = begun(trading(name="Trading Platform"), agent="Trading/10.30")
    type_code(here, device.user_code)
    press(here, device)
    hand.sees("approve")
    stop("request/device", hand.page)
    hand.press("refuse")
    hand.sees("not-me")
    stop("request/device-why-refused", hand.page)


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
