"""The support desk from both sides: staff at their page, the client with the phone in their hand."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.e2e.demo import broken_rules, too_wide
from tests.e2e.screens import Phone
from tests.factories import PIN
from tests.stories.carried import given_number
from tests.stories.desks import page, staff
from twofactor import pairs
from twofactor.models import Challenge
from twofactor.models.challenge import CALLER


@pytest.fixture
def sol(contexts, portal, active):
    """A window of somebody from support who has just signed in with their key."""
    cookie = staff().cookies["session"]
    context = contexts()
    context.add_cookies([{"name": "session", "value": cookie.value, "url": portal}])
    return context.new_page()


def press(window, name, reason="Ticket 4711"):
    """On the client's page: the link of a deed, then why, then its button."""
    window.get_by_role("link", name=name).click()
    window.get_by_label("Why").fill(reason)
    window.get_by_role("button", name=name).click()


def test_the_caller_and_support_compare_words_and_the_phone_confirms(sol, active, phone: Phone):
    """N9: the words on the phone are those at the desk, and the answer of the phone comes back to it."""
    sol.goto(page(active))
    press(sol, "Check the caller")
    name = Challenge.objects.get(purpose="action").about.removeprefix(CALLER)
    first, second = pairs.pair(name, "en")
    check = sol.get_by_role("region", name=re.compile("Is it them"))
    expect(check).to_contain_text("The phone has not answered yet.")
    expect(check).to_contain_text(first)
    expect(check).to_contain_text(second)
    expect(phone.page.get_by_text(first, exact=True)).to_be_visible()
    expect(phone.page.get_by_text(second, exact=True)).to_be_visible()
    phone.field("PIN").fill(PIN)
    phone.button("Approve").click()
    expect(phone.page.get_by_text("Our staff see that it is you.")).to_be_visible()
    # The page has looked again by itself.
    expect(check).to_contain_text("Confirmed on the phone")


def test_a_locked_client_is_out_at_once_and_the_page_says_so(sol, active, desk, phone: Phone):
    """AT-105, by the buttons that staff press; a reason that is missing keeps the page."""
    desk.give_password("mara")
    phone.approve(number=desk.number())
    desk.expect_signed_in()
    sol.goto(page(active))
    sol.get_by_role("link", name="Lock the account").click()
    sol.get_by_role("button", name="Lock the account").click()
    expect(sol.get_by_role("alert")).to_contain_text("Say why")
    sol.get_by_label("Why").fill("Stolen phone")
    sol.get_by_role("button", name="Lock the account").click()
    expect(sol.get_by_role("region", name="Account")).to_contain_text("Locked")
    desk.page.reload()
    expect(desk.page).to_have_url(re.compile("/sign-in/"))
    assert not User.objects.get(username="mara").is_active


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_the_desks_pages_are_for_everybody(sol, active, desk, width, scheme):
    """axe finds nothing, words in the colour of their button included, and nothing is cut off on a narrow screen."""
    given_number(active)
    desk.give_password("mara")
    sol.emulate_media(color_scheme=scheme)
    sol.set_viewport_size({"width": width, "height": 900})
    for path in (page(active), page(active, "lock"), page(active, "propose-phone")):
        sol.goto(path)
        assert too_wide(sol) <= 0, path
        assert broken_rules(sol) == [], path
        for button in sol.locator(".desk .button").all():
            button.hover()
            assert broken_rules(sol, "color-contrast") == [], path
