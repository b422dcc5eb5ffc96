"""Moving to a new phone without the old one, and "This was not me" to a move that somebody else asked for."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.demo import broken_rules
from tests.e2e.screens import Desk, Phone, activate
from twofactor.models import PortalKey


@pytest.fixture
def codes(mara, desk, phone):
    """Mara has her key on a phone, and made recovery codes after its activation; she is signed out."""
    activate(desk, phone, "mara", "Mara Lee")
    desk.page.goto("/security/recovery-codes/")
    desk.page.get_by_role("button", name=re.compile("Make")).click()
    listed = desk.page.get_by_role("list", name="Your new codes").get_by_role("listitem")
    expect(listed).to_have_count(10)
    made = listed.all_inner_texts()
    desk.page.get_by_label("Recovery code").fill(made[0])
    desk.page.get_by_label("Recovery code").press("Enter")
    expect(desk.page.get_by_role("heading", name="10 codes left")).to_be_visible()
    desk.sign_out()
    return made


def test_with_a_recovery_code_the_key_moves_and_a_hold_is_counted_down(codes, desk, contexts):
    desk.give_password("mara")
    desk.page.get_by_role("link", name="I can't use my phone").click()
    desk.page.get_by_role("link", name="Use a recovery code").click()
    desk.page.get_by_label("Recovery code").fill(codes[3])
    desk.page.get_by_label("Recovery code").press("Enter")
    desk.expect_signed_in()
    desk.page.goto("/security/key/move/")
    expect(desk.page.get_by_text("For the 24 hours after it")).to_be_visible()
    assert broken_rules(desk.page) == []
    desk.page.get_by_role("button", name="Show the code").click()
    new = Phone(contexts(**Phone.SHAPE).new_page())
    new.scan(desk.scanned())
    new.create_pin("Mara Lee")
    expect(desk.page.get_by_role("heading", name="Portal Key has moved")).to_be_visible()
    expect(desk.page.get_by_text(re.compile(r"Time left: 23:5\d:\d\d"))).to_be_visible()
    assert broken_rules(desk.page) == []
    desk.page.goto("/security/phone/")
    expect(desk.page.get_by_text(re.compile("stay as they are until"))).to_be_visible()
    desk.sign_out()
    desk.give_password("mara")
    new.approve(number=desk.number())
    desk.expect_signed_in()


def test_not_me_on_the_phone_signs_everybody_out_and_says_what_to_do(known, desk, phone, contexts):
    thief = Desk(contexts().new_page())
    thief.give_password("mara")
    phone.approve(number=thief.number())
    thief.expect_signed_in()
    phone.button("Done").click()
    thief.page.goto("/security/key/move/")
    assert broken_rules(thief.page) == []
    thief.page.get_by_role("button", name="Ask the old phone").click()
    expect(phone.page.get_by_role("heading", name="Move Portal Key to a new phone?")).to_be_visible()
    phone.button("No, this is not me").click()
    expect(phone.say("then somebody else is signed in as you")).to_be_visible()
    phone.button("I did not start this").click()
    expect(phone.page.get_by_role("heading", name="Refused")).to_be_visible()
    expect(phone.say("Every browser is signed out of your account")).to_be_visible()
    expect(phone.say("choose a new password")).to_be_visible()
    # The page that asked notices by itself that it is nobody's any more.
    expect(thief.page).to_have_url(re.compile("/sign-in/"))
    assert PortalKey.objects.get(user=known).state == "active"
    phone.button("Done").click()
    desk.give_password("mara")
    phone.approve(number=desk.number())
    expect(desk.page.get_by_role("heading", name="Choose a new password")).to_be_visible()
