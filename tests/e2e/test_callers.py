"""Somebody calls the support desk in a client's name, and the client hears of it on the phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.demo import broken_rules, too_wide
from tests.e2e.screens import Phone
from tests.stories.desks import did, officer, press, proposed, staff

# A message is shown as it comes, also on a busy machine: seen to be late in the engine alone.
pytestmark = pytest.mark.whole_browser


def test_who_is_not_calling_says_so_and_loses_nothing(active, phone: Phone):
    """N9: no word of a sign-in or a new password; nobody was signed in."""
    press(staff(), active, "check")
    expect(phone.page.get_by_role("heading", name="Are you speaking with")).to_be_visible()
    assert broken_rules(phone.page) == []
    assert not too_wide(phone.page)
    phone.button("No, I am not").click()
    expect(phone.button("I am not calling you")).to_have_accessible_description(re.compile("calling us in your name"))
    phone.button("I am not calling you").click()
    expect(phone.page.get_by_text("Somebody called us in your name, and we do not help them.")).to_be_visible()
    expect(phone.page.get_by_text("password")).to_have_count(0)


def test_a_notice_on_the_phone_cancels_what_staff_will_do(active, phone: Phone):
    """AT-103: the button says what its link does, and no sentence ends in nothing."""
    press(staff(), active, "propose-key")
    assert did(press(officer(), active, "approve", proposed(active).pk), active)
    phone.button("Show").click()
    phone.page.get_by_role("button", name=re.compile("^Our staff will change")).click()
    expect(phone.page.get_by_text(re.compile(r"Cancel it\.$"))).to_be_visible()
    expect(phone.page.get_by_role("link", name="Cancel it")).to_have_attribute("href", re.compile("/stop/desk/"))
