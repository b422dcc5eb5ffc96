"""The support desk from both sides: staff at their page, the client with the phone in their hand."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.e2e.screens import Phone
from tests.factories import PIN
from tests.stories.desks import did, officer, page, proposed, staff
from tests.stories.desks import press as approve
from tests.stories.sealing import grown
from twofactor import pairs
from twofactor.models import Challenge
from twofactor.models.challenge import CALLER

PASSCODE = re.compile(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}")


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
    # Both are large: they are read while the phone is held away from the ear.
    for word in (first, second):
        expect(phone.page.get_by_text(word, exact=True)).to_have_css("font-size", "24px")
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


def test_a_caller_whose_words_fit_gets_a_passcode_that_staff_never_see(sol, active, desk):
    desk.give_password("mara")
    desk.page.get_by_role("link", name="I can't use my phone").click()
    desk.page.get_by_role("link", name="Ask the support desk").click()
    spoken = desk.page.get_by_role("group", name="Your two words").get_by_role("definition").all_inner_texts()
    sol.goto(page(active))
    waiting = sol.get_by_role("region", name="Sign-ins in progress")
    for word in spoken:
        expect(waiting).to_contain_text(word)
    press(sol, "Issue a passcode", "Phone lost, asked for the birthday")
    # It appears where the caller waits, by itself, and there alone.
    passcode = desk.page.get_by_role("group", name="Your passcode")
    expect(passcode).to_have_text(PASSCODE)
    found = PASSCODE.search(passcode.inner_text())
    assert found
    assert found[0] not in sol.content()
    desk.page.get_by_label("Temporary passcode").fill(found[0])
    desk.page.get_by_role("button", name="Continue").click()
    desk.expect_signed_in()


def test_a_sealed_password_goes_from_the_button_to_the_phone(sol, active, phone: Phone):
    grown(active)
    sol.goto(page(active))
    press(sol, "Send a sealed temporary password")
    expect(phone.say("A message is waiting for you.")).to_be_visible()
    phone.button("Show").click()
    phone.page.get_by_role("button", name=re.compile("^Your temporary password")).click()
    phone.field("PIN").fill(PIN)
    phone.button("Open").click()
    secret = phone.page.get_by_label("Temporary password")
    expect(secret).to_have_text(PASSCODE)
    assert secret.inner_text() not in sol.content()


def test_the_owner_cancels_what_two_of_the_staff_want_to_take_away(sol, active, desk, phone: Phone):
    desk.give_password("mara")
    phone.approve(number=desk.number())
    sol.goto(page(active))
    press(sol, "Propose to take the key away")
    expect(sol.get_by_text("It is proposed. Somebody else must approve it.")).to_be_visible()
    ida = officer()
    assert did(approve(ida, active, "approve", proposed(active).pk), active)
    desk.page.goto("/")
    coming = desk.page.get_by_role("region", name="A change by our staff is coming")
    coming.get_by_role("link", name="Cancel it").click()
    desk.page.get_by_role("button", name="I did not ask for it: cancel it").click()
    expect(desk.page.get_by_text("It is cancelled, and our staff have been told.")).to_be_visible()
    sol.goto(page(active))
    expect(sol.get_by_role("region", name="Proposals")).to_have_count(0)
    assert proposed(active).state == "cancelled"
